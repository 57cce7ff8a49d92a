/**
 * The last days about which one person can get mails: everybody's at all relying parties, and those of single relying
 * parties. Pure; `planned-mails.ts` decides on the mails.
 */
import type { Recipient } from '../accounts/recipients.ts';
import type { ToldDay } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';
import { decidingDates, type DecidedDates } from '../factors/policy/deciding-dates.ts';
import type { Schedule } from '../factors/policy/types.ts';

export interface ToldLine {
  /** The name under which the account stores what the person was told. */
  readonly name: string;
  readonly factor: FactorId;
  /** The relying party whose sign-ins alone the day concerns. */
  readonly client?: string;
  readonly zone: string;
  /** First instant (ms) at which it is over; absent: there is no last day to announce. */
  readonly sunsetAt?: number;
  /** When people are told (ms). */
  readonly announceAt?: number;
  /** What the person was told before is still true: another day, which they were told elsewhere, comes first. */
  readonly covered: boolean;
}

/** For one factor of the person's keys. */
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

/** People are told from the day of announcement or from the end of enrolment on, whichever comes first. */
const instants = ({ sunsetAt, announceAt, closeAt }: DecidedDates): Pick<ToldLine, 'sunsetAt' | 'announceAt'> => {
  const told = [announceAt, closeAt].flatMap((date) => (date ? [date.instant] : []));
  return {
    ...(sunsetAt && { sunsetAt: sunsetAt.instant }),
    ...(told.length > 0 && { announceAt: Math.min(...told) }),
  };
};
