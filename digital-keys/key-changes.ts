/**
 * The only place that adds and removes keys. Pure: each function returns the new account with its pending audit events
 * and mails, so that the old key off, the new key on and the two mails are one write.
 */
import type { AuditAction } from '../accounts/audit-actions.ts';
import { cohortOf } from '../accounts/cohort.ts';
import { auditLine, notice } from '../accounts/notices.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { Factor, FactorId, PersonFacts, Strength } from '../factors/contract.ts';
import { noAttempts } from '../passwords/attempt-limits.ts';
import { rank } from '../factors/policy/assurance.ts';
import { countsForBar } from '../factors/policy/binding-bar.ts';
import type { Sealing } from './seal-state.ts';

export interface Binding {
  readonly factor: Factor;
  /** The confirmed secret state. */
  readonly secret: unknown;
  readonly source: Key['source'];
  /** Who did it, for the audit: the person's id, or `cli:<user>`. */
  readonly by: string;
  /** The relying party of the sign-in in which the person did it. */
  readonly client?: string | undefined;
  readonly label?: string;
  /** What the activation has proved; absent: the highest level of the factor. */
  readonly strength?: Strength;
  /** The bar that it inherits from a key that it replaces without a proof of that key's strength. */
  readonly carries?: Strength | undefined;
  /** `Confirmed.unique`; the write must go through `people.updateWithUnique`. */
  readonly unique?: string;
  /** Further facts for the audit event. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** The key that it replaces: off in the same write. */
  readonly replaces?: string;
}

export interface KeyChanges {
  /** The person with the new key; `key` is it. An id for everything that is new comes from `newId`. */
  bind(person: Person, binding: Binding, now: number): { readonly person: Person; readonly key: Key };
  /** The person with this key off: its secret is gone, a tombstone stays. Unchanged when it is off already. */
  retire(person: Person, keyId: string, because: NonNullable<Key['offBecause']>, by: string, now: number): Person;
  /** The person with this key off, as wished; refused where no other key would be left that signs in. */
  remove(person: Person, keyId: string, removal: Removal): Removed;
}

export interface Removal {
  readonly by: string;
  readonly now: number;
  /** Whether a key signs in now: its factor is on offer, its last day not over, and the key itself not either. */
  readonly signsIn: (key: Key) => boolean;
  /** The last one too. */
  readonly evenLast?: boolean;
}
export type Removed =
  | { readonly ok: true; readonly person: Person; readonly key: Key }
  | { readonly ok: false; readonly why: 'none' | 'last' };

/**
 * Off keys that a person's record keeps as tombstones, besides those that still raise the bar for new keys; the audit
 * trail keeps all.
 */
const tombstonesKept = 50;

const audit = (
  person: Person,
  { by, client }: Pick<Binding, 'by' | 'client'>,
  action: AuditAction,
  key: Key,
  now: number,
  facts: Record<string, unknown>,
) =>
  auditLine({
    at: now,
    actor: by,
    action,
    person: person.id,
    factor: key.factor,
    key: key.id,
    ...(client === undefined ? {} : { client }),
    facts: { detail: key.detail, ...cohortOf(person), ...facts },
  });

const retire: KeyChanges['retire'] = (person, keyId, because, by, now) => {
  const key = person.keys.find(({ id, status }) => id === keyId && status !== 'off');
  if (!key) return person;
  const carried = because === 'removed' && person.keys.some((other) => other !== key && carries(other, key));
  const off: Key = {
    ...withoutSecrets(key),
    status: 'off',
    offAt: now,
    offBecause: because,
    ...(carried ? { settled: true } : {}),
  };
  const keys = person.keys.map((other) => (other.id === keyId ? off : other));
  const tombstones = keys.filter((one) => !countsForBar(one)).toSorted((a, b) => (b.offAt ?? 0) - (a.offAt ?? 0));
  const forgotten = new Set(tombstones.slice(tombstonesKept).map(({ id }) => id));
  return {
    ...person,
    keys: keys.filter(({ id }) => !forgotten.has(id)),
    pending: [
      ...person.pending,
      audit(person, { by }, 'key.off', off, now, { because }),
      ...notice(person, 'key_off', noticed(key), now),
    ],
  };
};

/** All that its factor and its challenges keep of a key; with it goes what was sent for it and not answered. */
export function withoutSecrets(key: Key): Key {
  const { sealed: _state, unique: _device, askedFor: _challenge, askedAt: _asked, codeAt: _code, ...rest } = key;
  return rest;
}

