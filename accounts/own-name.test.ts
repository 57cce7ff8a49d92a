import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { hasOwnName, isForeignAddress, placeholderName } from './own-name.ts';

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
const an = { email: 'An@example.org', givenName: 'An', familyName: 'Peeters', birthdate: '1950-02-01' };

test('A-502 the same person has the same stand-in, however the name is written; another person has another', () => {
  const name = placeholderName(an, digest);
  expect(placeholderName({ ...an, email: 'an@example.org', familyName: ' PEETERS ' }, digest)).toBe(name);
  for (const other of [{ givenName: 'Jan' }, { birthdate: undefined }, { email: 'b@example.org' }])
    expect(placeholderName({ ...an, ...other }, digest)).not.toBe(name);
});

test('a stand-in is no own name, until the person has a password', () => {
  const username = placeholderName(an, digest);
  expect(hasOwnName({ username })).toBe(false);
  expect(hasOwnName({ username: 'an.peeters' })).toBe(true);
  expect(hasOwnName({ username, password: { hash: '', peppered: true, setAt: 0 } })).toBe(true);
});

test.each([
  ['an.peeters', false],
  ['An@Example.org', false],
  [' an@example.org', false],
  ['an＠example.org', false],
  ['jan@example.org', true],
  ['jan＠example.org', true],
  ['an@example.org.', true],
  ['an@', true],
])('A-691 whether the name %s is the address of somebody else: %s', (name, foreign) => {
  expect(isForeignAddress(name, { email: { address: 'an@example.org' } })).toBe(foreign);
  expect(isForeignAddress(name, {})).toBe(name.includes('@') || name.includes('＠'));
});
