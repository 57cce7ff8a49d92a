/** The audit events of a sign-in, step by step: after a right password the person is known, whatever the result. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type PersonOptions, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { nodesOfRun } from '../harness/test-storage.ts';

let product: Product;
let rp: RelyingParty;
beforeEach(async () => {
  product = await startProduct({ signIn: { order: 'name-first' } });
  rp = await relyingParty(product.issuer, product.client);
});
afterEach(() => product.close());

async function givePassword(agent: HttpAgent, an: NewPerson, password = an.password) {
  const page = await agent.get((await rp.begin()).url);
  return agent.submit(page, { username: an.username, password, action: 'continue' });
}
async function linesOf(an: NewPerson): Promise<readonly (readonly [string, string | undefined])[]> {
  await product.app.flush();
  const lines = await product.services.audit.list({ limit: 100, filter: { person: an.person.id } });
  return lines.map(({ event }) => [event.action, event.reason]);
}
const someone = (options: PersonOptions) => product.addPerson(options);

test('a sign-in: password, key, done', async () => {
  const an = await someone({ keys: ['authenticator-app'] });
  const agent = new HttpAgent();
  const page = await givePassword(agent, an);
  const code = generateSync({ secret: an.totp, epoch: Math.floor(product.clock.now() / 1000) });
  const done = await agent.submit(page, { code, action: 'continue' });
  expect(done.left?.searchParams.get('code')).toEqual(expect.any(String));
  const actions = (await linesOf(an)).map(([action]) => action);
  // On several nodes each writes its own lines, and what is only mentioned comes with the next of its node.
  if (nodesOfRun() === 1) expect(actions[0]).toBe('password.proved');
  expect(actions.toSorted()).toEqual(['authorization.granted', 'key.proved', 'password.proved', 'sign-in.completed']);
  const [proved] = await product.services.audit.list({ limit: 1, filter: { action: 'password.proved' } });
  expect(proved?.event).toMatchObject({ actor: an.person.id, client: 'rp', at: product.clock.now() });
});

test('a right password without a further step is recorded', async () => {
  const an = await someone({ keys: ['authenticator-app'] });
  await givePassword(new HttpAgent(), an);
  await givePassword(new HttpAgent(), an, 'a wrong password');
  // A-211c: the wrong one is in the account's record too.
  expect(await linesOf(an)).toEqual([
    ['password.proved', undefined],
    ['password.refused', 'credentials_wrong'],
  ]);
});

test('a right password of a person without a working key is a refused sign-in', async () => {
  const an = await someone({ keys: [] });
  const page = await givePassword(new HttpAgent(), an);
  expect(page.body).toContain('data-reason="no_usable_key"');
  expect(await linesOf(an)).toEqual([
    ['password.proved', undefined],
    ['sign-in.refused', 'no_usable_key'],
  ]);
});
