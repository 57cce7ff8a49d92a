import { describe, expect, test } from '@jest/globals';
import { blankAccount } from '../test/harness/blank-account.ts';
import { restorable, withCopies } from './former-addresses.ts';
import { notice } from './notices.ts';
import type { Person } from './person.ts';

const now = 1_000_000;
const account = (over: Partial<Person> = {}): Person => ({
  ...blankAccount,
  id: 'an',
  username: 'an',
  email: { address: 'new@example.org' },
  formerEmails: [{ address: 'old@example.org', until: now + 1 }],
  ...over,
});
const changed = (before: Person, template: string, to?: string): Person => ({
  ...before,
  pending: [...before.pending, ...notice(before, template, { factor: 'app' }, now, to)],
});
const told = (person: Person) =>
  person.pending.map((item) => (item.kind === 'message' ? `${item.message.template} ${item.message.to}` : item.kind));

test('an address can be put back until its instant, not at it', () => {
  expect(restorable(account(), now)).toHaveLength(1);
  expect(restorable(account(), now + 1)).toEqual([]);
});

describe('A-557 a mail about a change', () => {
  test.each(['key_on', 'key_off', 'key_issued', 'password_changed'])(
    '%s goes to the former address too',
    (template) => {
      const before = account();
      expect(told(withCopies(before, changed(before, template)))).toEqual([
        `${template} new@example.org`,
        `${template} old@example.org`,
      ]);
    },
  );

  test('no other mail, none twice, and none that is older than the write', () => {
    const before = account();
    expect(told(withCopies(before, changed(before, 'unblocked')))).toHaveLength(1);
    const once = withCopies(before, changed(before, 'key_on'));
    expect(withCopies(once, { ...once, language: 'fr' }).pending).toEqual(once.pending);
  });

  test('none after the days, to the present address once more, or where there is no former address', () => {
    const late = account({ formerEmails: [{ address: 'old@example.org', until: now }] });
    const same = account({ formerEmails: [{ address: 'NEW@example.org', until: now + 1 }] });
    const { formerEmails: _none, ...first } = account();
    for (const before of [late, same, first])
      expect(told(withCopies(before, changed(before, 'key_on')))).toEqual(['key_on new@example.org']);
  });

  test('to the earliest three of many, each once', () => {
    const former = ['a', 'b', 'a', 'c', 'd'].map((name) => ({ address: `${name}@example.org`, until: now + 1 }));
    const before = account({ formerEmails: former });
    expect(told(withCopies(before, changed(before, 'key_on')))).toEqual(
      ['new', 'a', 'b', 'c'].map((name) => `key_on ${name}@example.org`),
    );
  });
});
