/**
 * Adds many people to a group, or removes them, by a list. The list is judged as a whole first: who could no longer
 * sign in, and whose last day would be nearer, with the brake of every change of dates. If it is interrupted, the whole
 * list can be given again: people who are in the group already are reported as such.
 */
import { auditLine } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import { plainText } from '../../accounts/plain-text.ts';
import type { Person } from '../../accounts/person.ts';
import { inParallel } from '../../time/in-parallel.ts';
import { done, refuse, type Outcome, type Refusal } from '../refusals.ts';
import { changeAccount, changeUnderLock, losingOf, type Decide, type WriteParts } from './account-write.ts';
import { brakeAccounts, lookAtAccounts, type AccountChange, type AccountsLook } from './accounts-look.ts';
import { reasonFaults, type Accepted } from './brake.ts';
import { readNameList, type LineFault } from './name-list.ts';
import type { ImportLine } from './person-import.ts';

export interface GroupChangeRequest {
  readonly group: string;
  readonly into: boolean;
  /** A user name or id each; empty lines are skipped. */
  readonly lines: AsyncIterable<ImportLine> | Iterable<ImportLine>;
  readonly by: string;
  readonly reason?: string | undefined;
  readonly accepted?: Accepted | undefined;
  /** Skips wrong lines, instead of doing nothing. */
  readonly skip?: boolean;
  readonly dryRun?: boolean;
  /** Called during the work. */
  readonly onProgress?: (phase: 'read' | 'write', done: number, of: number) => void;
}

export interface GroupChanged {
  readonly group: string;
  /** People who were added or removed. */
  readonly changed: number;
  /** They were in the group, or out of it, already. */
  readonly same: number;
  /** Skipped lines. */
  readonly skipped: readonly LineFault[];
  readonly written: boolean;
  readonly look: AccountsLook;
}

export type GroupOutcome =
  | Extract<Outcome<GroupChanged>, { readonly ok: true }>
  | {
      readonly ok: false;
      readonly refusals: readonly Refusal[];
      readonly faults?: readonly LineFault[];
      readonly look?: AccountsLook;
    };

const mostGroups = 100;
const atOnce = 32;

export async function changeGroup(services: WriteParts, request: GroupChangeRequest): Promise<GroupOutcome> {
  const { into, reason, accepted, skip = false, dryRun = false, onProgress = () => undefined } = request;
  const named = plainText(100).safeParse(request.group);
  if (!named.success) return refuse('person_details_invalid', 'A group has 1 to 100 characters, on one line.');
  const group = named.data;
  const unsaid = reason === undefined ? [] : reasonFaults(reason);
  if (unsaid.length > 0) return { ok: false, refusals: unsaid };
  const list = await readNameList(services, request.lines, (at, of) => onProgress('read', at, of));
  const full = into ? list.people.filter((person) => person.groups.length >= mostGroups && !isIn(person, group)) : [];
  if (list.faults.length > 0 && !skip) return { ...faulty(list.faults.length), faults: list.faults };
  if (full.length > 0)
    return refuse('person_details_invalid', `Nobody is in more than ${mostGroups} groups: ${full[0]?.username}.`);
  const toChange = list.people.filter((person) => isIn(person, group) !== into);
  const changes = toChange.map((before) => ({ before, after: moved(before, group, into) }));
  const look = await lookAtAccounts(services, changes);
  const refusals = brakeAccounts(look, accepted);
  if (refusals.length > 0) return { ok: false, refusals, look };
  const now = services.clock.now();
  const facts = { group, ...(reason === undefined ? {} : { reason: reason.trim() }) };
  const event = { at: now, actor: request.by, action: into ? 'group.joined' : 'group.left', facts };
  const decide = (person: Person) => ({
    account:
      person.removedAt !== undefined || isIn(person, group) === into
        ? undefined
        : addPending(moved(person, group, into), auditLine({ ...event, person: person.id })),
    result: undefined,
  });
  const changed = dryRun
    ? done(toChange.length)
    : await write(services, changes, decide, (seen) => onProgress('write', seen, toChange.length));
  if (!changed.ok) return { ...changed, look };
  const same = list.people.length - changed.value;
  return done({
    group,
    changed: changed.value,
    same,
    skipped: list.faults,
    written: !dryRun && changed.value > 0,
    look,
  });
}

/** Administrators who lose their way in are changed first, together; how many accounts were changed. */
async function write(
  services: WriteParts,
  changes: readonly AccountChange[],
  decide: Decide<undefined>,
  onProgress: (seen: number) => void,
): Promise<Outcome<number>> {
  const losing = await losingOf(services);
  const isLosing = new Set(changes.filter(losing).map(({ before }) => before.id));
  const first = isLosing.size > 0 ? await changeUnderLock(services, [...isLosing], decide) : done([]);
  if (!first.ok) return first;
  let [changed, seen] = [first.value.filter((updated) => updated?.account).length, isLosing.size];
  let refused: Outcome<never> | undefined;
  const others = changes.filter(({ before }) => !isLosing.has(before.id));
  await inParallel(others, atOnce, async ({ before: { id } }) => {
    const written = await changeAccount(services, id, decide);
    if (!written.ok) refused = written;
    else if (written.value?.account) changed += 1;
    seen += 1;
    onProgress(seen);
  });
  return refused ?? done(changed);
}

const faulty = (lines: number) =>
  refuse(
    'list_faulty',
    `Nothing was done: ${lines === 1 ? '1 line is' : `${lines} lines are`} wrong. Correct them, or leave them out with --skip.`,
  );

const isIn = ({ groups }: Person, group: string): boolean => groups.includes(group);

const moved = (person: Person, group: string, into: boolean): Person => ({
  ...person,
  groups: into ? [...person.groups, group] : person.groups.filter((one) => one !== group),
});
