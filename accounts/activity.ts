/**
 * The last sign-ins of an account, refused ones too, as its person sees them. A short list in the account itself: each
 * entry is in a write that the sign-in makes anyway, and no log is searched. Pure. Strangers who guess fill only their
 * own part of it.
 */
import type { Activity } from './person-history.ts';
import type { Person } from './person.ts';

/** Entries kept of what succeeded, and of what was refused. */
const keptOfEach = 10;
/** Refusals of one kind within this time (ms) are one entry. */
const together = 3_600_000;

const isRefusal = ({ what }: Pick<Activity, 'what'>): boolean => what !== 'signed-in';

/** The account with one more entry. */
export function withActivity(person: Person, entry: Omit<Activity, 'times' | 'before'>): Person {
  const { activity = [] } = person;
  const like = isRefusal(entry) ? activity.findLast((one) => isLike(one, entry)) : undefined;
  const added: Activity = like ? { ...like, ...entry, before: like.at, times: (like.times ?? 1) + 1 } : entry;
  const all = [...activity.filter((one) => one !== like), added];
  const [good, bad] = [all.filter((one) => !isRefusal(one)), all.filter(isRefusal)];
  const kept = new Set([...good.slice(-keptOfEach), ...bad.slice(-keptOfEach)]);
  return { ...person, activity: all.filter((one) => kept.has(one)) };
}

const isLike = (one: Activity, { what, factor, at }: Pick<Activity, 'what' | 'factor' | 'at'>): boolean =>
  one.what === what && one.factor === factor && at - one.at < together;

/** The account without the refusal that was written before the answer was compared, once its sign-in is finished. */
export function withoutRefusal(person: Person, what: Activity['what'], at: number | undefined): Person {
  const { activity = [], ...rest } = person;
  const found = activity.findLast((one) => one.what === what && one.at === at);
  if (!found) return person;
  const { times = 1, before, ...entry } = found;
  const one = times > 1 ? [{ ...entry, at: before ?? found.at, ...(times > 2 ? { times: times - 1 } : {}) }] : [];
  const left = activity.flatMap((other) => (other === found ? one : [other]));
  return left.length === 0 ? rest : { ...rest, activity: left };
}
