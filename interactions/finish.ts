/**
 * The only exit of a sign-in: turns the proofs into level, acr and amr. If they are not enough, the relying party gets
 * an error, never a weaker token.
 */
import { rank, type Acrs } from '../factors/policy/assurance.ts';
import { standing, type Evidence, type ProvedKey, type Standing } from '../factors/policy/standing.ts';
import type { Reason } from '../factors/reasons.ts';
import type { AuditEvent, Person } from '../accounts/person.ts';
import type { SignInContext } from './context.ts';
import { evidenceOf, isSameAccount, provedHere } from './evidence.ts';

/** The facts that decide the exit. */
export type ExitFacts = Pick<
  SignInContext,
  | 'state'
  | 'person'
  | 'level'
  | 'secondStep'
  | 'unexpected'
  | 'trusted'
  | 'client'
  | 'rules'
  | 'counts'
  | 'suitable'
  | 'usableKeys'
>;

export type Finish =
  | {
      readonly kind: 'sign-in';
      readonly accountId: string;
      readonly acr: string;
      readonly amr: readonly string[];
      /** Seconds since the epoch (OpenID Connect Core 1.0 §2, `auth_time`). */
      readonly authTime: number;
      /** The facts that the session will depend on. */
      readonly rests: Evidence;
    }
  /** The engine answers from the live session; this sign-in proved nothing. */
  | { readonly kind: 'session'; readonly accountId: string }
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** The password was changed, or all sessions were ended, after the first proof: the sign-in begins again. */
  | { readonly kind: 'again' };

/** All valid proofs, and those of them that were given in this sign-in. */
function proved(
  context: ExitFacts,
  person: Person,
): { readonly all: Standing | undefined; readonly here: readonly ProvedKey[] } {
  const { state, counts, rules } = context;
  const all = standing(evidenceOf(state), person, counts, rules.ladder);
  const mine = new Set(provedHere(state).map(({ key }) => key));
  return { all, here: all?.rests.keys.filter(({ key }) => mine.has(key)) ?? [] };
}

/** The password alone, where no more is required. */
function alone({ state, level, secondStep, trusted }: ExitFacts, { id }: Person, acrs: Acrs): Finish {
  const enough = secondStep.kind === 'none' || (secondStep.kind === 'offer' && state.later === true);
  if (!enough || state.proof || state.wizard || state.passwordAt === undefined || rank(level) > rank('single'))
    return { kind: 'refused', reason: 'key_not_held_or_expired' };
  return {
    kind: 'sign-in',
    accountId: id,
    acr: acrs.single,
    amr: ['pwd'],
    authTime: Math.floor(state.passwordAt / 1000),
    rests: evidenceOf(state, trusted?.id),
  };
}

/** The key that makes this browser trusted: the person ticked the checkbox and did the second step. */
export function keyOfTrust(context: ExitFacts): string | undefined {
  const { trust, sessionKeys, proof, passwordAt } = context.state;
  if (!trust || context.rules.trustFor === undefined || proof?.purpose !== 'sign-in') return undefined;
  if (sessionKeys !== undefined || passwordAt === undefined || context.client.trustedBrowser !== true) return undefined;
  const bound = context.state.wizard?.bound?.key;
  const keys = context.person && proved(context, context.person).here.length > 0 ? context.usableKeys : [];
  return keys.find(({ id }) => id === (bound ?? proof.key))?.id;
}

export function finishOf(context: ExitFacts, acrs: Acrs): Finish {
  const { state, person, suitable } = context;
  if (!person || person.disabled) return { kind: 'refused', reason: 'account_disabled' };
  if (context.unexpected) return { kind: 'refused', reason: 'account_unexpected' };
  if (!isSameAccount(state, person)) return { kind: 'again' };
  if (state.selecting?.goesOn) return { kind: 'session', accountId: person.id };
  const { all, here } = proved(context, person);
  if (here.length === 0) return alone(context, person, acrs);
  const enough = here.some(({ factor }) => suitable.some((rule) => rule.factor.id === factor));
  if (!all || !enough || rank(all.level) < rank(context.level)) return { kind: 'refused', reason: 'level_unreachable' };
  return {
    kind: 'sign-in',
    accountId: person.id,
    acr: acrs[all.level],
    amr: all.amr,
    // The time of the last proof, however long a dialog stayed open after it.
    authTime: Math.floor(Math.max(...here.map(({ at }) => at)) / 1000),
    rests: evidenceOf(state),
  };
}

/** The audit event of a finished sign-in. */
export function completed(
  { now, client }: Pick<SignInContext, 'now' | 'client'>,
  { accountId, acr, rests }: Omit<Extract<Finish, { readonly kind: 'sign-in' }>, 'kind'>,
): AuditEvent {
  const factors = [...new Set(rests.keys.map(({ factor }) => factor))].join(' ');
  return {
    at: now,
    actor: accountId,
    action: 'sign-in.completed',
    person: accountId,
    client: client.id,
    facts: { acr, factors, ...(rests.trustedBrowser === undefined ? {} : { browser: rests.trustedBrowser }) },
  };
}
