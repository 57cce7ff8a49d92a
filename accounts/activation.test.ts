// The rules of an activation, at every instant that matters..
import { expect, test } from '@jest/globals';
import { blankAccount } from '../test/harness/blank-account.ts';
import {
  activationFault,
  activationIds,
  activationStatus,
  linkDigestOf,
  mostTries,
  tryCode,
  withActivation,
  withActivationDone,
  withLinkOpened,
} from './activation.ts';
import type { Person } from './person.ts';

const plain: Person = { ...blankAccount, id: 'an', username: 'an.peeters', email: { address: 'an@example.org' } };
const [at, until] = [1_000, 2_000];
const given = { id: 'a1', link: 'L1', code: 'C1', address: 'an@example.org', at, until, by: 'cli:ann' };
const issued = withActivation(plain, given);
const right = (digest: string) => digest === 'C1';
const wrong = () => false;
const afterCode = (person: Person, isCode: (digest: string) => boolean, now = at): Person => {
  const tried = tryCode(person, 'a1', isCode, now);
  if (!('account' in tried)) throw new Error(`nothing was written: ${tried.fault}`);
  return tried.account;
};
const used = withActivationDone(afterCode(issued, right), 'a1', at + 1) as Person;

test.each([
  [at - 1, 'expired'],
  [at, undefined],
  [at + 1, undefined],
  [until - 1, undefined],
  [until, 'expired'],
  [until + 1, 'expired'],
])('A-488 at %i: %s', (now, fault) => {
  expect(activationFault(issued, 'a1', now)).toBe(fault);
  expect(tryCode(issued, 'a1', right, now).right).toBe(fault === undefined);
  expect(withActivationDone(afterCode(issued, right), 'a1', now) === undefined).toBe(fault !== undefined);
});

test('A-488 a new letter makes the old link and the old code void, and the old link can say so', () => {
  const anew = withActivation(issued, { ...given, id: 'a2', link: 'L2', code: 'C2' });
  expect(activationFault(anew, 'a1', at)).toBe('replaced');
  expect(tryCode(anew, 'a1', right, at)).toEqual({ right: false, fault: 'replaced' });
  expect([linkDigestOf(anew, 'a1'), linkDigestOf(anew, 'a2'), linkDigestOf(anew, 'a3')]).toEqual([
    'L1',
    'L2',
    undefined,
  ]);
  expect(activationIds(anew)).toEqual(['a2', 'a1']);
  const many = Array.from({ length: 9 }, (_, n) => `b${n}`).reduce(
    (person, id) => withActivation(person, { ...given, id }),
    anew,
  );
  expect(activationIds(many)).toEqual(['b8', 'b5', 'b6', 'b7']);
});

test('A-488 with another address of the account the link is void', () => {
  const moved = { ...issued, email: { address: 'new@example.org', verifiedAt: 5 } };
  expect([activationFault(moved, 'a1', at), activationStatus(moved, at)]).toEqual(['replaced', 'void']);
  expect(tryCode(moved, 'a1', right, at)).toEqual({ right: false, fault: 'replaced' });
});

test('A-490 wrong codes are counted and end in a lock, which the right one does not open', () => {
  let person = issued;
  const left: number[] = [];
  for (let n = 0; n < mostTries; n += 1) {
    const tried = tryCode(person, 'a1', wrong, at);
    if (tried.right || !('triesLeft' in tried)) throw new Error('it was not counted');
    left.push(tried.triesLeft);
    person = tried.account;
  }
  expect(left).toEqual([4, 3, 2, 1, 0]);
  expect(tryCode(person, 'a1', right, at)).toEqual({ right: false, fault: 'locked' });
  expect(activationStatus(person, at)).toBe('locked');
  const actions = person.pending.map((item) => (item.kind === 'audit' ? item.event.action : ''));
  expect(actions).toEqual([...Array.from({ length: 5 }, () => 'activation.refused'), 'activation.locked']);
});

test('A-490 the right code costs no try, proves the mailbox, and opens nothing twice', () => {
  const proved = afterCode(issued, right, at + 7);
  expect(proved).toMatchObject({ email: { verifiedAt: at + 7 }, activation: { tries: 0, codeAt: at + 7 } });
  expect(used.activation).toMatchObject({ doneAt: at + 1 });
  expect(used.activation).not.toHaveProperty('code');
  expect(tryCode(used, 'a1', right, at + 2)).toEqual({ right: false, fault: 'used' });
  expect(withActivationDone(used, 'a1', at + 2)).toBeUndefined();
});

test('A-488 without the right code nothing is done; nor for a disabled account', () => {
  expect(withActivationDone(issued, 'a1', at)).toBeUndefined();
  expect(withActivationDone({ ...afterCode(issued, right), disabled: true }, 'a1', at)).toBeUndefined();
  expect(tryCode({ ...issued, disabled: true }, 'a1', right, at)).toEqual({ right: false, fault: 'disabled' });
});

test('A-488 the state for lists', () => {
  const opened = withLinkOpened(issued, 'a1', at + 3) as Person;
  expect(opened.activation?.openedAt).toBe(at + 3);
  expect(withLinkOpened(opened, 'a1', at + 4)).toBeUndefined();
  const states = [plain, issued, opened, used].map((person) => activationStatus(person, at + 5));
  expect(states).toEqual([undefined, 'issued', 'opened', 'activated']);
  expect([activationStatus(opened, until), activationStatus(used, until)]).toEqual(['expired', 'activated']);
});
