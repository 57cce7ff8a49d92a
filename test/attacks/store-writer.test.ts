/** An attacker who can write the store, but has no root key. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StoredPerson } from '../../accounts/account-mac.ts';
import type { Collection } from '../../adapters/storage/port.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { begin, from, givePassword, gotCode, reasonOf, signIn, staying } from './visitor.ts';

let product: Product;
let rp: RelyingParty;
let raw: Collection<StoredPerson>;
beforeAll(async () => {
  product = await startProduct(
    { ...staying, listen: { proxy: 1 }, signIn: { order: 'name-first' } },
    {
      around: (storage) => ({
        ...storage,
        collection: (spec) => {
          const inner = storage.collection(spec);
          if (spec.name === 'people') raw = inner as unknown as Collection<StoredPerson>;
          return inner;
        },
      }),
    },
  );
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const document = async ({ person }: NewPerson) => {
  const stored = await raw.get(person.id);
  if (!stored) throw new Error('The account is gone.');
  return stored;
};

test('A-211b a password hash copied from another account gives no access: a fault, shown and logged as such', async () => {
  const [victim, thief] = await Promise.all([
    product.addPerson({ keys: ['authenticator-app'] }),
    product.addPerson({ keys: ['authenticator-app'] }),
  ]);
  const [target, own] = [await document(victim), await document(thief)];
  const { password, keys } = own.value;
  for (const change of [{ password }, { keys }, { password, keys }, { disabled: true }, { email: own.value.email }]) {
    const { version } = await document(victim);
    await raw.replace(victim.person.id, { ...target.value, ...change } as StoredPerson, version);
    const visit = await begin(rp);
    const page = await givePassword(visit, { username: victim.username, password: thief.password });
    expect([page.status, reasonOf(page), gotCode(page)]).toEqual([500, 'service_fault', false]);
  }
  expect(product.logs.some((line) => line.includes('AccountAltered') && line.includes('"level":50'))).toBe(true);
  await raw.replace(victim.person.id, target.value, (await document(victim)).version);
  expect(gotCode(await signIn(product, await begin(rp), victim, 'authenticator-app'))).toBe(true);
});

test('A-211c a wrong password of a known account is on its audit record, with a digest of the network and without the address', async () => {
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  const visit = await begin(rp);
  const page = await givePassword(
    visit,
    { username: an.username, password: 'not-the-password-of-an' },
    from('198.51.100.7'),
  );
  expect(reasonOf(page)).toBe('credentials_wrong');
  await givePassword(visit, { username: `${an.username}-unknown`, password: 'x' }, from('198.51.100.7'));
  await product.app.flush();
  const lines = await product.services.audit.list({
    limit: 100,
    filter: { person: an.person.id, action: 'password.refused' },
  });
  expect(lines.map(({ event }) => [event.actor, event.reason, Object.keys(event.facts ?? {})])).toEqual([
    ['unknown', 'credentials_wrong', ['network']],
  ]);
  expect(JSON.stringify(lines)).not.toContain('198.51.100');
  expect(String(lines[0]?.event.facts?.['network'])).toMatch(/^[A-Za-z0-9_-]{10,}/);
});
