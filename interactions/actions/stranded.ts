/**
 * Whether a change that a person makes leaves them without a way in at some relying party. Judged by the function that
 * judges changes of dates (`prospect.ts`). Pure.
 */
import type { Person } from '../../accounts/person.ts';
import { isUsedBy } from '../decision-rules.ts';
import type { SignInContext } from '../context.ts';
import { prospectOf } from '../prospect.ts';
import { emptyState } from '../sign-in-state.ts';

/** @param after the account as it would be */
export function strands(context: SignInContext, after: Person): boolean {
  const { person, everywhere } = context;
  if (!person) return false;
  const used = everywhere.filter(({ client }) => isUsedBy(client, person));
  const [then, now] = [withoutOver(context, after), withoutOver(context, person)];
  return used.some((place) => isStranded(context, place, then) && !isStranded(context, place, now));
}

/** A key that is over opens nothing, and still raises the bar for new keys: as a blocked one. */
const withoutOver = ({ isOver }: SignInContext, person: Person): Person => ({
  ...person,
  keys: person.keys.map((key) => (key.status === 'active' && isOver(key) ? { ...key, status: 'blocked' } : key)),
});

/** Of a person who has just given the right password there, in a browser that is not known. */
const isStranded = (context: SignInContext, place: SignInContext['everywhere'][number], person: Person): boolean =>
  prospectOf(
    context.with({
      ...place,
      person,
      action: undefined,
      isTrustedHere: () => false,
      state: { ...emptyState, person: person.id, passwordAt: context.now },
    }),
  ).kind === 'stranded';
