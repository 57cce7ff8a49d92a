/** Lists of accounts. A document that fails its MAC is left out and reported. `person-store.ts` offers them. */
import { TooManyToCount, tallyMost, type Collection, type Stored } from '../adapters/storage/port.ts';
import { AccountAltered, type createAccountMac, type StoredPerson } from './account-mac.ts';
import type { FactorId } from '../factors/contract.ts';
import type { Person } from './person.ts';
import { personalEndKey, personalEndOf, type PersonalEnd } from './personal-dates.ts';

export interface ListParts {
  readonly people: Collection<StoredPerson>;
  readonly macs: ReturnType<typeof createAccountMac>;
  /** Called for each altered document that a list leaves out. */
  readonly report: (altered: AccountAltered) => void;
}

/** Keys of the index of permits, in order of time. */
export const utcDay = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** Leaves out altered documents, and reports them. */
export const unaltered = (
  { macs, report }: ListParts,
  items: readonly Stored<StoredPerson>[],
): readonly Stored<Person>[] =>
  items.flatMap((stored) => {
    try {
      return [{ ...stored, value: macs.open(stored.id, stored.value) }];
    } catch (error) {
      if (!(error instanceof AccountAltered)) throw error;
      report(error);
      return [];
    }
  });

export async function allBy(context: ListParts, index: string, key: string): Promise<readonly Person[]> {
  const found = await context.people.findBy(index, key, tallyMost + 1);
  if (found.length > tallyMost) throw new TooManyToCount(`More than ${tallyMost} accounts are not read at once.`);
  return unaltered(context, found).map(({ value }) => value);
}

export interface ReadAccounts {
  /** With altered ones, which are left out of `people`. */
  readonly read: number;
  readonly people: readonly Person[];
}

export async function ofShape(context: ListParts, shape: string, limit: number): Promise<ReadAccounts> {
  const found = await context.people.findBy('shape', shape, limit);
  return { read: found.length, people: unaltered(context, found).map(({ value }) => value) };
}

export async function withPermit(context: ListParts, now: number): Promise<readonly Person[]> {
  const days = (await context.people.tally('permit')).map(({ key }) => key).filter((day) => day >= utcDay(now));
  const found: Person[] = [];
  for (const day of days) found.push(...(await allBy(context, 'permit', day)));
  return found;
}

/** Those issued on the last days first, whole days (UTC) at a time until there are `limit`. */
export async function withActivation(context: ListParts, limit: number): Promise<readonly Person[]> {
  const days = (await context.people.tally('activation-day')).map(({ key }) => key).toReversed();
  const found: Person[] = [];
  for (const day of days) {
    if (found.length >= limit) break;
    found.push(...(await allBy(context, 'activation-day', day)));
  }
  return found;
}

/** Last days of single accounts, and how many accounts have each. */
export const personalEnds = async ({
  people,
}: ListParts): Promise<readonly (PersonalEnd & { readonly accounts: number })[]> =>
  (await people.tally('personal-end')).map(({ key, documents }) => ({ ...personalEndOf(key), accounts: documents }));

/** In order of that day. */
export async function withPersonalEnd(parts: ListParts, factor: FactorId): Promise<readonly Person[]> {
  const ends = (await personalEnds(parts)).filter((end) => end.factor === factor);
  const found = new Map<string, Person>();
  for (const end of ends.toSorted((a, b) => a.instant - b.instant))
    for (const account of await allBy(parts, 'personal-end', personalEndKey(end))) found.set(account.id, account);
  return [...found.values()];
}

const minute = 60_000;

/** Keys of the index of held mails: the end of the minute (ms) in which a hold is over, as a text of one length. */
export const mailHoldKeys = ({ mailHold = {} }: Pick<Person, 'mailHold'>): readonly string[] => [
  ...new Set(Object.values(mailHold).map(({ from }) => String(Math.ceil(from / minute) * minute).padStart(16, '0'))),
];

export async function withMailHoldOver(parts: ListParts, now: number): Promise<readonly Person[]> {
  const over = (await parts.people.tally('mail-hold')).filter(({ key }) => Number(key) <= now);
  const found = new Map<string, Person>();
  for (const { key } of over)
    for (const account of await allBy(parts, 'mail-hold', key)) found.set(account.id, account);
  return [...found.values()];
}
