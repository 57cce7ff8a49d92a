import { expect, test } from '@jest/globals';
import { checkClaims, type ClaimSettings } from './claims-schema.ts';

const plain: ClaimSettings = { scopes: ['openid', 'email', 'groups'], userinfoClaims: true, claims: {} };
const found = (more: Partial<ClaimSettings>) =>
  checkClaims({ ...plain, ...more }, ['clients', 0]).map(({ path, says, meant }) =>
    [path.slice(2).join('.'), says, meant].filter((part) => part !== undefined),
  );

test.each<[Partial<ClaimSettings>, string, RegExp, string | undefined]>([
  [{ idTokenClaims: ['emial'] }, 'idTokenClaims.0', /is no claim of a scope/, 'email'],
  [
    { userinfoClaims: ['email', 'role'], claims: { roles: { from: 'groups' } } },
    'userinfoClaims.1',
    /no claim/,
    'roles',
  ],
  [{ idTokenClaims: ['name'] }, 'idTokenClaims.0', /needs the scope profile/, undefined],
  [{ claims: { roles: { from: 'name' } } }, 'claims.roles.from', /needs the scope profile/, undefined],
  [{ claims: { roles: {} } }, 'claims.roles', /either `from` or `value`/, undefined],
  [{ claims: { roles: { from: 'groups', value: 'x' } } }, 'claims.roles', /either `from` or `value`/, undefined],
  [{ claims: { sub: { from: 'groups' } } }, 'claims.sub', /the provider's alone/, undefined],
  [{ claims: { acr: { value: 'high' } } }, 'claims.acr', /the provider's alone/, undefined],
  [{ claims: { email_verified: { value: true } } }, 'claims.email_verified', /the provider's alone/, undefined],
])('A-545 %j', (more, path, says, meant) => {
  expect(found(more)).toEqual([[path, expect.stringMatching(says), ...(meant === undefined ? [] : [meant])]]);
});

test('A-545 what fits is taken', () => {
  expect(
    found({
      idTokenClaims: ['sub', 'email', 'roles', 'tenant'],
      claims: { roles: { from: 'groups' }, tenant: { value: 'acme' } },
    }),
  ).toEqual([]);
});
