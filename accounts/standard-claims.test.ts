import { describe, expect, test } from '@jest/globals';
import { personFrom, readPersonLine, writePersonLine } from '../admin/use-cases/person-line.ts';

const whole = {
  middle_name: 'Rosa',
  nickname: 'Mia',
  profile: 'https://people.example/maria',
  picture: 'https://people.example/maria.png',
  website: 'https://maria.example/',
  gender: 'female',
  birthdate: '1951-04-12',
  zoneinfo: 'Europe/Brussels',
  phone_number: '+32470000021',
  phone_number_verified: false,
  address: { formatted: 'Tramstraat 44\n9000 Gent', locality: 'Gent' },
};
const read = (claims: unknown) => readPersonLine(JSON.stringify({ username: 'maria', claims }));

test('import and export keep all claims', () => {
  const line = read(whole);
  if (!line.ok) throw new Error(line.faults.join());
  const person = personFrom(line.line, 'person-1', 'nl', 0);
  expect(person.claims).toEqual(whole);
  expect(JSON.parse(writePersonLine(person, []))).toMatchObject({ claims: whole });
});

describe('claims have the formats of OpenID Connect Core 1.0 §5.1', () => {
  test.each(['1951', '0000-02-29', '2000-02-29'])('birthdate %s', (birthdate) => {
    expect(read({ birthdate }).ok).toBe(true);
  });

  test.each<[string, unknown, string]>([
    ['a day that is none', { birthdate: '2001-02-29' }, 'claims.birthdate'],
    ['no year at all', { birthdate: '0000' }, 'claims.birthdate'],
    ['another order', { birthdate: '12-04-1951' }, 'claims.birthdate'],
    ['a zone that is none', { zoneinfo: 'Europe/Nowhere' }, 'claims.zoneinfo'],
    ['a script as picture', { picture: 'javascript:alert(1)' }, 'claims.picture'],
    ['a text as website', { website: 'maria' }, 'claims.website'],
    ['a name that turns the direction', { nickname: 'mia\u202e' }, 'claims.nickname'],
    ['a name of two lines', { nickname: 'mia\nrosa' }, 'claims.nickname'],
    ['an address that tells nothing', { address: {} }, 'claims.address'],
    ['a number verified that is not there', { phone_number_verified: true }, 'claims'],
    ['a claim of the account itself', { sub: 'somebody-else' }, 'claims'],
    ['a claim that the product makes', { email_verified: true }, 'claims'],
    ['a list', [], 'claims'],
  ])('refused: %s', (_name, claims, place) => {
    const line = read(claims);
    expect(line.ok).toBe(false);
    if (!line.ok) expect(line.faults.every((fault) => fault.startsWith(`${place}:`))).toBe(true);
  });
});
