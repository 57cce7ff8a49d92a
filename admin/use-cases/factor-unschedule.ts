/** Lifts the dates of a kind of key: all of them, or those of one relying party or group. An extension that is lifted may shut people out: it goes through the brake. */
import type { Services } from '../services.ts';
import { ruleFor, sameScope, scopeName } from '../../factors/policy/schedule-rules.ts';
import type { Schedule, Scope } from '../../factors/policy/types.ts';
import { done, refuse } from '../refusals.ts';
import { brake, type Accepted, type DatesOutcome } from './brake.ts';
import { mailsAfter, type MailsListing } from './factor-mails.ts';
import { lookAhead } from './look-ahead.ts';
import type { Preflight } from './preflight.ts';
import { writeIfUnchanged } from './write-schedules.ts';

export interface UnscheduleRequest {
  readonly factor: string;
  readonly by: string;
  /** Absent: all dates. */
  readonly scope?: Scope;
  readonly dryRun?: boolean;
  /** What the administrator takes upon themselves, where an extension is lifted. */
  readonly accepted?: Accepted | undefined;
  /** Mails about the change leave at once, and not after an hour. */
  readonly sendNow?: boolean;
}

export interface Unscheduled {
  readonly factor: string;
  readonly before: Schedule;
  readonly after: Schedule;
  readonly written: boolean;
  readonly looks: readonly Preflight[];
  /** Mails that are due after it. */
  readonly mails: MailsListing;
}

/** The schedule stays without dates, so that the configuration's first value does not come back at the next start. */
export async function unscheduleFactor(
  services: Pick<Services, 'registry' | 'settings' | 'schedules' | 'people' | 'clock'>,
  { factor, by, scope, dryRun = false, accepted, sendNow = false }: UnscheduleRequest,
): Promise<DatesOutcome<Unscheduled>> {
  const { registry, schedules, clock } = services;
  if (!registry.get(factor)) return refuse('factor_unknown', `There is no factor ${factor}.`);
  // Fresh, and nothing written: what is looked at is what is replaced.
  const present = await schedules.change(by, () => undefined);
  const before = Object.hasOwn(present, factor) ? present[factor] : undefined;
  const held = scope === undefined ? (before?.rules.length ?? 0) > 0 : ruleFor(before, scope) !== undefined;
  if (!before || !held) {
    const whom = scope === undefined ? '' : ` for ${scopeName(scope)}`;
    return refuse('schedule_missing', `${factor} has no dates${whom}.`);
  }
  const rules = scope === undefined ? [] : before.rules.filter((rule) => !sameScope(rule.scope, scope));
  const after = { ...before, rules };
  const next = { ...present, [factor]: after };
  const looked = await lookAhead(services, { factor, before: present, after: next });
  if (!looked.ok) return looked;
  const looks = looked.value;
  const refusals = brake({ looks, before, after, accepted, now: clock.now() });
  if (refusals.length > 0) return { ok: false, refusals, looks };
  const mails = await mailsAfter(services, factor, { before: present, after: next }, sendNow);
  if (!mails.ok) return mails;
  if (!dryRun) {
    const written = await writeIfUnchanged(schedules, { by, accepted, sendNow }, present, next);
    if (!written.ok) return written;
  }
  return done({ factor, before, after, written: !dryRun, looks, mails: mails.value });
}
