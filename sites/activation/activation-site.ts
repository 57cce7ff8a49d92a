/**
 * The page behind the link of an activation. The link leaves the address at once and stays in a cookie; opening it
 * changes nothing, however often and by whatever program: its button begins the activation at the provider (action
 * `activate`). What comes back is an end, never a sign-in.
 */
import { bodyParser } from '@koa/bodyparser';
import type { Context, Middleware } from 'koa';
import type { Language } from '../../factors/contract.ts';
import type { ActivationCookie } from '../../interactions/activation-cookie.ts';
import { isLinkToken, reasonOfLink, type ActivationLinks, type FoundLink } from '../../interactions/activation/link.ts';
import type { Frame } from '../../interactions/page-layout.ts';
import type { ActivationModel } from '../../views/models.ts';
import type { SiteRelyingParty } from '../relying-party.ts';

export const activationPath = '/activate';
const callback = `${activationPath}/callback`;

export interface ActivationSiteParts {
  readonly frame: Frame;
  readonly cookie: ActivationCookie;
  readonly links: Pick<ActivationLinks, 'find' | 'opened'>;
  readonly relyingParty: Pick<SiteRelyingParty, 'begin'>;
}

const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '16kb' });

export function createActivationSite(parts: ActivationSiteParts): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== activationPath && !ctx.path.startsWith(`${activationPath}/`)) return next();
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return show(parts, ctx);
    if (ctx.method === 'POST' && ctx.path === activationPath) return begin(parts, ctx);
    ctx.status = 405;
    ctx.set('Allow', ctx.path === activationPath ? 'GET, POST' : 'GET');
    return undefined;
  };
}

async function show(parts: ActivationSiteParts, ctx: Context): Promise<void> {
  if (ctx.path === callback) return end(parts, ctx);
  if (ctx.path !== activationPath) return takeLink(parts, ctx);
  const { frame, cookie, links } = parts;
  const kept = cookie.read(ctx);
  if (!kept) return draw(frame, ctx, { mode: 'closed' });
  const found = await links.find(kept.token);
  if (!found.ok) return refuse(parts, ctx, found);
  const { language, activation } = found.person;
  draw(frame, ctx, { mode: 'open', ...(activation ? { until: activation.until } : {}) }, language);
}

/** The secret does not stay in the address, where proxies log it and other pages could learn it. */
function takeLink({ frame, cookie }: ActivationSiteParts, ctx: Context): void {
  const token = ctx.path.slice(activationPath.length + 1);
  if (!isLinkToken(token)) return frame.refuse(ctx, 404, 'activation_link_unknown');
  cookie.keep(ctx, { token });
  redirect(ctx, activationPath);
}

async function begin(parts: ActivationSiteParts, ctx: Context): Promise<void> {
  const { frame, cookie, links, relyingParty } = parts;
  await parseForm(ctx, async () => undefined);
  if (!frame.isOwnForm(ctx)) return frame.refuse(ctx, 403, 'request_foreign');
  const kept = cookie.read(ctx);
  if (!kept) return frame.refuse(ctx, 400, 'cookies_missing');
  const found = await links.find(kept.token);
  if (!found.ok) return refuse(parts, ctx, found);
  await links.opened(found);
  const { language } = frame.shell(ctx, { uiLocales: found.person.language });
  const { url, begun } = await relyingParty.begin('', { rekey_action: 'activate', ui_locales: language });
  cookie.keep(ctx, { token: kept.token, state: begun.state });
  redirect(ctx, url.href);
}

/** Back from the provider, by the answer that this browser asked for. */
function end({ frame, cookie }: ActivationSiteParts, ctx: Context): void {
  const kept = cookie.read(ctx);
  const isOurs = kept?.state !== undefined && ctx.query['state'] === kept.state;
  if (!isOurs || ctx.query['rekey_action_status'] !== 'success') return redirect(ctx, activationPath);
  cookie.forget(ctx);
  draw(frame, ctx, { mode: 'done' });
}

/** A link that opens nothing any more says so, and is forgotten. */
function refuse(
  { frame, cookie }: ActivationSiteParts,
  ctx: Context,
  { why }: Extract<FoundLink, { readonly ok: false }>,
): void {
  cookie.forget(ctx);
  frame.refuse(ctx, why === 'unknown' ? 404 : 410, reasonOfLink[why]);
}

function draw(frame: Frame, ctx: Context, model: Pick<ActivationModel, 'mode' | 'until'>, language?: Language): void {
  ctx.status = 200;
  const shell = frame.shell(ctx, language === undefined ? {} : { uiLocales: language });
  frame.draw(ctx, 'activation', { ...shell, step: 'activation', action: activationPath, ...model });
}

function redirect(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
