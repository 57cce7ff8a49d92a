/**
 * What a sign-in has proved so far. Sessions and tokens will depend on it. Called by the steps that record a proof, and
 * by `finish.ts`.
 */
import { withProofs, type Evidence, type ProvedKey } from '../factors/policy/standing.ts';
import type { Person } from '../accounts/person.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';

/** The keys of this sign-in: the key that was proved, and the new key that was activated. */
export function provedHere({ proof, wizard }: SignInState): readonly ProvedKey[] {
  const bound = wizard?.bound;
  const made = bound !== undefined && wizard?.fromKey === proof?.key ? { replacedBy: bound.key } : {};
  const proved = proof?.purpose === 'sign-in' ? [{ ...plain(proof), ...made }] : [];
  return [...proved, ...(bound === undefined ? [] : [plain(bound)])];
}

/** Without the other fields of the sign-in state. */
const plain = ({ key, factor, assurance, at }: ProvedKey): ProvedKey => ({ key, factor, assurance, at });

export function evidenceOf(state: SignInState, trustedBrowser?: string): Evidence {
  const { passwordAt, passwordSetAt, sessionKeys = [], sessionsEnded = 0 } = state;
  return {
    ...(passwordAt === undefined || passwordSetAt === undefined
      ? {}
      : { password: { at: passwordAt, setAt: passwordSetAt } }),
    keys: withProofs(sessionKeys, provedHere(state)),
    ...(trustedBrowser === undefined ? {} : { trustedBrowser }),
    ended: sessionsEnded,
  };
}

/** Recorded with the first proof of a person: the version of the account at that moment. */
export const sessionsEndedFor = ({ person, sessionsEnded }: SignInState, { id, sessionsEnded: now = 0 }: Person) =>
  person === id && sessionsEnded !== undefined ? sessionsEnded : now;

/** Whether the account still has the same password, and whether nobody has ended all its sessions since. */
export function isSameAccount({ passwordSetAt, sessionsEnded }: SignInState, person: Person): boolean {
  const samePassword = passwordSetAt === undefined || passwordSetAt === person.password?.setAt;
  return samePassword && (sessionsEnded === undefined || sessionsEnded === (person.sessionsEnded ?? 0));
}

/** The sign-in state for the account as it is now. If the proofs are void, the sign-in begins again. */
export function stateFor(state: SignInState, person: Person): SignInState {
  if (state.person !== person.id) return state;
  if (isSameAccount(state, person)) return state;
  return { ...emptyState, ...(state.username === undefined ? {} : { username: state.username }) };
}
