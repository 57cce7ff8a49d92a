/**
 * A relying party as anybody would write it with openid-client: code flow, PKCE S256, state, nonce, sign-out at the
 * provider.
 */
import { timingSafeEqual } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import * as oidc from 'openid-client';
import type { Logger } from 'pino';
import type { DemoService } from '../addresses.ts';
import { readPages } from '../pages.ts';
import { described, discover } from './engine.ts';
import { explain } from './explain.ts';
import { createLogoutTaker } from './logout-token.ts';
import { startAddress, storyPath, type ShownStep } from '../story.ts';
import { createVisits, remember, type SignedIn, type Visits } from './visits.ts';

export interface RelyingPartyParts {
  readonly issuer: string;
  readonly client: { readonly id: string; readonly secret: string; readonly post: boolean };
  readonly origin: string;
  /** Empty, or the path of all its pages below the origin: `/desk`. */
  readonly path: string;
  /** Its name for people. */
  readonly name: string;
  /** Name of its cookie: ports and paths of one host can share cookies. */
  readonly cookie: string;
  /** What it asks of every sign-in, for its page. */
  readonly asks: {
    readonly level: string;
    readonly keys: readonly string[] | undefined;
    /** Whether it is a third party, whose people are asked first. */
    readonly consent: boolean;
    /** What it asks for at an API; `undefined`: nothing. */
    readonly api: DemoService['api'];
  };
  readonly others: readonly { readonly says: string; readonly called: string; readonly address: string }[];
  /** Name of a level by its `acr` value, weakest first. */
  readonly levels: ReadonlyMap<string, string>;
  readonly zone: string;
  readonly helperPage: string;
  /** *My digital keys*, where people withdraw what they allowed. */
  readonly myKeys: string | undefined;
  /** The steps of its start page; none: it shows none. */
  readonly story: () => Promise<readonly ShownStep[]>;
  readonly log: Logger;
}

const languages = ['nl', 'fr', 'de', 'en'];
const site = {
  tagline: 'a relying party, to try the sign-in with',
  footer: 'This is not the provider: it is a service that people sign in to, written with openid-client.',
  logo: false,
  script: undefined,
};

const pageNames = [
  'relying-party/pages/start',
  'relying-party/pages/signed-in',
  'relying-party/pages/problem',
  'relying-party/pages/papers',
] as const;

/** Headers of every answer. */
interface Deps extends RelyingPartyParts {
  readonly pages: ReturnType<typeof readPages<(typeof pageNames)[number]>>;
  readonly visits: Visits;
  /** Discovered at the first use, and again after a failure. */
  readonly configuration: () => Promise<oidc.Configuration>;
  /** The data of every page. */
  readonly common: Readonly<Record<string, unknown>>;
}

/** What browsers ask for, and what the provider tells. */
export interface RelyingPartyRoutes {
  readonly pages: Middleware;
  readonly told: Middleware;
  /** Ends the visits of all browsers. */
  readonly endVisits: () => void;
}

export function relyingPartyRoutes(parts: RelyingPartyParts): RelyingPartyRoutes {
  const { path, issuer, client } = parts;
  const visits = createVisits({ cookie: parts.cookie, path: `${path}/` });
  const deps: Deps = {
    ...parts,
    pages: readPages(pageNames),
    visits,
    configuration: discover({
      issuer,
      client: client.id,
      secret: client.secret,
      proof: client.post ? oidc.ClientSecretPost(client.secret) : oidc.ClientSecretBasic(client.secret),
    }),
    common: commonOf(parts),
  };
  const router = new Router(path === '' ? {} : { prefix: path });
  router.get('/', (ctx) => showHome(deps, ctx));
  /** The same for scripts. */
  router.get('/claims.json', (ctx) => {
    const signedIn = visits.of(ctx)?.signedIn;
    ctx.body = signedIn
      ? { signedIn: true, idToken: signedIn.claims, userinfo: signedIn.userinfo }
      : { signedIn: false };
  });
  if (parts.asks.consent) addPapers(deps, router);
  router.get('/sign-in', (ctx) => beginSignIn(deps, ctx));
  router.get('/callback', (ctx) => endSignIn(deps, ctx));
  router.post('/sign-out', (ctx) => signOut(deps, ctx));
  const takeLogout = createLogoutTaker({ issuer, audience: client.id, end: (sid) => visits.endOf(sid) });
  const told: Middleware = (ctx, next) =>
    ctx.method === 'POST' && ctx.path === `${path}/backchannel-logout` ? takeLogout(ctx) : next();
  return { pages: router.routes() as unknown as Middleware, told, endVisits: () => visits.endAll() };
}

/** Its terms of use and what it does with personal data, as the page of consent links them. */
function addPapers({ pages, common }: Deps, router: Router): void {
  for (const [address, step, title] of [
    ['/terms', 'terms', 'Terms of use'],
    ['/privacy', 'privacy', 'What we do with your data'],
  ] as const)
    router.get(address, (ctx) => {
      ctx.body = pages['relying-party/pages/papers']({ ...common, step, title, isTerms: step === 'terms' });
    });
}

