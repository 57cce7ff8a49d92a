/** Dates of a factor as options: of the command that writes them, and of the list that judges people by them. */
import type { PlannedDates } from '../use-cases/dates-compared.ts';
import { UsageError, valuesOrNone, type Given, type Option } from './command.ts';

export const dateOptions: readonly Option[] = [
  { name: 'until-and-including', value: 'day', says: 'Last day on which it signs in.' },
  { name: 'close-enrolment', value: 'day', says: 'First day on which nobody gets a new one.' },
  { name: 'announce', value: 'day', says: 'First day on which people are told; without it, at once.' },
  {
    name: 'purge',
    value: 'day',
    says: 'From this day on the server deletes the secrets of these keys for good: everybody’s, or a group’s with --group.',
  },
  {
    name: 'zone',
    value: 'name',
    says: 'Time zone in which the days are meant, such as Europe/Brussels. Needed the first time, unless the configuration has a `zone`.',
  },
  {
    name: 'after',
    value: 'refuse|re-enrol',
    says: 'What it opens after its last day: nothing, or only the activation of another key.',
  },
  {
    name: 'replacement',
    value: 'factor',
    multiple: true,
    says: 'May take its place; best first, or `none` for any.',
  },
];

/** @throws UsageError if `--after` is neither of its two words */
export function datesGiven(given: Given): Pick<PlannedDates, 'days' | 'zone' | 'after' | 'replacements'> {
  const after = given.text('after');
  if (after !== undefined && after !== 'refuse' && after !== 're-enrol')
    throw new UsageError('--after takes refuse or re-enrol.');
  return {
    days: {
      announce: given.text('announce'),
      closeEnrolment: given.text('close-enrolment'),
      untilAndIncluding: given.text('until-and-including'),
      purge: given.text('purge'),
    },
    zone: given.text('zone'),
    after,
    replacements: valuesOrNone(given, 'replacement'),
  };
}

export const areDatesGiven = (given: Given): boolean => written(given).length > 0;

/** The command that lists whom these dates strand; none for a group, relying party or person. */
export function listCommandFor(given: Given, factor: string): string | undefined {
  if (['client', 'group', 'person'].some((name) => given.text(name) !== undefined)) return undefined;
  const dates = written(given).map(([name, value]) => `--${name} ${quoted(value)}`);
  return ['rekey factor holders', quoted(factor), '--stranded', ...dates].join(' ');
}

/** Name and value of every date option. */
const written = (given: Given): readonly (readonly [name: string, value: string])[] =>
  dateOptions.flatMap(({ name, multiple = false }) => {
    const values = multiple ? given.texts(name) : [given.text(name)];
    return (values ?? []).flatMap((value) => (value === undefined ? [] : [[name, value] as const]));
  });

const quoted = (value: string): string => (/^[\w./:+-]+$/.test(value) ? value : JSON.stringify(value));
