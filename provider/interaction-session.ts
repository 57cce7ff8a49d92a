/**
 * The interface between `interactions/` and the engine: opens the sign-in of this browser, saves its state, and ends
 * it. It reads and writes the shared document directly, so that a step costs one read and one write.
 */
import type { Context } from 'koa';
import type { AdapterPayload, InteractionResults, Provider } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { Version } from '../adapters/storage/port.ts';
import { noEvidence, type Evidence } from '../factors/policy/standing.ts';
import type { AccountFacts, HandOver } from './accounts.ts';
import { actionParameter, actionStatusOf, readAction, type ActionStatus, type AskedAction } from './asked-action.ts';
import { allowedMember, type AskedConsent } from './asked-consent.ts';
import type { BrowserSecret } from './browser-secret.ts';
import type { Clients } from './clients.ts';
import { isExpected } from './expected-account.ts';
import { begunMember } from './initiate-login.ts';
import { isSignedIn, openSessions, type OwnSessions } from './open-sessions.ts';
import { factsOf, refuseStale, roundIn, statusIn } from './interaction-result.ts';
import type { InteractionStore, StoredInteraction } from './interaction-store.ts';
import type { EngineSession } from './session-facts.ts';

/** `cookies_missing`: the browser sent no cookie of ours, so it blocks cookies, or followed a link. */
export type ClosedReason = 'interaction_expired' | 'interaction_foreign' | 'cookies_missing';

export interface OpenInteraction {
  readonly uid: string;
  readonly version: Version;
  /** Instant (ms). */
  readonly expiresAt: number;
  readonly clientId: string;
  /** The authorization request as it came, checked by the engine. */
  readonly params: Readonly<Record<string, unknown>>;
  /**
   * Why a page is needed: `action_asked`, `no_session`, `login_prompt`, `select_account`, `max_age`, `acr_too_low`,
   * `account_gone`, `account_unexpected`, `session_over`, `key_not_accepted`, `reenrolment_due`, `consent_due`.
   */
  readonly reasons: readonly string[];
  /** What the application asks for and was not done yet. */
  readonly action?: AskedAction;
  /** Of a third party: what it asks the person for. */
  readonly consent?: AskedConsent;
  /** Any program on the device may have sent the request. */
  readonly program?: true;
  /** The session of this browser when the request came. */
  readonly session?: {
    readonly accountId: string;
    /** Seconds. */
    readonly loginTs: number | undefined;
    /** The part of its evidence that is still valid. */
    readonly rests: Evidence;
  };
  /**
   * The browser that began it: digest of its secret for this sign-in, and whether it has the secret of an earlier
   * sign-in.
   */
  readonly browser: { readonly digest: string; readonly has: (digest: string) => boolean };
  /** Whether this account may answer the request, which can name one. */
  readonly isExpected: (accountId: string) => boolean;
  readonly state?: unknown;
  /** Where the browser should be: the sign-in was finished or cancelled, and its redirect was not followed yet. */
  readonly endedAt?: string;
}

export type Opened =
  | { readonly ok: true; readonly interaction: OpenInteraction }
  | {
      readonly ok: false;
      readonly reason: ClosedReason;
      /** Present if known. */
      readonly clientId?: string;
    };

export interface Finished {
  readonly accountId: string;
  /** The configured acr of the reached level. */
  readonly acr: string;
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** Seconds: the time of the last proof; becomes `auth_time`. */
  readonly authTime: number;
  /** The evidence of the session from now on: what was proved now, and at a step-up what was proved before. */
  readonly rests: Evidence;
  /** The account as just read, so that the engine need not read it again. */
  readonly account?: AccountFacts;
  /** Present if an action was asked for. */
  readonly action?: 'success';
  /** The person has just allowed what a third party asks for. */
  readonly allowed?: true;
}

/** The sign-in has ended, or belongs to another browser. */
export class InteractionClosed extends Error {
  override readonly name = 'InteractionClosed';
  readonly reason: ClosedReason;
  constructor(reason: ClosedReason) {
    super(`The interaction is closed: ${reason}.`);
    this.reason = reason;
  }
}

export interface Engine extends OwnSessions {
  open(ctx: Context, uid: string): Promise<Opened>;
  /** The new version, or `undefined` if another request saved in between or the sign-in has ended. */
  saveState(uid: string, version: Version, state: unknown, expiresAt: number): Promise<Version | undefined>;
  /**
   * Finishes the sign-in; returns where to send the browser (303). The first end counts. Throws `InteractionClosed`.
   */
  finish(ctx: Context, uid: string, finished: Finished): Promise<string>;
  /**
   * Answers with the live session of this account, if the engine still accepts it; returns where to send the browser
   * (303). Throws `InteractionClosed`. @param allowed the person has just allowed what a third party asks for
   */
  goOnAs(ctx: Context, uid: string, accountId: string, allowed?: true): Promise<string>;
  /** Whether the session of this browser is this account's, now. */
  isSignedIn(ctx: Context, accountId: string): Promise<boolean>;
  /**
   * Sends an error to the client instead (`access_denied`, `unmet_authentication_requirements`, …). Throws
   * `InteractionClosed`.
   * @param action how the action ended that was asked for
   */
  abort(ctx: Context, uid: string, error: string, description: string, action?: ActionStatus): Promise<string>;
  /** Ends all sessions of an account, on every node. */
  endSessions(accountId: string): Promise<void>;
  /**
   * Ends sessions of an account whose evidence is no longer enough, and sends back-channel log-outs.
   * @param options `all`: with every grant and token that no continuing session has
   */
  reviewSessions(accountId: string, options: { readonly all: boolean }): Promise<void>;
}

