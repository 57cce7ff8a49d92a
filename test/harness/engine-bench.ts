// The engine alone, behind real HTTP on the embedded store, with a stub instead of `interactions/`: a page with a form
// that ends the sign-in.
import type { Scheduler } from '../../time/scheduler.ts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context, Next } from 'koa';
import * as oidc from 'openid-client';
import { pino } from 'pino';
import { systemClock, type Clock } from '../../time/clock.ts';
import { createSecretBox } from '../../adapters/secret-box.ts';
import type { Storage } from '../../adapters/storage/port.ts';
import type { AccountFacts } from '../../provider/accounts.ts';
import { createEngine, type BuiltEngine } from '../../provider/create-engine.ts';
import { InteractionClosed, type Finished, type OpenInteraction } from '../../provider/interaction-session.ts';
import type { Evidence } from '../../factors/policy/standing.ts';
import type { ErrorFacts } from '../../provider/pages.ts';
import type { EngineKeys } from '../../provider/keys.ts';
import type { Gate, Question, Verdict } from '../../provider/judgement.ts';
import type { ClientSettings, EngineSettings } from '../../provider/settings.ts';
import type { AuditEvent } from '../../accounts/person.ts';
import { letEngineFetch } from './engine-fetch.ts';
import { HttpAgent, type Page } from './http-agent.ts';
import { temporaryStore } from './temporary-store.ts';

letEngineFetch();

export const acrs = {
  single: 'urn:example:acr:single',
  low: 'urn:example:acr:low',
  substantial: 'urn:example:acr:substantial',
  high: 'urn:example:acr:high',
} as const;

/** A password, and a key of each of these factors. */
export const restsOn = (...factors: readonly string[]): Evidence => ({
  password: { at: 0, setAt: 0 },
  keys: factors.map((factor) => ({
    key: `a ${factor}`,
    factor,
    assurance: {
      amr: ['otp'],
      strength: 'low',
      possession: true,
      userVerified: false,
      hardware: false,
      phishingResistant: false,
      otherChannel: false,
    },
    at: 0,
  })),
});

/** The rules of the stub: everything is still valid. */
export const allStands = ({ acr = acrs.single, amr, rests }: Question): Verdict => ({
  stands: { acr, amr, rests },
  suits: true,
  reenrolmentDue: false,
});

export interface BenchOptions {
  readonly clients: readonly ClientSettings[];
  readonly scheduler?: Scheduler;
  readonly settings?: Partial<EngineSettings>;
  readonly clock?: Clock;
  /** A name for the issuer instead of `http://localhost:<port>`; the agents find it. */
  readonly issuer?: string;
  readonly wrapStorage?: (storage: Storage) => Storage;
  /** A store that stays after the bench, and keys to use instead of its own. */
  readonly storage?: Storage;
  readonly keys?: EngineKeys;
}

export interface Bench extends BuiltEngine {
  readonly issuer: string;
  readonly port: number;
  readonly storage: Storage;
  /** By id; edit at will. */
  readonly people: Map<string, AccountFacts>;
  readonly gate: { -readonly [K in keyof Gate]: Gate[K] };
  readonly errors: ErrorFacts[];
  readonly logLines: string[];
  readonly audited: AuditEvent[];
  /** People whose sessions were all ended. */
  readonly signedOut: string[];
  /** The last question to the stub. */
  readonly lastOpened: () => OpenInteraction | undefined;
  /** What the stub reports by default; edit at will. */
  readonly finishing: { -readonly [K in keyof Finished]: Finished[K] };
  accountReads: () => number;
  agent(): HttpAgent;
  close(): Promise<void>;
}

export const ada: AccountFacts = {
  id: 'person-ada',
  disabled: false,
  username: 'ada',
  givenName: 'Ada',
  familyName: 'Lovelace',
  displayName: 'Ada Lovelace',
  email: 'ada@example.org',
  emailVerified: true,
  language: 'nl',
  groups: ['mathematics'],
};

