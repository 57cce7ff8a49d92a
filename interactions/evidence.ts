/** What has been proved in a sign-in so far, as sessions and tokens will rest on it. Called where it is recorded, and by the exit. */
import { withProofs, type Evidence, type ProvedKey } from '../factors/policy/standing.ts';
import type { Person } from '../accounts/person.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';

/** The keys of this very sign-in: the one proved for signing in, and the new one that was activated. */
export function provedHere({ proof, wizard }: SignInState): readonly ProvedKey[] {
  const bound = wizard?.bound;
  const made = bound !== undefined && wizard?.fromKey === proof?.key ? { replacedBy: bound.key } : {};
  const proved = proof?.purpose === 'sign-in' ? [{ ...plain(proof), ...made }] : [];
  return [...proved, ...(bound === undefined ? [] : [plain(bound)])];
}

/** Without what else stands in the record. */
const plain = ({ key, factor, assurance, at }: ProvedKey): ProvedKey => ({ key, factor, assurance, at });

export function evidenceOf(steps: SignInState, device?: string): Evidence {
  const { passwordAt, passwordSetAt, sessionKeys = [], sessionsEnded = 0 } = steps;
  return {
    ...(passwordAt === undefined || passwordSetAt === undefined
      ? {}
      : { password: { at: passwordAt, setAt: passwordSetAt } }),
    keys: withProofs(sessionKeys, provedHere(steps)),
    ...(device === undefined ? {} : { device }),
    ended: sessionsEnded,
  };
}

/** To be kept with what is proved of a person: as it was when the first of it was proved. */
export const sessionsEndedFor = ({ person, sessionsEnded }: SignInState, { id, sessionsEnded: now = 0 }: Person) =>
  person === id && sessionsEnded !== undefined ? sessionsEnded : now;

/** Whether the account is still the one of which something was proved: same password, and its sessions were not all ended since. */
export function isSameAccount({ passwordSetAt, sessionsEnded }: SignInState, person: Person): boolean {
  const samePassword = passwordSetAt === undefined || passwordSetAt === person.password?.setAt;
  return samePassword && (sessionsEnded === undefined || sessionsEnded === (person.sessionsEnded ?? 0));
}

/** The record as it counts for the account as it is now: where what was proved is void, the sign-in begins again. */
export function stepsFor(steps: SignInState, person: Person): SignInState {
  if (steps.person !== person.id) return steps;
  if (isSameAccount(steps, person)) return steps;
  return { ...emptyState, ...(steps.username === undefined ? {} : { username: steps.username }) };
}
