import { expect, test } from '@jest/globals';
import { personFrom, readPersonLine } from '../admin/use-cases/person-line.ts';
import { plainText, withoutNulls } from './plain-text.ts';
import { foldName } from './unique-values.ts';

const read = (text: string) => {
  const parsed = plainText(20).safeParse(text);
  return parsed.success ? parsed.data : undefined;
};

test.each([
  ['a Persian name with ZWNJ', 'علی\u200cرضا', 'علی\u200cرضا'],
  ['a Malayalam name with ZWJ', 'അന്\u200dവർ', 'അന്\u200dവർ'],
  ['joiners and white space at the ends', ' \u200d\u200cAn\u200c \u200d', 'An'],
  ['a plain name', 'Els Peeters', 'Els Peeters'],
])('A-222c %s is taken', (_name, given, taken) => expect(read(given)).toBe(taken));

test.each([
  ['nothing but joiners', '\u200c\u200d'],
  ['a mark that turns the direction', 'mia\u202e'],
  ['a zero-width space', 'mi\u200ba'],
  ['a soft hyphen', 'mi\u00ada'],
  ['two lines', 'mia\nrosa'],
  ['a NUL', 'mia\u0000'],
  ['too long', 'x'.repeat(21)],
])('A-222c %s is not', (_name, given) => expect(read(given)).toBeUndefined());

test('A-222c a name with joiners is the same user name', () => {
  expect(foldName('al\u200cic\u200de')).toBe(foldName('Alice'));
});

test('A-222e null members count as absent, except in the input of a factor', () => {
  const line = readPersonLine(
    JSON.stringify({
      username: 'maria',
      givenName: null,
      email: null,
      groups: null,
      claims: { nickname: null, gender: 'female' },
      keys: [{ factor: 'toy', label: null, data: { a: null } }],
    }),
  );
  if (!line.ok) throw new Error(line.faults.join());
  const person = personFrom(line.line, 'person-1', 'nl', 0);
  expect(person).toMatchObject({ username: 'maria', groups: [], claims: { gender: 'female' } });
  expect(Object.keys(person)).not.toEqual(expect.arrayContaining(['givenName', 'email']));
  expect(line.line.keys).toEqual([{ factor: 'toy', data: { a: null } }]);
  expect(readPersonLine('{"username":null}').ok).toBe(false);
  expect(withoutNulls([null, { a: null }])).toEqual([null, {}]);
});
