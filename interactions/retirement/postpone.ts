/**
 * Counts how often a person has put off replacing a key, and writes an audit event, in one write. Called once the
 * person is known.
 */
import type { FactorId } from '../../factors/contract.ts';
import { cohortOf } from '../../accounts/cohort.ts';
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Person } from '../../accounts/person.ts';
import { audit } from '../audit-event.ts';
import type { InteractionServices } from '../services.ts';
import type { SignInContext } from '../context.ts';

/**
 * Records on the account which factors the person has put off replacing: once per sign-in, however often and in how
 * many tabs the person answered; not if it may not be put off any more.
 */
export async function recordPostponement(
  core: InteractionServices,
  person: Person,
  context: SignInContext,
  factors: readonly FactorId[] = context.state.postponed,
): Promise<Person> {
  if (factors.length === 0) return person;
  const { uid: signIn, now: lastAt } = context;
  const changed = await core.people.change(person.id, (current) => {
    const { advise } = context.with({ person: current });
    const counting = factors.filter(
      (factor) => current.postponements[factor]?.signIn !== signIn && advise(factor).kind === 'suggest',
    );
    if (counting.length === 0) return undefined;
    const counted = counting.map(
      (factor) => [factor, { count: (current.postponements[factor]?.count ?? 0) + 1, lastAt, signIn }] as const,
    );
    const lines = counted.map(([factor, { count: times }]) =>
      auditLine(
        audit(context, 'retirement.postponed', {
          person: person.id,
          factor,
          facts: { times, ...cohortOf(current) },
        }),
      ),
    );
    return addPending(
      { ...current, postponements: { ...current.postponements, ...Object.fromEntries(counted) } },
      ...lines,
    );
  });
  return changed ?? person;
}
