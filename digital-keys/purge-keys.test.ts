import { expect, test } from '@jest/globals';
import { assert, integer, property } from 'fast-check';
import type { Key } from '../accounts/person.ts';
import { personOfShape, shapeOf } from '../accounts/shape.ts';
import { anyPerson } from '../test/harness/any-person.ts';
import { strongestBound } from '../factors/policy/binding-bar.ts';
import type { Schedules } from '../factors/policy/schedule-rules.ts';
import { factorsToPurge, withoutPurgedKeys } from './purge-keys.ts';

const dates: Schedules = {
  sms: {
    factor: 'sms',
    rules: [{ scope: { kind: 'all' }, sunsetAt: 90, purgeAt: 100 }],
    after: 're-enrol',
    replacements: [],
    zone: 'UTC',
  },
};
const secrets = {
  sealed: 'the-secret',
  unique: 'the-device',
  askedAt: 5,
  codeAt: 5,
  askedFor: {
    sealed: 'the-challenge',
    interaction: 'i',
    client: 'c',
    purpose: 'p',
    browser: 'b',
    shows: { number: 'the-number' },
    expiresAt: 9,
    messages: ['m'],
  },
} satisfies Partial<Key>;
/** Keys as they stand in the store: those that are off have no secret. */
const people = anyPerson.map((person) => ({
  ...person,
  keys: person.keys.map((key, at) => ({ ...key, id: `${at}`, ...(key.status === 'off' ? {} : secrets) })),
}));
const barOf = (keys: readonly Key[]) => strongestBound(keys.map((key) => ({ ...key, strength: key.strength })));

test('A-391 the secret goes, a tombstone stays, and the bar for new keys is as before; once', () => {
  assert(
    property(people, integer({ min: 90, max: 310 }), (person, now) => {
      const due = now >= Math.max(100, person.dates?.['sms']?.extendedTo ?? 0);
      const held = person.keys.filter(({ factor, status }) => factor === 'sms' && status !== 'off');
      const after = withoutPurgedKeys(person, dates, now);
      if (!due || held.length === 0) return expect(after).toBeUndefined();
      if (!after) throw new Error('Nothing was deleted.');
      expect(barOf(after.keys)).toBe(barOf(person.keys));
      expect(
        after.keys.map(({ id, factor, strength, boundAt, detail }) => [id, factor, strength, boundAt, detail]),
      ).toEqual(
        person.keys.map(({ id, factor, strength, boundAt, detail }) => [id, factor, strength, boundAt, detail]),
      );
      const gone = after.keys.filter(({ id }) => held.some((key) => key.id === id));
      for (const key of gone) expect(key).toMatchObject({ status: 'off', offBecause: 'purged', offAt: now });
      for (const word of ['the-secret', 'the-device', 'the-challenge', 'the-number'])
        expect(JSON.stringify([gone, after.pending])).not.toContain(word);
      expect(after.keys.filter((key) => !gone.includes(key))).toEqual(person.keys.filter((key) => !held.includes(key)));
      expect(after.pending).toMatchObject([
        {
          kind: 'audit',
          event: { action: 'keys.purged', factor: 'sms', facts: { keys: held.map(({ id }) => ({ id })) } },
        },
      ]);
      return expect(withoutPurgedKeys(after, dates, now)).toBeUndefined();
    }),
  );
});

test('A-390 the shape of an account says whether keys of it are to be deleted', () => {
  assert(
    property(people, integer({ min: 90, max: 310 }), (person, now) =>
      expect(factorsToPurge(personOfShape(shapeOf(person)), dates, now)).toEqual(factorsToPurge(person, dates, now)),
    ),
  );
});
