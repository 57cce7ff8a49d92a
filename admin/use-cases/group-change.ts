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
import type { Services } from '../services.ts';
import { brakeAccounts, lookAtAccounts, type AccountsLook } from './accounts-look.ts';
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

type Parts = Pick<Services, 'people' | 'clock' | 'registry' | 'settings' | 'schedules'>;

const mostGroups = 100;
const atOnce = 32;

export async function changeGroup(services: Parts, request: GroupChangeRequest): Promise<GroupOutcome> {
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
  const look = await lookAtAccounts(
    services,
    toChange.map((before) => ({ before, after: moved(before, group, into) })),
  );
  const refusals = brakeAccounts(look, accepted);
  if (refusals.length > 0) return { ok: false, refusals, look };
  const now = services.clock.now();
  let [changed, seen] = [dryRun ? toChange.length : 0, 0];
  if (!dryRun)
    await inParallel(toChange, atOnce, async ({ id }) => {
      const facts = { group, ...(reason === undefined ? {} : { reason: reason.trim() }) };
      const event = { at: now, actor: request.by, action: into ? 'group.joined' : 'group.left', person: id, facts };
      const written = await services.people.change(id, (person) =>
        person.removedAt !== undefined || isIn(person, group) === into
          ? undefined
          : addPending(moved(person, group, into), auditLine(event)),
      );
      if (written) changed += 1;
      seen += 1;
      onProgress('write', seen, toChange.length);
    });
  const same = list.people.length - changed;
  return done({ group, changed, same, skipped: list.faults, written: !dryRun && changed > 0, look });
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