export async function startBench(options: BenchOptions): Promise<Bench> {
  const clock = options.clock ?? systemClock;
  const store = options.storage ? undefined : await temporaryStore(clock);
  const plain = options.storage ?? store?.storage;
  if (!plain) throw new Error('There is no store.');
  const storage = options.wrapStorage?.(plain) ?? plain;
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const issuer = options.issuer ?? `http://localhost:${port}`;
  const people = new Map([
    [ada.id, ada],
    ['person-bob', { ...ada, id: 'person-bob', username: 'bob', displayName: 'Bob' }],
  ]);
  const gate: Bench['gate'] = { judge: allStands };
  const errors: ErrorFacts[] = [];
  const logLines: string[] = [];
  const audited: AuditEvent[] = [];
  const signedOut: string[] = [];
  let reads = 0;
  const built = await createEngine({
    settings: {
      issuer,
      acrs,
      sessions: { absoluteSeconds: 86_400, idleSeconds: 3_600 },
      interactionSeconds: 3_600,
      proxy: false,
      clients: options.clients,
      ...options.settings,
    },
    storage,
    secretBox: createSecretBox(Buffer.alloc(32, 7)),
    clock,
    log: pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) }),
    accounts: {
      find: (id) => {
        reads += 1;
        return Promise.resolve(people.get(id));
      },
      isUnchanged: (facts) => people.get(facts.id) === facts,
    },
    gate: { judge: (question) => gate.judge(question) },
    pages: {
      device: {
        enter: (ctx, { secret, refused }) => {
          ctx.type = 'html';
          ctx.body = `<main data-step="device-code"${refused ? ' data-reason="user_code_unknown"' : ''}><form method="post" action="/device"><input type="hidden" name="xsrf" value="${secret}"/><input name="user_code"/></form></main>`;
        },
        confirm: (ctx, { secret, userCode, client }) => {
          ctx.type = 'html';
          ctx.body = `<main data-step="device-confirm">${client} <b>${userCode}</b><form method="post" action="/device"><input type="hidden" name="xsrf" value="${secret}"/><input type="hidden" name="user_code" value="${userCode}"/></form></main>`;
        },
      },
      logout: (ctx, formHtml) => {
        ctx.body = `<main data-step="sign-out">${formHtml}<button form="op.logoutForm" name="logout" value="yes">Yes</button></main>`;
      },
      onward: (ctx, { action, fields }) => {
        const inputs = fields.map(({ name, value }) => `<input type="hidden" name="${name}" value="${value}"/>`);
        ctx.type = 'html';
        ctx.body = `<main data-step="onward"><form method="post" action="${action}">${inputs.join('')}</form></main>`;
      },
      stillSignedIn: (ctx) => {
        ctx.type = 'html';
        ctx.body = '<main data-step="still-signed-in"></main>';
      },
      signedOut: (ctx) => {
        ctx.type = 'html';
        ctx.body = '<main data-step="signed-out"></main>';
      },
      error: (ctx, facts) => {
        errors.push(facts);
        ctx.type = 'html';
        ctx.body = `<main data-step="refused" data-reason="${facts.reason}"></main>`;
      },
    },
    audit: (event) => void audited.push(event),
    onSignOutEverywhere: async (id) => void signedOut.push(id),
    ...(options.scheduler ? { scheduler: options.scheduler } : {}),
    ...(options.keys ? { keys: Promise.resolve(options.keys) } : {}),
  }).catch(async (error: unknown) => {
    await stop(server);
    await store?.close();
    throw error;
  });
  let opened: OpenInteraction | undefined;
  const finishing: Bench['finishing'] = {
    accountId: ada.id,
    acr: acrs.low,
    amr: ['pwd', 'otp'],
    authTime: 0,
    rests: restsOn('toy'),
  };
  const ends: Readonly<Record<string, (ctx: Context, uid: string) => Promise<string>>> = {
    finish: (ctx, uid) => {
      const authTime = finishing.authTime === 0 ? Math.floor(clock.now() / 1000) : finishing.authTime;
      return built.engine.finish(ctx, uid, { ...finishing, authTime });
    },
    abort: (ctx, uid) => built.engine.abort(ctx, uid, 'access_denied', 'cancelled'),
    'go-on': (ctx, uid) => built.engine.goOnAs(ctx, uid, finishing.accountId),
  };
  built.app.use(async (ctx: Context, next: Next) => {
    const [, deviceEnd] = /^\/device\/(done|refused|over)$/.exec(ctx.path) ?? [];
    if (deviceEnd !== undefined) {
      ctx.body = `<main data-step="device-code" data-mode="${deviceEnd}"></main>`;
      return undefined;
    }
    const match = /^\/interaction\/([\w-]+)(?:\/(finish|abort|go-on))?$/.exec(ctx.path);
    if (!match) return next();
    const uid = match[1] ?? '';
    const end = ends[match[2] ?? ''];
    try {
      if (end) {
        const location = await end(ctx, uid);
        ctx.status = 303;
        ctx.set('Location', location);
        return undefined;
      }
    } catch (error) {
      if (!(error instanceof InteractionClosed)) throw error;
      ctx.status = 400;
      ctx.body = error.reason;
      return undefined;
    }
    const found = await built.engine.open(ctx, uid);
    ctx.type = 'html';
    if (!found.ok) {
      ctx.status = 400;
      ctx.body = `<main data-reason="${found.reason}"></main>`;
      return undefined;
    }
    opened = found.interaction;
    ctx.body = `<main data-step="stub"><form method="post" action="/interaction/${uid}/finish"></form><form method="post" action="/interaction/${uid}/abort"></form></main>`;
    return undefined;
  });
  server.on('request', (request, response) => void built.callback(request, response));

  return {
    ...built,
    issuer,
    port,
    storage,
    people,
    gate,
    errors,
    logLines,
    audited,
    signedOut,
    finishing,
    lastOpened: () => opened,
    accountReads: () => reads,
    agent: () => new HttpAgent({ origins: { [issuer]: port } }),
    close: async () => {
      await stop(server);
      await store?.close();
    },
  };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

