/** How far activations are: for the list of a registration desk, and for one person. Reads, and changes nothing. */
import { activationStatus, mostTries, type ActivationStatus } from '../../accounts/activation.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { Person } from '../../accounts/person.ts';
import type { Services } from '../services.ts';

/** Instants in ms. */
export interface ActivationState {
  readonly person: string;
  readonly username: string;
  readonly displayName: string;
  readonly status: ActivationStatus;
  readonly issuedAt: number;
  /** Who issued it. */
  readonly by: string;
  readonly until: number;
  readonly openedAt?: number;
  readonly activatedAt?: number;
  /** Wrong codes that are still possible. */
  readonly triesLeft: number;
}

/** `undefined`: the person has none. */
export function activationState(person: Person, now: number): ActivationState | undefined {
  const { activation } = person;
  const status = activationStatus(person, now);
  if (!activation || !status) return undefined;
  const { at: issuedAt, by, until, openedAt, doneAt, tries } = activation;
  return {
    person: person.id,
    username: person.username,
    displayName: personFacts(person).displayName,
    status,
    issuedAt,
    by,
    until,
    ...(openedAt === undefined ? {} : { openedAt }),
    ...(doneAt === undefined ? {} : { activatedAt: doneAt }),
    triesLeft: mostTries - tries,
  };
}

/** The newest first. @param by only those that this actor issued */
export async function listActivations(
  { people, clock }: Pick<Services, 'people' | 'clock'>,
  { by, limit = 100 }: { readonly by?: string; readonly limit?: number } = {},
): Promise<readonly ActivationState[]> {
  const now = clock.now();
  const accounts = await people.withActivation(by === undefined ? limit : Infinity);
  return accounts
    .flatMap((person) => activationState(person, now) ?? [])
    .filter((state) => by === undefined || state.by === by)
    .toSorted((a, b) => b.issuedAt - a.issuedAt)
    .slice(0, limit);
}
