/** A relying party as anybody would write one with openid-client: code flow, PKCE S256, state, nonce, sign-out at the provider. */
import { timingSafeEqual } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import * as oidc from 'openid-client';
import type { Logger } from 'pino';
import { readPages } from '../pages.ts';
import { explain } from './explain.ts';
import { createVisits, remember, type SignedIn } from './visits.ts';

export interface RelyingPartyParts {
  readonly issuer: string;
  readonly client: { readonly id: string; readonly secret: string; readonly post: boolean };
  readonly origin: string;
  /** Empty, or where below the origin everything lies: `/desk`. */
  readonly path: string;
  /** What people know it as. */
  readonly name: string;
  /** Under which it knows its visitors: ports and paths of one host may share cookies. */
  readonly cookie: string;
  /** What it asks of every sign-in, for its page. */
  readonly asks: { readonly level: string; readonly keys: readonly string[] | undefined };
  readonly others: readonly { readonly called: string; readonly address: string }[];
  /** Name of a level by its `acr` value, weakest first. */
  readonly levels: ReadonlyMap<string, string>;
  readonly zone: string;
  readonly helperPage: string;
  readonly log: Logger;
}

const languages = ['nl', 'fr', 'de', 'en'];
const site = {
  tagline: 'a relying party, to try the sign-in with',
  footer: 'This is not the provider: it is a service that people sign in to, written with openid-client.',
  logo: false,
  script: undefined,
};

export function relyingPartyRoutes(parts: RelyingPartyParts): Middleware {
  const { issuer, client, path, name, cookie, asks, others, levels, zone, helperPage, log } = parts;
  const pages = readPages([
    'relying-party/pages/start',
    'relying-party/pages/signed-in',
    'relying-party/pages/problem',
  ]);
  const visits = createVisits({ cookie, path: `${path}/` });
  const home = `${path}/`;
  const redirectUri = `${parts.origin}${path}/callback`;
  let known: Promise<oidc.Configuration> | undefined;

  /** Discovered at the first use, and again after a failure. */
  const configuration = (): Promise<oidc.Configuration> => {
    known ??= oidc
      .discovery(
        new URL(issuer),
        client.id,
        { client_secret: client.secret, [oidc.clockTolerance]: 10 },
        client.post ? oidc.ClientSecretPost(client.secret) : oidc.ClientSecretBasic(client.secret),
        { execute: [oidc.allowInsecureRequests] },
      )
      .catch((error: unknown) => {
        known = undefined;
        throw error;
      });
    return known;
  };
  const common = {
    ...site,
    site: path === '' ? 'site-rp' : 'site-rp site-rp-other',
    product: name,
    path,
    asks,
    others,
    helperPage,
    levels: [...levels].map(([acr, level]) => ({ acr, name: level })),
    languages,
  };
  const problem = (ctx: Context, error: unknown): void => {
    const { code, says } = described(error);
    log.warn({ event: 'demo.sign-in-failed', code });
    ctx.status = 400;
    ctx.body = pages['relying-party/pages/problem']({
      ...common,
      step: 'problem',
      title: 'Not signed in',
      code,
      says,
    });
  };

  const router = new Router(path === '' ? {} : { prefix: path });
  router.get('/', (ctx) => {
    const signedIn = visits.of(ctx)?.signedIn;
    if (!signedIn) {
      ctx.body = pages['relying-party/pages/start']({
        ...common,
        step: 'start',
        title: name,
      });
      return;
    }
    ctx.body = pages['relying-party/pages/signed-in']({
      ...common,
      step: 'signed-in',
      title: `You are signed in · ${name}`,
      who: String(signedIn.userinfo['name'] ?? signedIn.userinfo['preferred_username'] ?? signedIn.claims['sub']),
      claims: explain(signedIn.claims, { levels, zone }),
      userinfo: explain(signedIn.userinfo, { levels, zone }),
    });
  });

  /** The same for scripts. */
  router.get('/claims.json', (ctx) => {
    const signedIn = visits.of(ctx)?.signedIn;
    ctx.body = signedIn
      ? { signedIn: true, idToken: signedIn.claims, userinfo: signedIn.userinfo }
      : { signedIn: false };
  });

  router.get('/sign-in', async (ctx) => {
    try {
      const config = await configuration();
      const verifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const asked = askedFor(ctx, levels);
      const maxAge = asked['max_age'] === undefined ? {} : { maxAge: Number(asked['max_age']) };
      remember(visits.open(ctx), state, { verifier, nonce, ...maxAge });
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...asked,
      });
      ctx.redirect(url.href);
      ctx.status = 303;
    } catch (error) {
      problem(ctx, error);
    }
  });

  router.get('/callback', async (ctx) => {
    const visit = visits.of(ctx);
    const state = typeof ctx.query['state'] === 'string' ? ctx.query['state'] : '';
    const begun = [...(visit?.begun ?? [])].find(([known]) => isSame(known, state))?.[1];
    if (!visit || !begun) return problem(ctx, { error: 'state_unknown' });
    visit.begun.delete(state);
    try {
      const config = await configuration();
      const tokens = await oidc.authorizationCodeGrant(config, new URL(ctx.originalUrl, parts.origin), {
        pkceCodeVerifier: begun.verifier,
        expectedState: state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
        ...(begun.maxAge !== undefined && { maxAge: begun.maxAge }),
      });
      const claims = tokens.claims() ?? { sub: '' };
      const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
      const signedIn: SignedIn = { idToken: tokens.id_token ?? '', claims: { ...claims }, userinfo: { ...userinfo } };
      visits.renew(ctx, signedIn);
      ctx.redirect(home);
      ctx.status = 303;
    } catch (error) {
      problem(ctx, error);
    }
  });

  router.post('/sign-out', async (ctx) => {
    const signedIn = visits.of(ctx)?.signedIn;
    visits.renew(ctx);
    ctx.redirect(home);
    ctx.status = 303;
    if (!signedIn) return;
    try {
      const end = oidc.buildEndSessionUrl(await configuration(), {
        id_token_hint: signedIn.idToken,
        post_logout_redirect_uri: `${parts.origin}${home}`,
      });
      ctx.redirect(end.href);
      ctx.status = 303;
    } catch (error) {
      log.warn({ event: 'demo.sign-out-failed', code: described(error).code });
    }
  });

  return router.routes() as unknown as Middleware;
}

/** Only what the page offers. */
function askedFor(ctx: Context, levels: ReadonlyMap<string, string>): Record<string, string> {
  const one = (name: string): string => (typeof ctx.query[name] === 'string' ? ctx.query[name] : '');
  const asked: Record<string, string> = {};
  if (levels.has(one('acr_values'))) asked['acr_values'] = one('acr_values');
  if (['login', 'consent', 'none'].includes(one('prompt'))) asked['prompt'] = one('prompt');
  if (/^\d{1,6}$/.test(one('max_age'))) asked['max_age'] = one('max_age');
  if (languages.includes(one('ui_locales'))) asked['ui_locales'] = one('ui_locales');
  return asked;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function described(error: unknown): { readonly code: string; readonly says: string } {
  const { error: code, error_description: says, code: other } = error as Readonly<Record<string, unknown>>;
  if (typeof code === 'string') return { code, says: typeof says === 'string' ? says : '' };
  return { code: typeof other === 'string' ? other : 'fault', says: error instanceof Error ? error.message : '' };
}
