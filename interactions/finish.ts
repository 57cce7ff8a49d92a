/** The only exit of a sign-in: what was proved becomes level, acr and amr; if that is not enough, the relying party gets an error, never a weaker token. */
import { achieved, rank, type Acrs } from '../factors/policy/assurance.ts';
import type { Assurance } from '../factors/contract.ts';
import type { Reason } from '../factors/reasons.ts';
import type { Person } from '../accounts/person.ts';
import type { SignInContext } from './context.ts';

export type Finish =
  | {
      readonly kind: 'sign-in';
      readonly accountId: string;
      readonly acr: string;
      readonly amr: readonly string[];
      /** Seconds since the epoch (OpenID Connect Core 1.0 §2, `auth_time`). */
      readonly authTime: number;
      readonly factors: readonly string[];
      /** The trusted device that stood for the second step. */
      readonly device?: string;
    }
  | { readonly kind: 'refused'; readonly reason: Reason };

interface Counted {
  readonly factor: string;
  readonly assurance: Assurance;
  /** ms */
  readonly at: number;
}

/**
 * What counts: the key proved for signing in, and the new key whose enrolment was proved in the same sign-in. A key that was switched off since then
 * counts no more, unless it made way for the new one.
 */
function counted({ steps: { proof, wizard }, person }: SignInContext): readonly Counted[] {
  const stands = (id: string) => person?.keys.some((key) => key.id === id && key.status === 'active') ?? false;
  const bound = wizard?.bound && stands(wizard.bound.key) ? wizard.bound : undefined;
  const old = proof?.purpose === 'sign-in' && (stands(proof.key) || (bound && wizard?.fromKey === proof.key));
  return [...(old ? [proof] : []), ...(bound ? [bound] : [])];
}

/** The password by itself, where that is all that is asked. */
function alone({ steps, level, secondStep, trusted }: SignInContext, { id }: Person, acrs: Acrs): Finish {
  const enough = secondStep.kind === 'none' || (secondStep.kind === 'offer' && steps.later === true);
  if (!enough || steps.proof || steps.wizard || steps.passwordAt === undefined || rank(level) > rank('single'))
    return { kind: 'refused', reason: 'key_not_held_or_expired' };
  return {
    kind: 'sign-in',
    accountId: id,
    acr: acrs.single,
    amr: ['pwd'],
    authTime: Math.floor(steps.passwordAt / 1000),
    factors: steps.sessionFactors ?? [],
    ...(trusted === undefined ? {} : { device: trusted.id }),
  };
}

/** The key with which this device becomes trusted: the box was ticked, and the second step was really done. */
export function keyOfTrust(context: SignInContext): string | undefined {
  const { trust, sessionFactors, proof, passwordAt } = context.steps;
  if (!trust || context.rules.trustFor === undefined || proof?.purpose !== 'sign-in') return undefined;
  if (sessionFactors !== undefined || passwordAt === undefined || context.client.trustedDevice !== true)
    return undefined;
  const bound = context.steps.wizard?.bound?.key;
  const keys = counted(context).length > 0 ? context.usableKeys : [];
  return keys.find(({ id }) => id === (bound ?? proof.key))?.id;
}

export function finishOf(context: SignInContext, acrs: Acrs): Finish {
  const { steps, person, suitable } = context;
  if (!person || person.disabled) return { kind: 'refused', reason: 'account_disabled' };
  if (context.unexpected) return { kind: 'refused', reason: 'account_unexpected' };
  const standing = counted(context);
  if (standing.length === 0) return alone(context, person, acrs);
  const proofs = standing.filter(({ factor }) => suitable.some((rule) => rule.factor.id === factor));
  const result = achieved(
    steps.passwordAt !== undefined,
    proofs.map(({ assurance }) => assurance),
  );
  if (!result || proofs.length === 0 || rank(result.level) < rank(context.level))
    return { kind: 'refused', reason: 'level_unreachable' };
  return {
    kind: 'sign-in',
    accountId: person.id,
    acr: acrs[result.level],
    amr: result.amr,
    // When something was really proved, however long a dialog was left open afterwards.
    authTime: Math.floor(Math.max(...proofs.map(({ at }) => at)) / 1000),
    factors: [...new Set([...(steps.sessionFactors ?? []), ...proofs.map(({ factor }) => factor)])],
  };
}
