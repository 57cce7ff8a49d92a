/** The last days that one person can be told of, everybody's at all relying parties and those of single relying parties. Pure; `planned-mails.ts` decides on the mails. */
import type { Recipient } from '../accounts/recipients.ts';
import type { ToldDay } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';
import { decidingDates, type DecidedDates } from '../factors/policy/deciding-dates.ts';
import type { Schedule } from '../factors/policy/types.ts';

export interface ToldLine {
  /** Under which what was told is kept with the account. */
  readonly name: string;
  readonly factor: FactorId;
  /** Whose sign-ins alone the day is about. */
  readonly client?: string;
  readonly zone: string;
  /** First instant (ms) at which it is over; absent: there is no last day to tell of. */
  readonly sunsetAt?: number;
  /** From when on people are told (ms). */
  readonly announceAt?: number;
  /** What was told before is still no more than true: another day, told elsewhere, comes first. */
  readonly covered: boolean;
}

/** Of one factor whose keys the person has. */
export function toldLines(
  schedule: Schedule,
  { groups, dates, reminded = {} }: Pick<Recipient, 'groups' | 'dates' | 'reminded'>,
): readonly ToldLine[] {
  const { factor, zone } = schedule;
  const circumstances = { groups, personal: dates };
  const clients = new Set([
    ...schedule.rules.flatMap(({ scope }) => (scope.kind === 'client' ? [scope.id] : [])),
    ...Object.keys(reminded).flatMap((name) => (name.startsWith(`${factor}@`) ? [name.slice(factor.length + 1)] : [])),
  ]);
  const everywhere = {
    name: factor,
    factor,
    zone,
    covered: false,
    ...instants(decidingDates(schedule, circumstances)),
  };
  return [
    everywhere,
    ...[...clients].map((client) => {
      const name = `${factor}@${client}`;
      return { name, factor, client, zone, ...lineAt(schedule, { ...circumstances, client }, reminded[name]) };
    }),
  ];
}

function lineAt(
  schedule: Schedule,
  circumstances: Parameters<typeof decidingDates>[1],
  told: ToldDay | undefined,
): Pick<ToldLine, 'covered' | 'sunsetAt' | 'announceAt'> {
  const decided = decidingDates(schedule, circumstances);
  const by = decided.sunsetAt?.by;
  const isOwn = by !== undefined && 'scope' in by && by.scope.kind === 'client';
  if (isOwn) return { covered: false, ...instants(decided) };
  const [was, is] = [told?.sunsetAt, decided.sunsetAt?.instant];
  return { covered: was === undefined || (is !== undefined && is <= was) };
}

/** Where nobody is announced anything, the end of enrolment tells. */
const instants = ({ sunsetAt, announceAt, closeAt }: DecidedDates): Pick<ToldLine, 'sunsetAt' | 'announceAt'> => {
  const told = [announceAt, closeAt].flatMap((date) => (date ? [date.instant] : []));
  return {
    ...(sunsetAt && { sunsetAt: sunsetAt.instant }),
    ...(told.length > 0 && { announceAt: Math.min(...told) }),
  };
};
