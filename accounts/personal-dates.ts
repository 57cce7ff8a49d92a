/**
 * Dates of a factor for one account: an extension, or an earlier last day than everybody's. Pure; use cases change
 * them, and an index finds the accounts that have any.
 */
import type { FactorId } from '../factors/contract.ts';
import type { OwnDates, Person } from './person.ts';

type End = 'extendedTo' | 'sunsetAt';

export interface PersonalEnd {
  readonly factor: FactorId;
  readonly name: End;
  /** ms */
  readonly instant: number;
}

/** The account with new dates for a factor; empty dates remove them. */
export function withPersonalDates(person: Person, factor: FactorId, dates: OwnDates): Person {
  const { dates: before = {}, ...rest } = person;
  const { [factor]: _before, ...others } = before;
  const all = Object.keys(dates).length === 0 ? others : { ...others, [factor]: dates };
  return Object.keys(all).length === 0 ? rest : { ...rest, dates: all };
}

/** The index key of an account with this last day. */
export const personalEndKey = ({ factor, name, instant }: PersonalEnd): string => `${factor} ${name} ${instant}`;

export const personalEndKeys = ({ dates = {} }: Pick<Person, 'dates'>): readonly string[] =>
  Object.entries(dates).flatMap(([factor, own]) =>
    (['extendedTo', 'sunsetAt'] as const).flatMap((name) => {
      const instant = own[name];
      return instant === undefined ? [] : [personalEndKey({ factor, name, instant })];
    }),
  );

export function personalEndOf(key: string): PersonalEnd {
  const [factor = '', name, instant] = key.split(' ');
  return { factor, name: name === 'extendedTo' ? name : 'sunsetAt', instant: Number(instant) };
}