/** openid-client for one of the bench's clients. */
export async function relyingParty(bench: Bench, clientId: string, secret?: string): Promise<oidc.Configuration> {
  const auth = secret === undefined ? oidc.None() : oidc.ClientSecretBasic(secret);
  return oidc.discovery(new URL(bench.issuer), clientId, {}, auth, {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: bench.agent().fetch as oidc.CustomFetch,
  });
}

export interface Asking {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** An authorization request with PKCE, state and nonce. */
export async function ask(
  config: oidc.Configuration,
  redirectUri: string,
  params: Readonly<Record<string, string>> = {},
): Promise<Asking> {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...params,
  });
  return { url, verifier, state, nonce };
}

/** Follows a request through the stub, if there is a page, to the relying party. */
export async function walk(agent: HttpAgent, asking: { readonly url: URL }): Promise<Page> {
  const page = await agent.get(asking.url, { from: undefined });
  return page.body.includes('data-step="stub"') ? agent.submit(page) : page;
}

/** Exchanges the code; checks state, nonce, iss, signature and the rest. */
export function redeem(
  config: oidc.Configuration,
  asking: Asking,
  page: Page,
  checks: oidc.AuthorizationCodeGrantChecks = {},
) {
  if (!page.left) throw new Error(`The browser did not get back to the relying party: ${page.status} ${page.body}`);
  return oidc.authorizationCodeGrant(config, page.left, {
    pkceCodeVerifier: asking.verifier,
    expectedState: asking.state,
    expectedNonce: asking.nonce,
    ...checks,
  });
}

export async function signIn(
  bench: Bench,
  config: oidc.Configuration,
  redirectUri: string,
  params: Readonly<Record<string, string>> = {},
  agent: HttpAgent = bench.agent(),
) {
  const asking = await ask(config, redirectUri, params);
  const page = await walk(agent, asking);
  const tokens = await redeem(config, asking, page);
  return { agent, asking, page, tokens, claims: tokens.claims() };
}
