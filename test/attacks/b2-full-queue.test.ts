// A full queue of hashes costs nobody a try: a password that was not compared does not count.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { argon2id, createSlowHash } from '../../passwords/argon2.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  cardCode,
  from,
  giveCode,
  givePassword,
  gotCode,
  parallel,
  personNow,
  reasonOf,
  staying,
  toProof,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
const waitingAtMost = 20;
/** While the test holds it, the only thread is busy. */
let busy = Promise.withResolvers<void>();
const held = {
  costClass: (hash: string) => (hash === 'held' ? hash : undefined),
  verify: async () => (await busy.promise, false),
  rehearse: async () => {},
};
beforeAll(async () => {
  const hash = createSlowHash({ kinds: [held, argon2id], atOnce: 1, waitingAtMost });
  product = await startProduct(
    { ...staying, listen: { proxy: true }, limits: { wrongFromNetworkPerHour: 20 }, signIn: { order: 'key-first' } },
    { hash },
  );
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

async function whileFull<T>(work: () => Promise<T>): Promise<T> {
  busy = Promise.withResolvers();
  const { hash } = product.services;
  const running = [
    ...Array.from({ length: waitingAtMost + 1 }, () => hash.matches('held', '')),
    ...Array.from({ length: waitingAtMost }, () => hash.matches('held', '', { first: true })),
  ];
  try {
    return await work();
  } finally {
    busy.resolve();
    await Promise.all(running);
  }
}

test('A-261 passwords that a full queue refuses are no tries, for known and unknown names', async () => {
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  const there = from('198.51.100.30');
  for (const { username, password } of [an, { username: 'nobody-at-all', password: 'x' }]) {
    const visit = await begin(rp);
    await toProof(visit, { username, password: 'guess 0' }, 'authenticator-app', there);
    const before = await personNow(product, an);
    const refused = await whileFull(() =>
      parallel(12, (guess) => givePassword(visit, { username, password: `guess ${guess + 1}` }, there)),
    );
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503));
    expect(await personNow(product, an)).toEqual(before);
    // Four further ones are compared, as if nothing had happened: five are permitted.
    for (let guess = 20; guess < 23; guess += 1)
      expect(reasonOf(await givePassword(visit, { username, password: `guess ${guess}` }, there))).toBe(
        'credentials_wrong',
      );
    const last = await givePassword(visit, { username, password }, there);
    expect(reasonOf(last)).toBe(username === an.username ? undefined : 'credentials_wrong');
  }
});

test('A-261 nor is the code of a key that is stored as a hash, even just before its pause or block', async () => {
  const bo = await product.addPerson({ keys: ['token-card'] });
  const visit = await begin(rp);
  const page = await toProof(visit, bo, 'token-card');
  const right = cardCode(bo, page);
  const wrong = right === '000000' ? '000001' : '000000';
  for (let guess = 0; guess < 4; guess += 1) await giveCode(visit, wrong, {}, guess);
  const { keys } = await personNow(product, bo);
  expect(keys[0]?.attempts.count).toBe(4);
  const refused = await whileFull(() => parallel(6, (guess) => giveCode(visit, wrong, {}, 10 + guess)));
  expect(refused.some(({ status }) => status === 503)).toBe(true);
  expect((await personNow(product, bo)).keys).toEqual(keys);
  expect(gotCode(await giveCode(visit, right))).toBe(true);
});
