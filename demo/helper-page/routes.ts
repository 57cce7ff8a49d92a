/** The helper page of the demo: everything that a person would have in the letter box, the wallet and the telephone. */
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { DemoState } from '../demo-state.ts';
import { lastDays, type LastDay } from '../last-days.ts';
import { readPages } from '../pages.ts';
import { boardModel } from './board.ts';
import type { Events } from './events.ts';

export interface HelperPageParts {
  readonly state: DemoState;
  readonly events: Events;
  /** Resolves to a sentence when it was refused. */
  readonly setLastDay: (day: LastDay, factor: string) => Promise<string | undefined>;
  /** The same. */
  readonly startAfresh: () => Promise<string | undefined>;
  readonly now: () => number;
}

/** What the last button did, or why it was refused. */
interface Told {
  readonly title: string;
  readonly says: string;
  readonly failed: boolean;
  /** First instant (ms) at which it is shown no more. */
  readonly until: number;
}

const toldFor = 15_000;

export function helperPageRoutes(parts: HelperPageParts): Middleware {
  const { state, events } = parts;
  const pages = readPages(['helper-page/pages/helper']);
  const router = new Router();
  let told: Told | undefined;

  router.get('/', async (ctx) => {
    const secret = typeof ctx.query['secret'] === 'string' ? ctx.query['secret'].slice(0, 256) : '';
    ctx.body = pages['helper-page/pages/helper']({
      ...(await boardModel(parts, secret)),
      told: told !== undefined && parts.now() < told.until ? told : undefined,
    });
  });
  router.get('/events', (ctx) => events.connect(ctx));

  router.get('/demo.json', async (ctx) => {
    ctx.body = { ...state.addresses, people: await state.people() };
  });
  router.get('/messages.json', async (ctx) => {
    const messages = await state.messages();
    ctx.body = messages.map(({ to, subject, text, at, channel }) => ({
      to,
      subject,
      text,
      at: new Date(at).toISOString(),
      channel,
    }));
  });

  router.post('/last-day', async (ctx) => {
    const { day, factor } = (ctx.request.body ?? {}) as Readonly<Record<string, unknown>>;
    const known = lastDays.find((one) => one === day);
    const dated = (await state.schedules()).map((one) => one.factor);
    const meant = factor === undefined ? dated[0] : dated.find((one) => one === factor);
    if (known === undefined || meant === undefined) {
      ctx.status = 400;
      return;
    }
    const says = await parts.setLastDay(known, meant);
    back(ctx, says === undefined ? undefined : { title: 'The last day was not changed', says, failed: true });
  });
  router.post('/afresh', async (ctx) => {
    const fault = await parts.startAfresh();
    back(
      ctx,
      fault === undefined
        ? { title: 'The demo has started afresh', says: 'Everybody is as at the first start.', failed: false }
        : { title: 'The demo was not started afresh', says: fault, failed: true },
    );
  });
  const back = (ctx: Context, outcome: Omit<Told, 'until'> | undefined) => {
    told = outcome && { ...outcome, until: parts.now() + toldFor };
    events.changed();
    ctx.redirect('/');
    ctx.status = 303;
  };
  return router.routes() as unknown as Middleware;
}
