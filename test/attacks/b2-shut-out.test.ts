// Thirty addresses and a request every 35 s against one name: its owner still signs in from the usual places.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  from,
  givePassword,
  gotCode,
  parallel,
  reasonOf,
  send,
  signIn,
  staying,
  stepOf,
  type Visit,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    listen: { proxy: true },
    signIn: { order: 'key-first', interactionMinutes: 240 },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

/** The browser after its session has ended: it still has the token of an earlier sign-in. */
function later({ agent }: Visit): HttpAgent {
  const fresh = new HttpAgent();
  fresh.cookies.push(...agent.cookies.filter(({ name }) => name === 'rekey-known'));
  return fresh;
}

async function atPassword(agent?: Visit['agent']): Promise<Visit> {
  const visit = await begin(rp, agent === undefined ? {} : { agent });
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  return visit;
}

describe('A-212: nobody can lock an owner out of the usual places', () => {
  test('with tries from thirty addresses and one more every 35 s: in the usual browser anywhere, and in the usual network', async () => {
    const victim = await product.addPerson({ keys: ['authenticator-app'] });
    const own = await begin(rp);
    expect(gotCode(await signIn(product, own, victim, 'authenticator-app', from('192.0.2.60')))).toBe(true);

    const attack = await atPassword();
    const guess = (address: string, word: string) => givePassword(attack, { ...victim, password: word }, from(address));
    await parallel(180, (index) => guess(`203.0.113.${index % 30}`, `guess ${index}`));
    for (let round = 0; round < 8; round += 1) {
      product.clock.advance(35_000);
      await guess(`203.0.113.${round % 30}`, `guess later ${round}`);
      const browser = await atPassword(later(own));
      const there = await givePassword(browser, victim, from(`198.51.100.${round}`));
      expect([round, stepOf(there)]).toEqual([round, 'prove-key']);
      const network = await givePassword(await atPassword(), victim, from('192.0.2.60'));
      expect([round, stepOf(network)]).toEqual([round, 'prove-key']);
    }
  });

  test('a network that is full for everybody does not stop the usual browser there', async () => {
    const victim = await product.addPerson({ keys: ['authenticator-app'] });
    const own = await begin(rp);
    const there = from('192.0.2.61');
    expect(gotCode(await signIn(product, own, victim, 'authenticator-app', there))).toBe(true);
    const attack = await atPassword();
    for (let index = 0; index < 101; index += 1)
      await givePassword(attack, { username: `nobody-here-${index}`, password: 'x' }, there);
    expect(reasonOf(await givePassword(await atPassword(), victim, there))).toBe('attempts_paused');
    expect(stepOf(await givePassword(await atPassword(later(own)), victim, there))).toBe('prove-key');
  });

  test('the browser of somebody else, an unfinished sign-in and an invented token prove nothing', async () => {
    const victim = await product.addPerson({ keys: ['authenticator-app'] });
    const eve = await product.addPerson({ keys: ['authenticator-app'] });
    const hers = await begin(rp);
    expect(gotCode(await signIn(product, hers, eve, 'authenticator-app', from('192.0.2.70')))).toBe(true);
    // The right password alone completes no sign-in.
    const unfinished = await atPassword();
    expect(stepOf(await givePassword(unfinished, victim, from('192.0.2.71')))).toBe('prove-key');
    const invented = await begin(rp);
    const attempts = async (visit: Visit, headers: Readonly<Record<string, string>> = {}) => {
      const at = await atPassword(later(visit));
      let wrong = 0;
      for (let index = 0; index < 12; index += 1) {
        const page = await givePassword(
          at,
          { ...victim, password: `guess ${index}` },
          { headers: { ...from('192.0.2.72').headers, ...headers } },
        );
        if (reasonOf(page) === 'credentials_wrong') wrong += 1;
      }
      return wrong;
    };
    const compared = [await attempts(hers), await attempts(unfinished), await attempts(invented)];
    expect(compared).toEqual([5, 0, 0]);
  });
});
