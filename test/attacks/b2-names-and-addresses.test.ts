// The name and the source of a guess: sessions, spellings, headers, addresses.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  countComparisons,
  countJudgements,
  from,
  giveCode,
  givePassword,
  gotCode,
  kinds,
  look,
  parallel,
  personNow,
  send,
  signIn,
  staying,
  stepOf,
  toProof,
  wrongCode,
  type KeyKind,
} from './visitor.ts';

const minute = 60_000;
const hour = 60 * minute;

let product: Product;
let rp: RelyingParty;
/** Behind its own proxy, so that visitors come from many addresses. */
let proxied: Product;
let proxiedRp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({ ...staying, signIn: { order: 'key-first', interactionMinutes: 240 } });
  rp = await relyingParty(product.issuer, product.client);
  proxied = await startProduct({ ...staying, listen: { proxy: true } });
  proxiedRp = await relyingParty(proxied.issuer, proxied.client);
});
afterAll(async () => {
  await product.close();
  await proxied.close();
});

const keyOf = async (of: Product, person: NewPerson, kind: KeyKind) =>
  (await personNow(of, person)).keys.find(({ factor }) => factor === kind);
const told = (of: Product, person: NewPerson) => of.mails.filter(({ to }) => to === person.email);

test('B2-02: fifty sign-ins at once, five guesses each, have one count, and the owner is told once', async () => {
  const victim = await proxied.addPerson({ keys: ['authenticator-app'] });
  const judged = countJudgements(proxied, 'authenticator-app');
  const visits = await parallel(50, async (index) => {
    const visit = await begin(proxiedRp);
    const address = from(`198.51.100.${index % 20}`);
    await toProof(visit, victim, 'authenticator-app', address);
    return visit;
  });
  const asked = await Promise.all(visits.map(async (visit) => stepOf(await look(visit))));
  expect(asked.filter((step) => step === 'prove-key').length).toBeGreaterThan(20);
  await Promise.all(
    visits.flatMap((visit) =>
      Array.from({ length: 5 }, (_, copy) => giveCode(visit, wrongCode(proxied, victim), {}, copy)),
    ),
  );
  expect(judged.verify).toBe(5);
  expect(await keyOf(proxied, victim, 'authenticator-app')).toMatchObject({ attempts: { count: 5 } });
  await proxied.mailTo(victim.email);
  expect(told(proxied, victim)).toHaveLength(1);
});

test('B2-04: every spelling of a name has the same count', async () => {
  const spellings = [
    'Zoë.Peeters',
    'ZOË.PEETERS',
    'zoë.peeters'.normalize('NFD'),
    'Zoë.Peeters'.normalize('NFKD'),
    '  zoë.peeters ',
    '\tzoë.peeters\t',
    '\u00a0zoë.peeters\u3000',
    'ｚｏë．ｐｅｅｔｅｒｓ',
    'zoë.peeterſ',
    '\ufeffzoë.peeters',
  ];
  const victim = await product.addPerson({
    username: 'zoë.peeters',
    email: 'zoe@example.org',
    keys: ['authenticator-app'],
  });
  for (const username of spellings) {
    const visit = await begin(rp);
    const page = await toProof(visit, { username, password: victim.password }, 'authenticator-app');
    expect([username, stepOf(page)]).toEqual([username, 'prove-key']);
    product.clock.advance(hour);
  }
  const compared = countComparisons(product);
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  for (let round = 0; round < 3; round += 1) {
    for (const username of spellings) await givePassword(visit, { username, password: `guess ${round}` });
  }
  expect(compared.of(victim.person.password?.hash)).toBe(5);
  // A mail address is no name here; neither are look-alikes or the part after a NUL.
  for (const username of [
    victim.email,
    'zοë.peeters',
    'zoë.peeters\0',
    'zoë.peeters\0x',
    'zoë.peeters%00',
    "zoë.peeters' --",
    '*',
    '%',
  ]) {
    product.clock.advance(hour);
    const other = await begin(rp);
    await send(other, 'choose-key', { key: 'authenticator-app' });
    expect([username, stepOf(await givePassword(other, { username, password: victim.password }))]).toEqual([
      username,
      'password',
    ]);
  }
});

