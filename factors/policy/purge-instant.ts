/**
 * When the keys of a factor are deleted for one person. Pure: the pre-flight, the explanation and the job that deletes
 * ask this one function.
 */
import { decidingDates, type Circumstances } from './deciding-dates.ts';
import type { Schedule } from './types.ts';

/**
 * First instant (ms) at which the day of deletion has come wherever the person signs in; `undefined`: never. The day of
 * one relying party alone deletes nothing, since the key works at the others. Every extension that the person has keeps
 * the key until it is over, also one that decides no last day: what is deleted does not come back.
 */
export function purgeInstant(
  schedule: Schedule,
  { groups = [], personal }: Omit<Circumstances, 'client'>,
): number | undefined {
  const clients = schedule.rules.flatMap(({ scope }) => (scope.kind === 'client' ? [scope.id] : []));
  const instants = [
    decidingDates(schedule, { groups, personal }),
    ...clients.map((client) => decidingDates(schedule, { client, groups, personal })),
  ].map(({ purgeAt }) => purgeAt?.instant ?? Number.POSITIVE_INFINITY);
  const extended = schedule.rules.filter(
    ({ scope, extends: isExtension }) => isExtension === true && (scope.kind !== 'group' || groups.includes(scope.id)),
  );
  const extensions = [...extended.map(({ sunsetAt }) => sunsetAt), personal?.[schedule.factor]?.extendedTo];
  const latest = Math.max(...instants, ...extensions.filter((instant) => instant !== undefined));
  return latest === Number.POSITIVE_INFINITY ? undefined : latest;
}
