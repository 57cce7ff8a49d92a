/** Whom the end of a kind of key touches. */
import type { Services } from '../services.ts';
import { maySignIn, statusAt } from '../../factors/policy/lifecycle.ts';
import { ruleFor, type Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Scope } from '../../factors/policy/types.ts';

export interface Holders {
  readonly people: number;
  /** Hold an active key of this kind. */
  readonly holding: number;
  /** Hold no other key that still signs in when this one ends: they must activate another one, or are left without. */
  readonly nothingElse: number;
}

const pageSize = 200;

/** Reads everybody once. @param at the instant (ms) that is asked about @param scope only a group's people are counted where it is one */
export async function countHolders(
  { people, settings }: Pick<Services, 'people' | 'settings'>,
  factor: string,
  schedules: Schedules,
  at: number,
  scope: Scope,
): Promise<Holders> {
  const signsIn = (id: string) =>
    settings.factors[id]?.enabled === true && maySignIn(statusAt(ruleFor(schedules[id], { kind: 'all' }) ?? {}, at));
  const counted = { people: 0, holding: 0, nothingElse: 0 };
  let after: string | undefined;
  do {
    const { items, next } = await people.page({ limit: pageSize, ...(after === undefined ? {} : { after }) });
    for (const { value: person } of items) {
      if (scope.kind === 'group' && !person.groups.includes(scope.id)) continue;
      const active = person.keys.filter(({ status }) => status === 'active').map((key) => key.factor);
      counted.people += 1;
      if (!active.includes(factor)) continue;
      counted.holding += 1;
      if (!active.some((id) => id !== factor && signsIn(id))) counted.nothingElse += 1;
    }
    after = next;
  } while (after !== undefined);
  return counted;
}
