/** Lists of keys and factors for the pages of several steps. */
import { defined } from '../accounts/defined.ts';
import type { Person } from '../accounts/person.ts';
import { mayEnrol } from '../factors/policy/lifecycle.ts';
import type { HeldKey, KeyChoice } from '../views/models.ts';
import type { SignInContext } from './context.ts';

/** Only keys that have a name of their own, or more details than their factor. */
export function heldKeys(person: Person | undefined, ids: readonly string[]): readonly HeldKey[] {
  return ids.flatMap((id) => {
    const { label, nature, detail = '' } = person?.keys.find((key) => key.id === id) ?? {};
    return label === undefined && nature === undefined ? [] : [defined({ detail, label, nature })];
  });
}

/** The last day of a factor that is being retired. */
export function retirementOf(
  context: SignInContext,
  factor: string,
): { readonly going?: NonNullable<KeyChoice['going']> } {
  const schedule = context.scheduleOf(factor);
  if (schedule?.sunsetAt === undefined || schedule.status === 'active') return {};
  return {
    going: {
      over: context.now >= schedule.sunsetAt,
      lastDay: schedule.sunsetAt - 1,
      zone: schedule.zone,
      ...(mayEnrol(schedule.status) ? {} : { closed: true }),
    },
  };
}

/** Of several keys, the one that was used last is marked, unless it is being retired. */
export function choices(context: SignInContext, ids: readonly string[]): readonly KeyChoice[] {
  const stays = (id: string): boolean => retirementOf(context, id).going === undefined;
  const [first] = context.usableKeys;
  const usedLast = ids.length > 1 && first?.lastUsedAt !== undefined ? first.factor : undefined;
  return ids.map((id) => {
    const key = context.person?.keys.find(({ factor, status }) => factor === id && status === 'active');
    return {
      id,
      ...retirementOf(context, id),
      ...(id === usedLast && stays(id) ? { usedLast: true } : {}),
      ...(key && context.order === 'name-first' ? { detail: key.detail } : {}),
    };
  });
}

/** The page `find-key` is offered only if its answers distinguish keys. */
export const mayFind = (context: SignInContext): boolean =>
  context.state.forgotten === undefined && context.offered.length > 1 && context.hands.length > 1;

/** Whether the page offers to activate a first or further key; not to a person who is doing so. */
export const maySecure = ({ rules, state }: SignInContext): boolean =>
  rules.mayActivate && state.securing !== true && state.forgotten === undefined;