/**
 * The person with this key off, by the person's own wish, after a proof as strong as it: it no longer raises the bar
 * for new keys. `keepsBar`: as if it did, to judge what is left.
 */
export function removedByOwner(
  person: Person,
  keyId: string,
  now: number,
  { keepsBar = false }: { readonly keepsBar?: boolean } = {},
): Person {
  const off = retire(person, keyId, 'removed', person.id, now);
  if (keepsBar) return off;
  return { ...off, keys: off.keys.map((key) => (key.id === keyId ? { ...key, settled: true } : key)) };
}

/** A key at least as strong as a removed one keeps the bar for new keys. */
const carries = (other: Key, { strength }: Key): boolean =>
  countsForBar(other) &&
  strength !== undefined &&
  other.strength !== undefined &&
  rank(other.strength) >= rank(strength);

/** Of the keys that work. */
const kindsOf = ({ keys }: Person): readonly FactorId[] =>
  [...new Set(keys.filter(({ status }) => status === 'active').map(({ factor }) => factor))].toSorted();

const stronger = (one: Strength, other: Strength = 'low'): Strength => (rank(other) > rank(one) ? other : one);

/** What a notice names: the factor, and the person's own name for this key. */
const noticed = ({ factor, label }: Key) => ({ factor, ...(label === undefined ? {} : { label }) });

/** An administrator who issues a key is not asked whether it was the person. An import tells nobody. */
const newKeyNotice = (person: Person, key: Key, now: number) =>
  key.source === 'imported' ? [] : notice(person, key.source === 'issued' ? 'key_issued' : 'key_on', noticed(key), now);

const remove: KeyChanges['remove'] = (person, keyId, { by, now, signsIn, evenLast = false }) => {
  const key = person.keys.find(({ id, status }) => id === keyId && status !== 'off');
  if (!key) return { ok: false, why: 'none' };
  const works = (one: Key) => one.status === 'active' && signsIn(one);
  const others = person.keys.some((one) => one.id !== keyId && works(one));
  if (works(key) && !others && !evenLast) return { ok: false, why: 'last' };
  return { ok: true, key, person: retire(person, keyId, 'removed', by, now) };
};

export function createKeyChanges({
  sealing,
  newId,
  strengthOf,
}: {
  readonly sealing: Sealing;
  /** The highest level of a key of this factor in this deployment. */
  readonly strengthOf: (factor: Factor) => Strength;
  readonly newId: () => string;
}): KeyChanges {
  return {
    retire,
    remove,
    bind(
      person,
      { factor, secret, source, by, client, label, strength, carries: bar, unique, replaces, facts: further = {} },
      now,
    ) {
      const renewed = factor.traits.fallback
        ? person.keys.filter(
            ({ factor: kind, status, id }) => kind === factor.id && status !== 'off' && id !== replaces,
          )
        : [];
      const without = [...(replaces === undefined ? [] : [replaces]), ...renewed.map((key) => key.id)].reduce(
        (changed, keyId) => retire(changed, keyId, 'replaced', by, now),
        person,
      );
      const id = newId();
      const key: Key = {
        id,
        factor: factor.id,
        ...(label === undefined ? {} : { label }),
        sealed: sealing.sealKey(factor, person.id, id, secret),
        ...summaryOf(factor, secret),
        ...(unique === undefined ? {} : { unique }),
        status: 'active',
        strength: renewed.reduce(
          (most, key) => stronger(most, key.strength ?? 'high'),
          stronger(strength ?? strengthOf(factor), bar),
        ),
        boundAt: now,
        source,
        attempts: noAttempts,
      };
      const facts = { ...further, source, held: kindsOf(person), ...(replaces === undefined ? {} : { replaces }) };
      return {
        key,
        person: {
          ...without,
          keys: [...without.keys, key],
          pending: [
            ...without.pending,
            audit(person, { by, client }, 'key.on', key, now, facts),
            ...newKeyNotice(person, key, now),
          ],
        },
      };
    },
  };
}

/** The facts of a key that its record holds in clear text. */
export function summaryOf(factor: Factor, secret: unknown): Pick<Key, 'detail' | 'nature'> {
  const { detail, nature } = factor.describe(secret);
  return { detail, ...(nature === undefined ? {} : { nature }) };
}

/** What a factor may know about a person. */
export function personFacts(person: Person): PersonFacts {
  return {
    id: person.id,
    username: person.username,
    displayName: [person.givenName, person.familyName].filter(Boolean).join(' ') || person.username,
    email: person.email?.verifiedAt === undefined ? undefined : person.email.address,
    language: person.language,
  };
}