interface Parts {
  readonly provider: Provider;
  readonly interactions: InteractionStore;
  readonly browsers: BrowserSecret;
  readonly clients: Clients;
  readonly handOver: HandOver;
  readonly clock: Clock;
  readonly endSessions: (accountId: string) => Promise<void>;
  readonly reviewSessions: Engine['reviewSessions'];
  readonly sessionsOf: (accountId: string) => Promise<readonly EngineSession[]>;
  readonly endSession: Engine['endSession'];
}

export function createInteractionSession(parts: Parts): Engine {
  const { interactions, endSessions, endSession, reviewSessions } = parts;
  return {
    endSessions,
    endSession,
    sessionsOf: async (ctx, id) => openSessions(await parts.sessionsOf(id), ctx, parts.provider.cookieName('session')),
    reviewSessions,
    open: (ctx, uid) => open(parts, ctx, uid),
    async saveState(uid, version, state, expiresAt) {
      let base = await interactions.seen(uid);
      if (base?.version !== version) base = await interactions.read(uid);
      if (base?.version !== version) return undefined;
      return interactions.replace(base, { ...base.value, state }, expiresAt);
    },
    finish: (ctx, uid, finished) => finish(parts, ctx, uid, finished),
    goOnAs: (ctx, uid, accountId, allowed) =>
      end(parts, ctx, uid, (engine) => ({
        select_account: { accountId },
        ...(allowed && { [allowedMember]: accountId }),
        ...roundIn(engine),
      })),
    isSignedIn: (ctx, accountId) => isSignedIn(parts.provider, ctx, accountId),
    abort: (ctx, uid, error, description, action) =>
      end(parts, ctx, uid, (engine) => ({
        ...statusIn(engine, action),
        [begunMember]: roundIn(engine)[begunMember],
        error,
        error_description: description,
      })),
  };
}

/** Why this browser may not continue it: a sibling host can plant the engine's own cookie, but not the secret. */
function foreign(
  { provider, browsers }: Parts,
  ctx: Context,
  { id, value }: StoredInteraction,
): ClosedReason | undefined {
  const named = ctx.cookies.get(provider.cookieName('interaction'), { signed: true }) === id;
  if (named && browsers.has(ctx, browserOf(value.engine))) return undefined;
  return browsers.keepsCookies(ctx) ? 'interaction_foreign' : 'cookies_missing';
}

async function open(parts: Parts, ctx: Context, uid: string): Promise<Opened> {
  const { interactions, clients, browsers, clock } = parts;
  const stored = await interactions.read(uid);
  if (!stored || untilOf(stored) <= clock.now()) return { ok: false, reason: 'interaction_expired' };
  const refusedFor = foreign(parts, ctx, stored);
  if (refusedFor) return { ok: false, reason: refusedFor, clientId: String(stored.value.engine.params?.['client_id']) };
  return { ok: true, interaction: openInteraction(stored, clients, (digest) => browsers.has(ctx, digest)) };
}

/** Writes how the sign-in ends, unless it has ended; returns where to send the browser. */
async function end(
  parts: Parts,
  ctx: Context,
  uid: string,
  resultOf: (engine: AdapterPayload) => InteractionResults,
): Promise<string> {
  const { interactions } = parts;
  let base = await interactions.seen(uid);
  for (;;) {
    if (!base) throw new InteractionClosed('interaction_expired');
    const refusedFor = foreign(parts, ctx, base);
    if (refusedFor) throw new InteractionClosed(refusedFor);
    const { engine } = base.value;
    if (engine.result === undefined) {
      const value = { ...base.value, engine: { ...engine, result: resultOf(engine) } };
      if ((await interactions.replace(base, value, untilOf(base))) === undefined) {
        base = await interactions.read(uid);
        continue;
      }
    }
    return String(engine.returnTo);
  }
}

async function finish(parts: Parts, ctx: Context, uid: string, finished: Finished): Promise<string> {
  const { accountId, acr, amr, authTime, rests, account, action, allowed } = finished;
  const location = await end(parts, ctx, uid, (engine) => {
    refuseStale(engine, authTime);
    return {
      // A closed browser forgets the session; the server ends it anyway.
      login: { accountId, acr, amr: [...amr], ts: authTime, remember: false, rests },
      ...(allowed && { [allowedMember]: accountId }),
      ...roundIn(engine),
      ...statusIn(engine, action),
    };
  });
  if (account) parts.handOver.give(uid, account);
  return location;
}

function untilOf(stored: StoredInteraction): number {
  return stored.until ?? 0;
}

/** The digest of the secret of the browser that began it. */
export function browserOf({ prompt }: AdapterPayload): unknown {
  return factsOf(prompt?.details).browser;
}

function openInteraction(
  stored: StoredInteraction,
  clients: Clients,
  has: (digest: string) => boolean,
): OpenInteraction {
  const { engine, state } = stored.value;
  const params = engine.params ?? {};
  const clientId = String(params['client_id']);
  const { loginTs, rests = noEvidence, consent, program } = factsOf(engine.prompt?.details);
  const { session } = engine;
  const action = actionStatusOf(engine.lastSubmission) === undefined ? readAction(params[actionParameter]) : undefined;
  return {
    uid: stored.id,
    version: stored.version,
    expiresAt: untilOf(stored),
    clientId,
    params,
    reasons: engine.prompt?.reasons ?? [],
    ...(action && { action }),
    ...(consent && { consent }),
    ...(program && { program }),
    browser: { digest: String(browserOf(engine)), has },
    isExpected: (accountId) => isExpected(params, clients, clientId, accountId),
    ...(session?.accountId === undefined ? {} : { session: { accountId: session.accountId, loginTs, rests } }),
    ...(state === undefined ? {} : { state }),
    ...(engine.result === undefined ? {} : { endedAt: String(engine.returnTo) }),
  };
}
