/**
 * Judges once for each request which evidence of a session or token is still valid: the policy of the authorization
 * endpoint, its code, and every use of a token get the same answer.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { levelOfAcr, rank, type Acrs } from '../factors/policy/assurance.ts';
import { consentTo } from '../accounts/consents.ts';
import type { Evidence } from '../factors/policy/standing.ts';
import type { Level } from '../factors/policy/types.ts';
import type { AccountFacts, Accounts } from './accounts.ts';
import type { Clients } from './clients.ts';
import { requiredLevel, type AcrParameters } from './requested-level.ts';
import { evidenceOf, type Resting } from './session-facts.ts';
import type { EngineSettings } from './settings.ts';

export interface Question {
  readonly account: Pick<AccountFacts, 'id' | 'person'>;
  readonly clientId: string;
  readonly rests: Evidence;
  /** The sign-in was finished and is being applied. */
  readonly justFinished: boolean;
  /** As they were at the sign-in. */
  readonly acr: string | undefined;
  readonly amr: readonly string[];
}

/** The valid evidence, for one relying party. */
export interface Verdict {
  /** Level, methods and evidence that are still valid; absent: too little to identify the person. */
  readonly stands?: { readonly acr: string; readonly amr: readonly string[]; readonly rests: Evidence };
  /** Whether it is enough for this relying party. */
  readonly suits: boolean;
  /** This person must replace a key before continuing to this relying party. */
  readonly reenrolmentDue: boolean;
}

/** The rules, as the engine calls them. Must not throw for an ordinary answer. */
export interface Gate {
  judge(question: Question): Verdict | Promise<Verdict>;
}

export type KeptFor = Resting & { readonly clientId?: string | undefined };

export interface OfGiven {
  readonly stands?: Verdict['stands'];
  readonly isEnough: boolean;
}

export interface Judgement {
  /** For the session of this request; `undefined`: there is none, or its account is gone. */
  ofSession(ctx: KoaContextWithOIDC): Promise<Verdict | undefined>;
  /** The same from the cache of this request. */
  known(ctx: KoaContextWithOIDC): Verdict | undefined;
  /** For a code or token; `undefined` if it is worthless. */
  stillGood(kept: KeptFor, account: Question['account']): Promise<Verdict['stands']>;
  /** For what a client once got: which part is still valid, and whether it is enough for the client. */
  ofGiven(kept: KeptFor, account: Question['account']): Promise<OfGiven>;
  /** The same for a token whose account has not been read yet. */
  ofToken(
    token: Resting & { readonly clientId?: string | undefined; readonly accountId?: string },
  ): Promise<Verdict['stands']>;
  /** The level that this request needs. Throws if nothing here can reach it. */
  needOf(ctx: KoaContextWithOIDC): Level;
}

interface Parts {
  readonly gate: Gate;
  readonly clients: Pick<Clients, 'floor' | 'highest' | 'isThirdParty'>;
  readonly accounts: Accounts;
  readonly settings: Pick<EngineSettings, 'acrs' | 'highestLevel'>;
}

export function createJudgement(parts: Parts): Judgement {
  const { clients, accounts } = parts;
  const { acrs, highestLevel = 'high' } = parts.settings;
  const asked = new WeakMap<KoaContextWithOIDC, Promise<Verdict | undefined>>();
  const answered = new WeakMap<KoaContextWithOIDC, Verdict>();
  const ask = async (ctx: KoaContextWithOIDC): Promise<Verdict | undefined> => {
    const verdict = await judgeSession(parts, ctx);
    if (verdict) answered.set(ctx, verdict);
    return verdict;
  };
  return {
    known: (ctx) => answered.get(ctx),
    ofSession(ctx) {
      const before = asked.get(ctx);
      if (before) return before;
      const answer = ask(ctx);
      asked.set(ctx, answer);
      return answer;
    },
    stillGood: (kept, account) => stillGood(parts, kept, account),
    ofGiven: (kept, account) => ofGiven(parts, kept, account),
    async ofToken(token) {
      const account = token.accountId === undefined ? undefined : await accounts.find(token.accountId);
      return account?.disabled === false ? stillGood(parts, token, account) : undefined;
    },
    needOf(ctx) {
      const client = clientIdOf(ctx);
      const limits = { floor: clients.floor(client), acrs, highest: clients.highest(client) ?? highestLevel };
      return requiredLevel(paramsOf(ctx), limits);
    },
  };
}

async function judgeSession({ gate }: Parts, ctx: KoaContextWithOIDC): Promise<Verdict | undefined> {
  const { session, account, result } = ctx.oidc;
  if (session?.accountId === undefined || !account) return undefined;
  return gate.judge({
    account: { id: session.accountId, person: (account as { readonly person?: AccountFacts['person'] }).person },
    clientId: clientIdOf(ctx),
    rests: evidenceOf(session),
    justFinished: result?.login !== undefined,
    acr: session.acr,
    amr: session.amr ?? [],
  });
}

interface Told {
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly extra?: { readonly acr?: string; readonly amr?: readonly string[] };
}

async function ofGiven(
  { gate, clients, settings: { acrs } }: Parts,
  kept: KeptFor,
  account: Question['account'],
): Promise<OfGiven> {
  // An access token has them in `extra`.
  const { clientId, need, consent, extra = {}, acr = extra.acr, amr = extra.amr ?? [] } = kept as typeof kept & Told;
  if (clientId === undefined || need === undefined) return { isEnough: false };
  // Withdrawn, also where another consent was given since.
  if (clients.isThirdParty(clientId) && (consent === undefined || consentTo(account.person, clientId)?.id !== consent))
    return { isEnough: false };
  const rests = evidenceOf(kept);
  const question = { account, clientId, rests, justFinished: false, acr: acr ?? acrs[need], amr };
  const { stands, suits } = await gate.judge(question);
  if (!stands) return { isEnough: false };
  const reached = reaches(stands.acr, need, acrs) && reaches(stands.acr, clients.floor(clientId), acrs);
  return { stands, isEnough: suits && reached };
}

async function stillGood(parts: Parts, kept: KeptFor, account: Question['account']): Promise<Verdict['stands']> {
  const { stands, isEnough } = await ofGiven(parts, kept, account);
  return isEnough ? stands : undefined;
}

/** Whether an `acr` is at least this level. */
export function reaches(acr: string | undefined, need: Level, acrs: Acrs): boolean {
  const level = levelOfAcr(acr, acrs);
  return level !== undefined && rank(level) >= rank(need);
}

/** The lower of the two: what was told before, as far as it is still valid. */
export function weakerAcr(told: string | undefined, stands: string, acrs: Acrs): string {
  const level = levelOfAcr(told, acrs);
  return told !== undefined && level !== undefined && reaches(stands, level, acrs) ? told : stands;
}

export function paramsOf(ctx: KoaContextWithOIDC): AcrParameters {
  return ctx.oidc.params ?? {};
}

export function clientIdOf(ctx: KoaContextWithOIDC): string {
  if (!ctx.oidc.client) throw new Error('The policy was asked before the client was known.');
  return ctx.oidc.client.clientId;
}
