// an account that an administrator removes while its owner is signed in, or about to.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { removePerson } from '../../admin/use-cases/person-remove.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { until } from '../harness/until.ts';
import { begin, giveCode, rightCode, signIn, staying, toProof } from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({ ...staying });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const remove = ({ person: { id } }: NewPerson) =>
  removePerson(product.services, { person: id, by: 'cli:ann', confirmed: true });
const isGone = async ({ person: { id } }: NewPerson) => (await product.services.people.get(id)) === undefined;

test('A-352 a session gives nothing more and a refresh token dies, at once and when the account is gone', async () => {
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  const visit = await begin(rp);
  const end = await signIn(product, visit, an, 'authenticator-app');
  const { refresh_token: token = '' } = await rp.finish(visit.pending, end.left as URL);
  expect(token).not.toBe('');
  const nothingMore = async () => {
    await expect(oidc.refreshTokenGrant(rp.configuration, token)).rejects.toMatchObject({ error: 'invalid_grant' });
    const page = await visit.agent.get((await rp.begin({ prompt: 'none' })).url);
    expect(page.left?.searchParams.get('error')).toBe('login_required');
  };
  expect(await remove(an)).toMatchObject({ ok: true, value: { written: true } });
  await nothingMore();
  await until('the account is gone', () => isGone(an));
  await nothingMore();
});

test('A-352 between password and code: no way on, whether the account is gone yet or not', async () => {
  for (const waits of [false, true]) {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    const asked = await toProof(visit, an, 'authenticator-app');
    const code = await rightCode(product, an, asked, product.mails.length);
    await remove(an);
    if (waits) await until('the account is gone', () => isGone(an));
    const page = await giveCode(visit, code);
    expect([page.left, page.status < 500]).toEqual([undefined, true]);
  }
});
