/**
 * A sign-in at a relying party and an instant that nobody makes, as the decider of every sign-in sees it. Called by the
 * pre-flight and everything that looks ahead.
 */
import type { Person } from '../../accounts/person.ts';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { createContext } from '../../interactions/create-context.ts';
import type { DecisionRules } from '../../interactions/decision-rules.ts';
import { orderOf } from '../../interactions/first-steps.ts';
import { prospectOf, type Prospect } from '../../interactions/prospect.ts';
import { emptyState } from '../../interactions/sign-in-state.ts';

/**
 * A sign-in at this relying party and instant (ms): of this person, with a password that was just proved, or one that
 * has just begun.
 */
export function contextOf(
  rules: DecisionRules,
  schedules: Schedules,
  person: Person | undefined,
  id: string,
  at: number,
) {
  const client = rules.clients.get(id);
  if (!client) throw new Error(`There is no relying party ${id}.`);
  return createContext({
    uid: '',
    now: at,
    language: 'en',
    order: orderOf(rules, client),
    client,
    level: client.level,
    state: person ? { ...emptyState, person: person.id, passwordAt: at } : emptyState,
    person,
    factors: rules.factors,
    strengthOf: rules.strengthOf,
    rules: rules.rules,
    schedules,
  });
}

/** What a sign-in of this person there and then can come to. */
export const prospect = (
  rules: DecisionRules,
  schedules: Schedules,
  person: Person,
  client: string,
  at: number,
): Prospect => prospectOf(contextOf(rules, schedules, person, client, at));