const commonOf = ({ path, name, asks, others, helperPage, myKeys, levels }: RelyingPartyParts): Deps['common'] => ({
  ...site,
  site: path === '' ? 'site-rp' : 'site-rp site-rp-other',
  product: name,
  path,
  asks,
  others,
  helperPage,
  myKeys,
  storyPath,
  newTab: false,
  helperLink: `${helperPage}/`,
  levels: [...levels].map(([acr, level]) => ({ acr, name: level })),
  languages,
});

async function showHome(deps: Deps, ctx: Context): Promise<void> {
  const { pages, visits, common, name, levels, zone, story } = deps;
  const visit = visits.of(ctx);
  const { signedIn, ended, next } = visit ?? {};
  if (visit && next !== undefined && !signedIn) {
    delete visit.next;
    return seeOther(ctx, startAddress(homeOf(deps), next));
  }
  if (!signedIn) {
    const steps = (await story()).map((one) => ({ ...one, done: undefined, hand: undefined }));
    ctx.body = pages['relying-party/pages/start']({ ...common, step: 'start', title: name, ended, steps });
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
}

function showProblem({ pages, common, log }: Deps, ctx: Context, error: unknown): void {
  const { code, says } = described(error);
  log.warn({ event: 'demo.sign-in-failed', code });
  ctx.status = 400;
  ctx.body = pages['relying-party/pages/problem']({ ...common, step: 'problem', title: 'Not signed in', code, says });
}

async function beginSignIn(deps: Deps, ctx: Context): Promise<void> {
  try {
    const config = await deps.configuration();
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const asked = askedFor(ctx, deps.levels);
    const { login_hint: person } = asked;
    // The sign-in of somebody else ends first, so that no page speaks of two people.
    if (person !== undefined && deps.visits.of(ctx)?.signedIn) return signOut(deps, ctx, person);
    const maxAge = asked['max_age'] === undefined ? {} : { maxAge: Number(asked['max_age']) };
    remember(deps.visits.open(ctx), state, { verifier, nonce, ...maxAge });
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${deps.origin}${deps.path}/callback`,
      scope: ['openid profile email', ...(deps.asks.api?.scopes ?? [])].join(' '),
      ...(deps.asks.api && { resource: deps.asks.api.resource }),
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...asked,
    });
    seeOther(ctx, url.href);
  } catch (error) {
    showProblem(deps, ctx, error);
  }
}

async function endSignIn(deps: Deps, ctx: Context): Promise<void> {
  const { visits, origin } = deps;
  const visit = visits.of(ctx);
  const state = typeof ctx.query['state'] === 'string' ? ctx.query['state'] : '';
  const begun = [...(visit?.begun ?? [])].find(([known]) => isSame(known, state))?.[1];
  if (!visit || !begun) return showProblem(deps, ctx, { error: 'state_unknown' });
  visit.begun.delete(state);
  try {
    const config = await deps.configuration();
    const tokens = await oidc.authorizationCodeGrant(config, new URL(ctx.originalUrl, origin), {
      pkceCodeVerifier: begun.verifier,
      expectedState: state,
      expectedNonce: begun.nonce,
      idTokenExpected: true,
      ...(begun.maxAge !== undefined && { maxAge: begun.maxAge }),
    });
    const claims = tokens.claims() ?? { sub: '' };
    const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    const signedIn: SignedIn = { idToken: tokens.id_token ?? '', claims: { ...claims }, userinfo: { ...userinfo } };
    visits.renew(ctx, { signedIn });
    seeOther(ctx, homeOf(deps));
  } catch (error) {
    showProblem(deps, ctx, error);
  }
}

/** @param next the user name to sign in as afterwards */
async function signOut(deps: Deps, ctx: Context, next?: string): Promise<void> {
  const { visits, origin, log } = deps;
  const signedIn = visits.of(ctx)?.signedIn;
  visits.renew(ctx, next === undefined ? {} : { next });
  seeOther(ctx, homeOf(deps));
  if (!signedIn) return;
  try {
    const end = oidc.buildEndSessionUrl(await deps.configuration(), {
      id_token_hint: signedIn.idToken,
      post_logout_redirect_uri: `${origin}${homeOf(deps)}`,
    });
    seeOther(ctx, end.href);
  } catch (error) {
    log.warn({ event: 'demo.sign-out-failed', code: described(error).code });
  }
}

const homeOf = ({ path }: RelyingPartyParts): string => `${path}/`;

function seeOther(ctx: Context, location: string): void {
  ctx.redirect(location);
  ctx.status = 303;
}

/** Only the values that the page offers. */
function askedFor(ctx: Context, levels: ReadonlyMap<string, string>): Record<string, string> {
  const one = (name: string): string => (typeof ctx.query[name] === 'string' ? ctx.query[name] : '');
  const asked: Record<string, string> = {};
  if (levels.has(one('acr_values'))) asked['acr_values'] = one('acr_values');
  if (['login', 'consent', 'none'].includes(one('prompt'))) asked['prompt'] = one('prompt');
  // A person who is named signs in anew, also if another person has a session.
  if (one('login_hint') !== '') Object.assign(asked, { login_hint: one('login_hint').slice(0, 320), prompt: 'login' });
  if (/^\d{1,6}$/.test(one('max_age'))) asked['max_age'] = one('max_age');
  if (languages.includes(one('ui_locales'))) asked['ui_locales'] = one('ui_locales');
  return asked;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
