// Guesses at passwords by their networks: one name from many networks, many names from one.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodesOfRun } from '../harness/test-storage.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  countComparisons,
  from,
  givePassword,
  gotCode,
  parallel,
  personNow,
  reasonOf,
  send,
  signIn,
  staying,
  stepOf,
} from './visitor.ts';

const hour = 3_600_000;
const perHour = 40;

/** Behind its own proxy, so that visitors come from many addresses. */
let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    listen: { proxy: true },
    limits: { wrongFromNetworkPerHour: perHour },
    signIn: { order: 'key-first', interactionMinutes: 240 },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

async function atPassword() {
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  return visit;
}

describe('one password tried on everybody, from one network', () => {
  test('A-045, A-046: forty wrong ones over known and unknown names, then nothing is compared', async () => {
    const some = await parallel(10, () => product.addPerson({ keys: ['authenticator-app'] }));
    const compared = countComparisons(product);
    const visit = await atPassword();
    const there = from('198.51.100.20');
    const answers = [];
    for (let guess = 0; guess < 55; guess += 1) {
      const username = some[guess % 18]?.username ?? `nobody-${guess}`;
      answers.push(reasonOf(await givePassword(visit, { username, password: 'Welkom in Brussel 1' }, there)));
    }
    // Each name permits five from one network, before the network itself is full.
    const wrong = answers.filter((reason) => reason === 'credentials_wrong').length;
    expect(wrong).toBeLessThanOrEqual(perHour);
    expect(compared.all()).toBe(wrong);

    for (let guess = 0; guess < 20; guess += 1)
      answers.push(reasonOf(await givePassword(visit, { username: `nobody-${1000 + guess}`, password: 'x' }, there)));
    expect(answers.filter((reason) => reason === 'credentials_wrong')).toHaveLength(perHour);
    expect(compared.all()).toBe(perHour);
    expect(product.logs.filter((line) => line.includes('password.network-paused'))).toHaveLength(1);
    expect(product.logs.join('\n')).not.toContain('198.51.100.20');

    // A right password gets the same answer, for every name. Another session, or another address of the same IPv6
    // network, does not help.
    const fresh = await product.addPerson({ keys: ['authenticator-app'] });
    expect(reasonOf(await givePassword(await atPassword(), fresh, there))).toBe('attempts_paused');
    expect(reasonOf(await givePassword(visit, fresh, from('::ffff:198.51.100.20')))).toBe('attempts_paused');
    // From any other network everybody signs in.
    expect(gotCode(await signIn(product, await begin(rp), fresh, 'authenticator-app', from('192.0.2.30')))).toBe(true);
    // And from this one too, once there is room.
    product.clock.advance(hour / perHour);
    expect(stepOf(await givePassword(visit, fresh, there))).toBe('prove-key');
  });

  test('B2-03: two hundred in one burst, of one IPv6 network', async () => {
    const compared = countComparisons(product);
    const visits = await parallel(20, atPassword);
    await parallel(200, (index) =>
      givePassword(
        visits[index % visits.length] as (typeof visits)[number],
        { username: `nobody-burst-${index}`, password: 'Welkom in Brussel 1' },
        from(`2001:db8:9:9:${index.toString(16)}::1`),
      ),
    );
    // Four on each further node may be under way before the store has counted them.
    expect(compared.all()).toBeLessThanOrEqual(perHour + 4 * (nodesOfRun() - 1));
    expect(compared.all()).toBeGreaterThan(perHour / 2);
  });

  test('B2-12: the attacker’s own sign-ins in between reset nothing, and B2-08: nor does a restart', async () => {
    const eve = await product.addPerson({ keys: ['authenticator-app'] });
    const there = from('198.51.100.21');
    let wrong = 0;
    for (let round = 0; round < 6; round += 1) {
      const visit = await atPassword();
      for (let guess = 0; guess < 9; guess += 1) {
        const page = await givePassword(visit, { username: `nobody-${round}-${guess}`, password: 'x' }, there);
        if (reasonOf(page) === 'credentials_wrong') wrong += 1;
      }
      if (round === 2) await product.restart();
      const own = await signIn(product, await begin(rp), eve, 'authenticator-app', there);
      if (round < 3) expect([round, gotCode(own) || reasonOf(own)]).toEqual([round, true]);
      product.clock.advance(30_000);
    }
    // Plus those that ended in two and a half minutes.
    expect(wrong).toBeGreaterThanOrEqual(perHour);
    expect(wrong).toBeLessThanOrEqual(perHour + 2);
  });

  test('right passwords fill no bucket: a whole office signs in from one address', async () => {
    const clerks = await parallel(6, () => product.addPerson({ keys: ['authenticator-app'] }));
    const there = from('198.51.100.22');
    for (let round = 0; round < 10; round += 1) {
      const pages = await Promise.all(clerks.map(async (clerk) => givePassword(await atPassword(), clerk, there)));
      expect([round, pages.map(stepOf)]).toEqual([round, clerks.map(() => 'prove-key')]);
    }
  });

  test('requests from this machine are no network: behind an unnamed proxy nobody can lock everybody out', async () => {
    const visit = await atPassword();
    for (let guess = 0; guess < perHour + 20; guess += 1) {
      const page = await givePassword(visit, { username: `nobody-here-${guess}`, password: 'x' });
      expect([guess, reasonOf(page)]).toEqual([guess, 'credentials_wrong']);
    }
  });
});

describe('A-049: what a completed sign-in clears', () => {
  test('the failures of its own network; an attacker elsewhere still waits, and learns nothing', async () => {
    const victim = await product.addPerson({ keys: ['token-card'] });
    const compared = countComparisons(product);
    const visit = await atPassword();
    const guess = async (times: number) => {
      const before = compared.of(victim.person.password?.hash);
      for (let time = 0; time < times; time += 1)
        await givePassword(visit, { ...victim, password: `guess ${time}` }, from('203.0.113.80'));
      return compared.of(victim.person.password?.hash) - before;
    };
    const own = from('192.0.2.40');
    for (let slip = 0; slip < 4; slip += 1) await givePassword(visit, { ...victim, password: 'slip' }, own);
    expect(await guess(10)).toBe(5);
    for (let day = 0; day < 3; day += 1) {
      expect(gotCode(await signIn(product, await begin(rp), victim, 'token-card', own))).toBe(true);
      expect(await guess(10)).toBe(0);
      const counts = Object.values((await personNow(product, victim)).passwordAttempts).map(({ count }) => count);
      expect([day, counts]).toEqual([day, [5]]);
      product.clock.advance(9_000);
    }
    // 27 s are over; after 30 there is one more, and after that a minute.
    product.clock.advance(3_000);
    expect(await guess(10)).toBe(1);
    product.clock.advance(59_000);
    expect(await guess(10)).toBe(0);
  });
});
