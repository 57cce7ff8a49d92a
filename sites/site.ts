/**
 * The common ground of the web sites: each is a relying party of this provider with a path of its own. Leads to the
 * sign-in and back, finds the session, checks that a form is the session's own, signs out. What is behind it only sees
 * people who are signed in.
 */
import { bodyParser } from '@koa/bodyparser';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { SiteRelyingParty } from './relying-party.ts';
import type { SiteSession, SiteSessions } from './site-sessions.ts';

export interface SiteVisit {
  readonly session: SiteSession;
  /** The account. */
  readonly person: string;
  /** Fields of the form; none of a GET. */
  readonly form: Readonly<Record<string, string>>;
  /** Leads to the provider for something that is done there, and back to `page`. */
  leave(page: string, parameters: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the session of the site, and sends the browser on to sign out of the provider too. */
  signOut(): Promise<void>;
}

export interface SiteParts {
  /** `/my` */
  readonly path: string;
  readonly relyingParty: SiteRelyingParty;
  readonly sessions: SiteSessions;
  readonly isOwnForm: (ctx: Context) => boolean;
  /** The page for who is not signed in: its button leads to the sign-in. */
  readonly drawStart: (ctx: Context, why: StartReason) => void;
  /** Answers for a signed-in person; `below` is the path below the site: `/keys`. */
  readonly answer: (ctx: Context, below: string, visit: SiteVisit) => Promise<void>;
  readonly refuseForeign: (ctx: Context) => void;
  readonly log: Logger;
}

/** Why nobody is signed in. */
export type StartReason = 'signed-out' | 'not-signed-in' | 'over';

const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '16kb' });

export function createSite(parts: SiteParts): Middleware {
  const { path } = parts;
  return async (ctx, next) => {
    if (ctx.path !== path && !ctx.path.startsWith(`${path}/`)) return next();
    const below = ctx.path.slice(path.length);
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return show(parts, ctx, below);
    if (ctx.method !== 'POST') {
      ctx.status = 405;
      ctx.set('Allow', 'GET, POST');
      return undefined;
    }
    await parseForm(ctx, async () => undefined);
    return take(parts, ctx, below);
  };
}

async function show(parts: SiteParts, ctx: Context, below: string): Promise<void> {
  if (below === '/callback') return finish(parts, ctx);
  if (below === '/signed-out') return parts.drawStart(ctx, 'signed-out');
  if (below === '/start') return parts.drawStart(ctx, 'not-signed-in');
  const visit = await visitOf(parts, ctx, {});
  if (!visit) return leave(parts, ctx, below, {});
  await parts.answer(ctx, below, visit);
}

async function take(parts: SiteParts, ctx: Context, below: string): Promise<void> {
  const form = formOf(ctx);
  if (!parts.isOwnForm(ctx)) return parts.refuseForeign(ctx);
  const visit = await visitOf(parts, ctx, form);
  if (!visit) return parts.drawStart(ctx, 'over');
  if (!parts.sessions.isForm(visit.session, form['form'])) return parts.refuseForeign(ctx);
  if (form['action'] === 'sign-out') return visit.signOut();
  await parts.answer(ctx, below, visit);
}

async function visitOf(
  parts: SiteParts,
  ctx: Context,
  form: Readonly<Record<string, string>>,
): Promise<SiteVisit | undefined> {
  const { relyingParty, sessions } = parts;
  const session = await sessions.of(ctx);
  if (!session) return undefined;
  const person = await relyingParty.accountOf(session.accessToken);
  if (person === undefined) {
    await sessions.end(ctx);
    return undefined;
  }
  return {
    session,
    person,
    form,
    leave: (page, parameters) => leave(parts, ctx, page, parameters),
    async signOut() {
      await sessions.end(ctx);
      redirect(ctx, (await relyingParty.signOutUrl(session.idToken)).href);
    },
  };
}

async function leave(
  { relyingParty, sessions }: SiteParts,
  ctx: Context,
  page: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const { url, begun } = await relyingParty.begin(page, parameters);
  sessions.keepBegun(ctx, begun);
  redirect(ctx, url.href);
}

/** Back from the provider. Whatever does not fit what this browser began opens nothing. */
async function finish({ path, relyingParty, sessions, log }: SiteParts, ctx: Context): Promise<void> {
  const begun = sessions.takeBegun(ctx);
  const given = new URL(ctx.href);
  const status = given.searchParams.get('rekey_action_status');
  const suffix = status === null ? '' : `?done=${encodeURIComponent(status)}`;
  if (!begun) return redirect(ctx, `${path}/start`);
  try {
    await sessions.open(ctx, await relyingParty.finish(begun, given));
  } catch (error) {
    // The person gave up (access_denied), the code is used or too old, or the answer is another browser's.
    log.info({ event: 'site.sign-in-refused', site: path, error: error instanceof Error ? error.name : 'unknown' });
    return redirect(ctx, (await sessions.of(ctx)) ? `${path}${begun.page}${suffix}` : `${path}/start`);
  }
  redirect(ctx, `${path}${begun.page}${suffix}`);
}

function redirect(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}

function formOf(ctx: Context): Readonly<Record<string, string>> {
  const { body } = ctx.request as { readonly body?: Readonly<Record<string, unknown>> };
  return Object.fromEntries(
    Object.entries(body ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
