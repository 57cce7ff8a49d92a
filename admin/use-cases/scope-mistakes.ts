/** Whether a group or relying party that dates are asked for exists. Called before dates are set, or taken away. */
import { ruleFor, type Schedules } from '../../factors/policy/schedule-rules.ts';
import type { Scope } from '../../factors/policy/types.ts';
import { refuse, type Refusal } from '../refusals.ts';
import type { Services } from '../services.ts';

/** @param scope absent: everybody */
export async function scopeMistakes(
  { settings, people }: Pick<Services, 'settings' | 'people'>,
  scope: Scope | undefined,
  present: Schedules,
): Promise<readonly Refusal[]> {
  if (scope === undefined || scope.kind === 'all') return [];
  if (scope.kind === 'client')
    return settings.clients.some(({ id }) => id === scope.id)
      ? []
      : refuse('client_unknown', `There is no relying party ${scope.id}.`).refusals;
  const isNamed =
    settings.signIn.secondFactorDeadlines.some(({ group }) => group === scope.id) ||
    Object.values(present).some((schedule) => ruleFor(schedule, scope) !== undefined);
  if (isNamed || (await people.hasGroup(scope.id))) return [];
  return refuse('group_unknown', `Nobody is of a group ${scope.id}.`).refusals;
}
