/**
 * Whether an extension outlasts every factor that could replace the person's key: asks the decider of every sign-in,
 * before the extension is written.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Person } from '../../accounts/person.ts';
import type { FactorId } from '../../factors/contract.ts';
import { decidingDates } from '../../factors/policy/deciding-dates.ts';
import { maySignIn } from '../../factors/policy/lifecycle.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { decisionRules, isUsedBy, type DecisionRules } from '../../interactions/decision-rules.ts';
import { prospectOf } from '../../interactions/prospect.ts';
import type { Services } from '../services.ts';
import { contextOf } from './prospects.ts';

export interface ExtensionAhead {
  readonly factor: FactorId;
  readonly schedules: Schedules;
  /** Without the extension, and with it. */
  readonly before: Person;
  readonly after: Person;
}

/** At some relying party the person could not sign in at the end of the extension, and can without the extension. */
export function outlivesReplacement(
  services: Pick<Services, 'settings' | 'registry' | 'clock'>,
  { factor, schedules, before, after }: ExtensionAhead,
): boolean {
  const rules = decisionRules(services);
  const now = services.clock.now();
  const goesOn = (account: Person, client: string) => hasWayOn(rules, { factor, schedules, account, client, now });
  const used = [...rules.clients.values()].filter((client) => isUsedBy(client, before));
  return used.some(({ id }) => goesOn(before, id) && !goesOn(after, id));
}

interface OneEnd {
  readonly factor: FactorId;
  readonly schedules: Schedules;
  readonly account: Person;
  readonly client: string;
  readonly now: number;
}

/**
 * The person has another key that works when the factor ends, or can activate a new one until the last instant before
 * it.
 */
function hasWayOn(rules: DecisionRules, { factor, schedules, account, client, now }: OneEnd): boolean {
  const schedule = schedules[factor];
  const end = schedule && decidingDates(schedule, circumstancesOf(account, client)).sunsetAt?.instant;
  if (end === undefined) return true;
  const over = contextOf(rules, schedules, account, client, Math.max(end, now));
  if (prospectOf(over).kind !== 'stranded') return true;
  if (end <= now) return false;
  const before = contextOf(rules, schedules, account, client, end - 1);
  return before.targetsOf(factor).some(({ id }) => maySignIn(over.statusOf(id)));
}
