/**
 * A pre-flight for every instant at which a change of dates may strand people. Called by every change of dates: of
 * everybody, of a group or relying party, of one person.
 */
import type { Person } from '../../accounts/person.ts';
import { TooManyToCount } from '../../adapters/storage/port.ts';
import type { FactorId } from '../../factors/contract.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { refuse } from '../refusals.ts';
import type { Services } from '../services.ts';
import { isAdministrator } from './administrators-way.ts';
import { populationOf } from './population.ts';
import { preflight, type Preflight, type PreflightRequest } from './preflight.ts';

type Parts = Pick<Services, 'people' | 'settings' | 'registry' | 'clock'>;

/**
 * For now and for every later instant at which any factor ends for any person; the one that strands most people comes
 * first.
 */
export async function lookAhead(
  services: Parts,
  { factor, before, after, population }: Omit<Required<PreflightRequest>, 'at' | 'changed' | 'others'>,
): Promise<readonly Preflight[]> {
  // Of several that strand as many, the factor's own last day comes first: the administrator asked about it.
  const instants = [...endsOf({ [factor]: after[factor] }), ...endsOf(after)];
  return looksAt(services, instants, { factor, before, after, population });
}

/** The same for a change of the dates of one account alone. */
export async function lookAheadFor(
  services: Parts,
  {
    factor,
    schedules,
    before,
    after,
  }: { readonly factor: FactorId; readonly schedules: Schedules; readonly before: Person; readonly after: Person },
): Promise<readonly Preflight[]> {
  const own = [after, before].flatMap(({ dates = {} }) =>
    Object.values(dates).flatMap(({ extendedTo = [], sunsetAt = [] }) => [extendedTo, sunsetAt].flat()),
  );
  const { dates } = after;
  const { administrators } = services.settings;
  const others =
    administrators && isAdministrator(before, administrators) ? await populationOf(services, [before]) : [];
  return looksAt(services, [...own, ...endsOf(schedules)], {
    factor,
    before: schedules,
    after: schedules,
    population: [{ person: before, accounts: 1 }],
    others,
    changed: ({ dates: _before, ...account }) => ({ ...account, ...(dates && { dates }) }),
  });
}

async function looksAt(
  services: Parts,
  ends: readonly number[],
  request: Omit<PreflightRequest, 'at'>,
): Promise<readonly Preflight[]> {
  const now = services.clock.now();
  const looks: Preflight[] = [];
  for (const at of new Set([...ends, now].map((instant) => Math.max(instant, now))))
    looks.push(await preflight(services, { ...request, at }));
  return looks.toSorted((a, b) => b.newlyStranded - a.newlyStranded);
}

/** Instants (ms) from which a factor signs nobody in, for anybody. */
export const endsOf = (schedules: Readonly<Partial<Schedules>>): readonly number[] =>
  Object.values(schedules).flatMap(
    (schedule) => schedule?.rules.flatMap(({ sunsetAt = [], purgeAt = [] }) => [sunsetAt, purgeAt].flat()) ?? [],
  );

/**
 * If accounts differ in more ways than a store counts, nothing is judged and nothing written. Rethrows every other
 * error.
 */
export function tooMany(error: unknown): ReturnType<typeof refuse> {
  if (!(error instanceof TooManyToCount)) throw error;
  return refuse(
    'accounts_too_varied',
    'Whom this concerns cannot be counted: accounts differ in more ways, or more of them have a permit or a shared mailbox, than are judged at once. Nothing was written.',
  );
}
