/**
 * Addresses of factors: `/factor/<id>/return/<site>`, to which another site sends the browser back, and
 * `/factor/<id>/published/<name>`, which other sites read. The first one only finds the sign-in: cookies that bind a
 * browser to a sign-in are sent below the address of that sign-in alone.
 */
import { Router } from '@koa/router';
import type { Factor } from '../factors/contract.ts';
import { interactionOf, isAwaited } from '../digital-keys/way-back.ts';
import type { SignInContext } from './context.ts';
import type { Frame } from './page-layout.ts';
import { openSteps } from './next-step.ts';

/** Seconds that others may keep what a factor publishes: keys must be there that long before they are used. */
const publishedFor = 1_800;

interface FactorRoutes {
  readonly frame: Frame;
  /** The factors that are enabled, and their settings. */
  readonly factor: (id: string) => Factor | undefined;
  readonly settingsOf: (factor: Factor) => unknown;
}

export function createFactorRoutes({ frame, factor, settingsOf }: FactorRoutes): Router {
  const router = new Router({ prefix: '/factor/:id' });
  router.get('/return/:site', (ctx) => {
    const { id = '', site = '' } = ctx.params;
    const { state } = ctx.query;
    const uid = interactionOf(state);
    if (factor(id)?.leave === undefined || uid === undefined)
      return frame.refuse(ctx, uid === undefined ? 400 : 404, uid === undefined ? 'input_invalid' : 'page_unknown');
    ctx.status = 303;
    ctx.redirect(`/interaction/${uid}/return/${encodeURIComponent(id)}/${encodeURIComponent(site)}${ctx.search}`);
  });
  router.get('/published/:name', (ctx) => {
    const { id = '', name = '' } = ctx.params;
    const found = factor(id);
    const published = found?.publishes?.(settingsOf(found), name);
    if (published === undefined) return frame.refuse(ctx, 404, 'page_unknown');
    ctx.set('Cache-Control', `public, max-age=${publishedFor}`);
    ctx.body = published;
  });
  return router;
}

/** The open step whose question this answer belongs to. */
export function awaitingStep(
  context: SignInContext,
  { factor, site, state }: { readonly factor: string; readonly site: string; readonly state: string },
): 'prove-key' | 'activate-key' | undefined {
  const { asked, wizard } = context.state;
  const begun = wizard?.at === 'activate-key' ? wizard.begun : undefined;
  const open = openSteps(context);
  if (open.includes('activate-key') && begun?.factor === factor && isAwaited(begun.away, site, state))
    return 'activate-key';
  if (open.includes('prove-key') && asked?.factor === factor && isAwaited(asked.away, site, state)) return 'prove-key';
  return undefined;
}
