import { expect, test } from '@jest/globals';
import { fatesInWords, type Counted } from './last-days.ts';

const look = (fates: Partial<Counted>): Counted => ({
  touched: 0,
  keep: 0,
  still: 0,
  mustReplace: 0,
  stranded: 0,
  byClient: [],
  ...fates,
});

test('A-635 the counts of a pre-flight in a sentence: of the service if it is known, else of all', () => {
  const all = { touched: 5, keep: 1, still: 0, mustReplace: 0, stranded: 4 };
  const here = { client: 'rp', touched: 5, keep: 3, still: 1, mustReplace: 1, stranded: 0 };
  const both = look({ ...all, byClient: [here] });
  expect(fatesInWords(both, 'rp')).toBe(
    'of 5 people with it, 3 sign in with another key, 1 signs in with it as before, 1 takes a new key first.',
  );
  expect(fatesInWords(both, 'other')).toBe('of 5 people with it, 1 signs in with another key, 4 have no way in.');
  expect(fatesInWords(look({ touched: 1, stranded: 1 }), 'rp')).toBe('of 1 person with it, 1 has no way in.');
  for (const nobody of [undefined, look({})]) expect(fatesInWords(nobody, 'rp')).toBe('nobody has this key any more.');
});
