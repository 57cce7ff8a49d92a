/**
 * Asks the rules what of a session or a token still stands, once a request: the policy of the authorization endpoint, the code it gives, and every use
 * of a token go by the same answer.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { levelOfAcr, rank, type Acrs } from '../factors/policy/assurance.ts';
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
  /** As they were when the person signed in. */
  readonly acr: string | undefined;
  readonly amr: readonly string[];
}

/** What still stands, in the eyes of one relying party. */
export interface Verdict {
  /** Level, methods and evidence of what still stands; absent: too little to say who it is. */
  readonly stands?: { readonly acr: string; readonly amr: readonly string[]; readonly rests: Evidence };
  /** Whether that is what this relying party takes. */
  readonly suits: boolean;
  /** This person must replace a key before going on to this relying party. */
  readonly reenrolmentDue: boolean;
}

/** The rules, as the engine asks them. Must not throw for an ordinary answer. */
export interface Gate {
  judge(question: Question): Verdict | Promise<Verdict>;
}

export type KeptFor = Resting & { readonly clientId?: string | undefined };

export interface OfGiven {
  readonly stands?: Verdict['stands'];
  readonly isEnough: boolean;
}

export interface Judgement {
  /** Of the session of this request; `undefined`: there is none, or its person is not there any more. */
  ofSession(ctx: KoaContextWithOIDC): Promise<Verdict | undefined>;
  /** The same, once it was asked. */
  known(ctx: KoaContextWithOIDC): Verdict | undefined;
  /** Of a code or token; `undefined` when that is worth nothing any more. */
  stillGood(kept: KeptFor, account: Question['account']): Promise<Verdict['stands']>;
  /** Of what a client was once given: what of it still stands, and whether that is enough for it. */
  ofGiven(kept: KeptFor, account: Question['account']): Promise<OfGiven>;
  /** The same of a token of an account that is still to be looked up. */
  isGood(token: Resting & { readonly clientId?: string | undefined; readonly accountId?: string }): Promise<boolean>;
  /** The level that this request needs. Throws where nothing here reaches it. */
  needOf(ctx: KoaContextWithOIDC): Level;
}

interface Parts {
  readonly gate: Gate;
  readonly clients: Pick<Clients, 'floor' | 'highest'>;
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
    async isGood(token) {
      const account = token.accountId === undefined ? undefined : await accounts.find(token.accountId);
      return account?.disabled === false && (await stillGood(parts, token, account)) !== undefined;
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

async function ofGiven(
  { gate, clients, settings: { acrs } }: Parts,
  kept: KeptFor,
  account: Question['account'],
): Promise<OfGiven> {
  const { clientId, need, acr, amr = [] } = kept as typeof kept & { readonly acr?: string; readonly amr?: string[] };
  if (clientId === undefined || need === undefined) return { isEnough: false };
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

/** The weaker of the two: what was told before, as far as it still stands. */
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
