/** The only exit of a sign-in: what was proved becomes level, acr and amr; if that is not enough, the relying party gets an error, never a weaker token. */
import { achieved, rank, type Acrs } from '../factors/policy/assurance.ts';
import type { Assurance } from '../factors/contract.ts';
import type { Turn } from './turn.ts';

export type Finish =
  | {
      readonly kind: 'sign-in';
      readonly accountId: string;
      readonly acr: string;
      readonly amr: readonly string[];
      /** Seconds since the epoch (OpenID Connect Core 1.0 §2, `auth_time`). */
      readonly authTime: number;
      readonly factors: readonly string[];
    }
  | { readonly kind: 'too-weak' };

interface Counted {
  readonly factor: string;
  readonly assurance: Assurance;
  /** ms */
  readonly at: number;
}

/** What counts: the key proved for signing in, and the new key whose enrolment was proved in the same sign-in. */
function counted({ steps }: Turn): readonly Counted[] {
  const proofs: Counted[] = [];
  if (steps.proof?.purpose === 'sign-in') proofs.push(steps.proof);
  if (steps.wizard?.bound) proofs.push(steps.wizard.bound);
  return proofs;
}

export function finishOf(turn: Turn, acrs: Acrs): Finish {
  const { steps, person, suitable } = turn;
  const proofs = counted(turn).filter(({ factor }) => suitable.some((rule) => rule.factor.id === factor));
  const result = achieved(
    steps.passwordAt !== undefined,
    proofs.map(({ assurance }) => assurance),
  );
  if (!person || person.disabled || !result || proofs.length === 0 || rank(result.level) < rank(turn.level))
    return { kind: 'too-weak' };
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