describe('B2-05: headers about the source of a guess', () => {
  test('no header resets the count', async () => {
    const victim = await product.addPerson({ keys: ['authenticator-app'] });
    const compared = countComparisons(product);
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    for (let guess = 0; guess < 40; guess += 1) {
      const address = `203.0.113.${guess}`;
      await givePassword(
        visit,
        { username: victim.username, password: `guess ${guess}` },
        {
          headers: {
            'x-forwarded-for': address,
            'x-real-ip': address,
            forwarded: `for=${address};proto=https;by=${address}`,
            'true-client-ip': address,
            'cf-connecting-ip': address,
            'x-client-ip': address,
            'x-cluster-client-ip': address,
            'user-agent': `browser ${guess}`,
            'accept-language': ['nl', 'fr', 'de', 'en'][guess % 4] ?? 'en',
          },
        },
      );
    }
    expect(compared.of(victim.person.password?.hash)).toBe(5);
  });

  test.each([
    ['what the browser put before the proxy’s own entry', (guess: number) => `203.0.113.${guess}, 198.51.100.77`],
    [
      'addresses of one IPv6 network',
      (guess: number) => `2001:db8:1:2:${guess.toString(16)}::${((guess * 7919) % 65_536).toString(16)}`,
    ],
    ['IPv4 written as IPv6', (guess: number) => (guess % 2 === 0 ? '198.51.100.78' : '::ffff:198.51.100.78')],
    ['A-207c: a port at each', (guess: number) => `198.51.98.7:${40_001 + guess}`],
    [
      'A-207c: brackets, quotes and ports',
      (guess: number) => `"[2001:db8:8:2::${guess.toString(16)}]:${4000 + guess}"`,
    ],
    ['A-207c: zone ids', (guess: number) => `2001:db8:8:3::1%eth${guess}`],
    [
      'A-207c: what is no address',
      (guess: number) => ['unknown', '_hidden', '127.1', `host-${guess}`][guess % 4] ?? '',
    ],
  ])('behind a proxy: %s', async (_title, addressOf) => {
    const victim = await proxied.addPerson({ keys: ['authenticator-app'] });
    const compared = countComparisons(proxied);
    const visit = await begin(proxiedRp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    for (let guess = 0; guess < 30; guess += 1) {
      await givePassword(visit, { username: victim.username, password: `guess ${guess}` }, from(addressOf(guess)));
    }
    expect(compared.of(victim.person.password?.hash)).toBe(5);
  });

  test('hundreds of addresses get few more guesses than two dozen', async () => {
    const victim = await proxied.addPerson({ keys: ['authenticator-app'] });
    const compared = countComparisons(proxied);
    const visit = await begin(proxiedRp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    for (let round = 0; round < 8; round += 1) {
      await parallel(50, (index) =>
        givePassword(
          visit,
          { username: victim.username, password: `guess ${round} ${index}` },
          from(`203.0.${round % 2}.${index}`),
        ),
      );
    }
    // 24 with five guesses each, and five of all the others together.
    expect(compared.of(victim.person.password?.hash)).toBeLessThanOrEqual(125);
    // After the attack the owner at a new address waits half a minute at most.
    proxied.clock.advance(30_000);
    expect(stepOf(await givePassword(visit, victim, from('192.0.2.1')))).toBe('prove-key');
  });
});

describe('B2-11: wrong passwords of others lock no owner out', () => {
  test.each(kinds)('300 of them, from one address and from thirty; the owner with %s', async (kind) => {
    const victim = await proxied.addPerson({ keys: [kind] });
    const visit = await begin(proxiedRp);
    await send(visit, 'choose-key', { key: kind });
    await parallel(150, (index) => givePassword(visit, { ...victim, password: `guess ${index}` }, from('203.0.113.5')));
    const own = await begin(proxiedRp);
    expect(gotCode(await signIn(proxied, own, victim, kind, from('192.0.2.10')))).toBe(true);
    await parallel(150, (index) =>
      givePassword(visit, { ...victim, password: `guess ${index}` }, from(`203.0.113.${index % 20}`)),
    );
    proxied.clock.advance(31_000);
    const again = await begin(proxiedRp);
    expect(gotCode(await signIn(proxied, again, victim, kind, from('192.0.2.11')))).toBe(true);
    expect((await personNow(proxied, victim)).disabled).toBe(false);
  });

  test('wrong names, wrong passwords and sign-ins of others change no key of the owner', async () => {
    const victim = await proxied.addPerson({ keys: [...kinds] });
    const visit = await begin(proxiedRp, { login_hint: victim.username });
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    for (let guess = 0; guess < 20; guess += 1) {
      await givePassword(visit, { ...victim, password: 'guess' }, from('203.0.113.6'));
      await giveCode(visit, '000000', from('203.0.113.6'));
    }
    expect((await personNow(proxied, victim)).keys.map(({ attempts, status }) => [attempts.count, status])).toEqual([
      [0, 'active'],
      [0, 'active'],
      [0, 'active'],
    ]);
  });
});
