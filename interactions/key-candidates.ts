/** The factors that a person may be offered for a new key, before the proof is judged. Pure; the context calls it. */
import { hasRoom } from '../digital-keys/key-room.ts';
import type { Factor, FactorId } from '../factors/contract.ts';
import { levelOfFactor, rank } from '../factors/policy/assurance.ts';
import { targets, type Candidate } from '../factors/policy/migration.ts';
import { hasNumber, keyInQuestion } from './actions/key-in-question.ts';
import type { Key } from '../accounts/person.ts';
import type { FactorRule, SignInContext } from './context.ts';

type Asked = Pick<SignInContext, 'client' | 'level' | 'rules'>;
type Facts = Asked & Pick<SignInContext, 'action' | 'person' | 'factors' | 'schedules' | 'statusOf' | 'state'>;

/** Whether the relying party accepts the factor, and a key of it can reach the level that this sign-in needs. */
export function suits({ client, level, rules }: Asked, { factor, settings }: FactorRule): boolean {
  const reached = levelOfFactor(factor, settings, rules.ladder);
  return (client.accepts?.includes(factor.id) ?? true) && rank(reached) >= rank(level);
}

/**
 * @param from the factor of the key that is replaced; absent: a key is added
 * @param active the person's keys that work
 */
export function candidatesFor(facts: Facts, from: FactorId | undefined, active: readonly Key[]): readonly Candidate[] {
  // A key that the person replaces by wish makes room for one of its own kind.
  const { action, factors, schedules, statusOf } = facts;
  const replaced = keyInQuestion(facts)?.id;
  const held = new Set(active.filter(({ id }) => id !== replaced).map(({ factor }) => factor));
  return targets(
    replaced === undefined ? from : undefined,
    from === undefined ? [] : (schedules[from]?.replacements ?? []),
    factors
      .filter(({ factor }) => action?.kind !== 'activate' || mayActivate(facts, factor))
      .filter(({ factor }) => action?.kind !== 'change-phone' || hasNumber(factors, factor.id))
      .map((rule) => ({
        id: rule.factor.id,
        status: statusOf(rule.factor.id),
        ...rule.factor.traits,
        many: rule.factor.traits.many && hasRoom(facts.person?.keys ?? [], rule.factor.id, replaced),
        recommended: rule.recommended,
        suits: suits(facts, rule),
        held: held.has(rule.factor.id),
      })),
  );
}

/** By link and paper code; a way back, such as recovery codes, is no first key. */
const mayActivate = ({ rules, state }: Facts, { id, traits }: Factor): boolean =>
  (rules.activates?.includes(id) ?? true) && (traits.fallback !== true || state.activation?.done === true);
