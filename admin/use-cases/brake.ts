/**
 * The brake: a change that strands people, by its pre-flight, is refused, or done only with the exact number accepted
 * and a reason. Every use case that changes dates calls it, and gets the same sentences for the dry run and the real
 * change.
 */
import type { Schedule, Scope } from '../../factors/policy/types.ts';
import type { Outcome, Refusal } from '../refusals.ts';
import type { ShutOut } from './administrators-way.ts';
import type { Deletions } from './deletions.ts';
import type { Preflight } from './preflight.ts';
import { decidedDatesFor } from './schedule-effects.ts';

/** What an administrator accepts. */
export interface Accepted {
  /** The number of stranded people, as the pre-flight gave it. */
  readonly stranded: number;
  readonly reason: string;
}

/** If the brake refuses, the pre-flight is returned too. */
export type DatesOutcome<T> =
  | Extract<Outcome<T>, { readonly ok: true }>
  | {
      readonly ok: false;
      readonly refusals: readonly Refusal[];
      readonly looks?: readonly Preflight[];
      readonly deletions?: Deletions;
    };

/** A last day nearer than this (ms) needs a reason even if nobody is stranded. */
export const nearMs = 7 * 86_400_000;

export interface BrakeFacts {
  readonly looks: readonly Preflight[];
  readonly before: Schedule | undefined;
  readonly after: Schedule;
  readonly accepted: Accepted | undefined;
  /** ms */
  readonly now: number;
}

/** The most people that the change strands at any of the instants. */
export const newlyStranded = (looks: readonly Preflight[]): number =>
  Math.max(0, ...looks.map((look) => look.newlyStranded));

/** What nobody may accept: a deployment, or a relying party, that no factor opens any more; no administrator left. */
export function closings(
  looks: readonly Pick<Preflight, 'closesAll' | 'closedClients' | 'shutsOut'>[],
): readonly Refusal[] {
  if (looks.some(({ closesAll }) => closesAll))
    return [
      {
        code: 'installation_would_close',
        says: 'No factor would sign anybody in any more. This cannot be accepted: enable another factor first.',
      },
    ];
  const closed = [...new Set(looks.flatMap(({ closedClients }) => closedClients))];
  if (closed.length === 0) return shuttingOut(looks.map(({ shutsOut }) => shutsOut));
  return [
    {
      code: 'client_would_close',
      says: `No factor would open ${closed.join(', ')} any more. This cannot be accepted: enable another factor there first.`,
    },
  ];
}

/** Why a change that leaves every administrator without a way in is refused; none: it leaves one. */
export function shuttingOut(found: readonly ShutOut[]): readonly Refusal[] {
  const shut = found.filter((one) => one !== undefined);
  if (shut.length === 0) return [];
  const clients = new Set(shut.flatMap((one) => (one.kind === 'at' ? one.clients : [])));
  const where = clients.size === 0 ? '' : ` at ${[...clients].join(', ')}`;
  return [
    {
      code: 'administrators_shut_out',
      says: `No administrator would have a way in${where} any more (\`administrators\` in the configuration). This cannot be accepted: let one of them activate another key first, or name others.`,
    },
  ];
}

/** Why the change is refused; none: it is not. */
export function brake({ looks, before, after, accepted, now }: BrakeFacts): readonly Refusal[] {
  const closing = closings(looks);
  return closing.length > 0 ? closing : acceptance(newlyStranded(looks), broughtNear(before, after, now), accepted);
}

/** @param near whether the change brings a last day nearer than a week, or into the past */
export function acceptance(stranded: number, near: boolean, accepted: Accepted | undefined): readonly Refusal[] {
  if (stranded === 0 && !near) return [];
  if (accepted === undefined) return [stranded > 0 ? strandsPeople(stranded) : tooNear()];
  if (accepted.stranded !== stranded)
    return [
      {
        code: 'stranded_differs',
        says: `The number of people who have a way in now and would have none is ${stranded}, and not ${accepted.stranded}. Look again, and accept that number or none.`,
      },
    ];
  return reasonFaults(accepted.reason);
}

const longestReason = 500;

/** Why a reason is needed; none: there is one. */
export function reasonFaults(reason: string | undefined): readonly Refusal[] {
  if (reason === undefined || reason.trim() === '')
    return [{ code: 'reason_missing', says: 'Say why, with --reason "…": it stands in the audit log.' }];
  if (Array.from(reason).length <= longestReason) return [];
  return [{ code: 'reason_invalid', says: `A reason has at most ${longestReason} characters.` }];
}

/**
 * Whether the change brings the last day of everybody, a group or a relying party nearer than a week, or into the past.
 */
function broughtNear(before: Schedule | undefined, after: Schedule, now: number): boolean {
  const scopes = [...(before?.rules ?? []), ...after.rules].map(({ scope }) => scope);
  return scopes.some((scope) => {
    const is = endFor(after, scope);
    if (is === undefined || is - now >= nearMs) return false;
    const was = before && endFor(before, scope);
    return was === undefined || is < was;
  });
}

/** The instant (ms) from which the factor signs nobody in: its last day is over, or its keys are deleted. */
function endFor(schedule: Schedule, scope: Scope): number | undefined {
  const { sunsetAt, purgeAt } = decidedDatesFor(schedule, scope);
  const ends = [sunsetAt, purgeAt].flatMap((date) => (date ? [date.instant] : []));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

const people = (count: number): string => (count === 1 ? '1 person' : `${count} people`);

const strandsPeople = (count: number): Refusal => ({
  code: 'people_stranded',
  says: `${people(count)} with a way in now would have none. To go on all the same: --accept-stranded ${count} --reason "…".`,
});
const tooNear = (): Refusal => ({
  code: 'day_near',
  says: 'The last day, or that of deletion, is over or less than seven days away. Everybody with a way in now would keep one. To go on: --accept-stranded 0 --reason "…".',
});
