/**
 * A line of an import about an existing account, with updates: the members of the line change, the others stay. Keys
 * are added to an account that never had one, as for a new person, and to no other; a change after which the person
 * could not sign in is refused. Called by person-import.ts.
 */
import type { Person } from '../../accounts/person.ts';
import { shapeOf } from '../../accounts/shape.ts';
import { localPartOf } from '../../accounts/shared-mailbox.ts';
import { createChangeAddress } from '../../digital-keys/change-address.ts';
import type { RefusalCode } from '../refusals.ts';
import { changeAccount } from './account-write.ts';
import { lookAtAccounts, type AccountChange, type AccountsLook } from './accounts-look.ts';
import { changedPerson, type PersonChanges } from './person-changes.ts';
import type { ImportParts } from './import-parts.ts';
import { isOnlyWay, isAsLookedAt, onMailbox } from './person-set.ts';
import type { PersonLine } from './person-line.ts';

export interface UpdateRequest {
  readonly line: PersonLine;
  /** The members of the line: the others have their defaults there. */
  readonly members: ReadonlySet<string>;
  readonly by: string;
  readonly dryRun: boolean;
  /** Pre-flights that were done already in this import. */
  readonly looks: Map<string, Promise<AccountsLook>>;
  /** Changes of a dry run that take the way in from an administrator. */
  readonly planned: AccountChange[];
  /** Resolves when the lines before this one are done. */
  readonly earlier: () => Promise<unknown>;
  /** The person with the keys of the line, or the faults of the keys. */
  readonly withKeys: (person: Person) => Promise<{ readonly person: Person } | { readonly faults: readonly string[] }>;
}

export type UpdateOutcome = 'changed' | 'same' | { readonly faults: readonly string[] };

export async function updatePerson(
  services: ImportParts,
  before: Person,
  request: UpdateRequest,
): Promise<UpdateOutcome> {
  const { line, dryRun } = request;
  const keys = await newKeys(before, request);
  const faults = [
    ...(line.id === undefined || line.id === before.id ? [] : ['id: is not the one of this person']),
    ...keys.faults,
  ];
  if (faults.length > 0) return { faults };
  const changes = await changesOf(services, before, request);
  const how = { addresses: createChangeAddress(services), by: request.by, now: services.clock.now() };
  const change = (person: Person) => {
    const { person: next, changed } = changedPerson(person, changes, how);
    return keys.add ? { next: keys.add(next), isChanged: true } : { next, isChanged: changed.length > 0 };
  };
  const { next: after, isChanged } = change(before);
  if (!isChanged) return 'same';
  const harm = await harmOf(services, before, after, request);
  if (harm.length > 0) return { faults: harm };
  if (!dryRun && line.passwordHash !== undefined) await services.passwords.takesIn(line.passwordHash);
  const updated = await changeAccount(
    services,
    before.id,
    (current) => (isAsLookedAt(current, before) ? { account: change(current).next, result: true } : { result: false }),
    { dryRun, planned: request.planned, before: request.earlier },
  );
  if (!updated.ok) return { faults: updated.refusals.map(({ code, says }) => inLine(code) ?? says) };
  return updated.value?.result === true
    ? 'changed'
    : { faults: ['was changed by somebody else at the same time: give the line again'] };
}

const inLine = (code: RefusalCode): string | undefined =>
  code === 'administrators_shut_out' ? 'would leave every administrator without a way in' : undefined;

async function newKeys(before: Person, { line, withKeys }: UpdateRequest) {
  if (line.keys.length === 0) return { faults: [] };
  const made = await withKeys(before);
  if ('faults' in made) return { faults: made.faults };
  const holds = (factor: string) => before.keys.some((key) => key.factor === factor && key.status !== 'off');
  if (before.keys.length > 0)
    return {
      faults: line.keys.flatMap(({ factor }, index) =>
        holds(factor) ? [] : [`keys.${index}: is not added to an account that has or had other keys`],
      ),
    };
  const [keys, pending] = [made.person.keys, made.person.pending.slice(before.pending.length)];
  return {
    faults: [],
    add: (person: Person): Person => ({ ...person, keys, pending: [...person.pending, ...pending] }),
  };
}

async function changesOf(
  { passwords, clock }: ImportParts,
  before: Person,
  { line, members, dryRun }: UpdateRequest,
): Promise<PersonChanges> {
  const given = <K extends keyof PersonLine>(member: K): PersonLine[K] | undefined =>
    members.has(member) ? line[member] : undefined;
  const address = line.email ?? (members.has('emailVerified') ? before.email?.address : undefined);
  return {
    givenName: given('givenName'),
    familyName: given('familyName'),
    language: given('language'),
    groups: given('groups'),
    claims: given('claims'),
    disabled: given('disabled'),
    ...(address === undefined ? {} : { email: { address, verified: given('emailVerified') === true } }),
    ...(await passwordOf()),
  };

  async function passwordOf(): Promise<Pick<PersonChanges, 'password'>> {
    const now = clock.now();
    if (line.passwordHash !== undefined && line.passwordHash !== before.password?.hash)
      return { password: { hash: line.passwordHash, peppered: line.passwordPeppered, setAt: now } };
    if (line.password === undefined) return {};
    if (before.password && (await passwords.matches(before.password, line.password, now)).right) return {};
    // Hashing is no part of the judgement, and takes most of the time.
    return { password: dryRun ? { hash: '', peppered: true, setAt: now } : await passwords.make(line.password, now) };
  }
}

/**
 * Why the update is refused: the person could not sign in after it, or a last day would be near. A disabled account is
 * named as the reason.
 */
async function harmOf(
  services: ImportParts,
  before: Person,
  after: Person,
  { looks }: UpdateRequest,
): Promise<readonly string[]> {
  const moved = onMailbox(services, before, after);
  if (moved > 0 && isOnlyWay(before, moved))
    return ['email: the only key gets its codes there; `rekey person set` changes it with --even-last'];
  const then = { ...after, disabled: before.disabled };
  const key = JSON.stringify([
    shapeOf(before),
    shapeOf(then),
    before.permit?.until,
    mailboxOf(before),
    mailboxOf(then),
  ]);
  if (shapeOf(before) === shapeOf(then)) return [];
  const look = looks.get(key) ?? lookAtAccounts(services, [{ before, after: then }]);
  looks.set(key, look);
  const { stranded, near } = await look;
  if (stranded === 0 && near === 0) return [];
  return [
    `would leave the person ${stranded > 0 ? 'without a way in' : 'with a last day that is over or near'}; \`rekey person set\` does it with the number accepted`,
  ];
}

/** The name of a mailbox shows whether several people read it. */
const mailboxOf = ({ email }: Person): string | undefined => email && localPartOf(email.address);
