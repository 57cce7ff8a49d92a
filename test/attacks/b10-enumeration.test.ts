import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  givePassword,
  going,
  kinds,
  look,
  reasonOf,
  send,
  stepOf,
  uidOf,
  type KeyKind,
  type Visit,
} from './visitor.ts';

const orders = ['key-first', 'name-first'] as const;
type Order = (typeof orders)[number];
const products = new Map<Order, { product: Product; rp: RelyingParty }>();
beforeAll(async () => {
  for (const order of orders) {
    const product = await startProduct({
      ...going(),
      signIn: { order, interactionMinutes: 240 },
      links: { help: 'https://help.example/' },
    });
    products.set(order, { product, rp: await relyingParty(product.issuer, product.client) });
  }
});
afterAll(async () => {
  for (const { product } of products.values()) await product.close();
});
function on(order: Order) {
  const found = products.get(order);
  if (!found) throw new Error('Not started.');
  return found;
}

/** Names of one length, so that they differ only in what is known about them. */
let made = 0;
const newName = () => `name-${String((made += 1)).padStart(6, '0')}`;

type Sort = 'nobody' | 'with keys' | 'without keys' | 'disabled' | 'without password' | 'with one blocked key';
const sorts: readonly Sort[] = [
  'nobody',
  'with keys',
  'without keys',
  'disabled',
  'without password',
  'with one blocked key',
];
async function nameOf(product: Product, sort: Sort): Promise<string> {
  const username = newName();
  if (sort === 'nobody') return username;
  const { person } = await product.addPerson({
    username,
    keys:
      sort === 'with keys' ? ['token-card', 'email-otp'] : sort === 'with one blocked key' ? ['authenticator-app'] : [],
    disabled: sort === 'disabled',
  });
  await product.services.people.change(person.id, (current) => {
    const { password: _none, ...rest } = current;
    if (sort === 'without password') return rest;
    if (sort !== 'with one blocked key') return current;
    return {
      ...current,
      keys: current.keys.map((key) => ({ ...key, status: 'blocked' as const, attempts: { count: 50, lastAt: 1 } })),
    };
  });
  return username;
}

/** All that a visitor can see, without what differs between any two visits. */
function seen(page: Page, visit: Visit, username: string) {
  const neutral = (text: string) => text.replaceAll(uidOf(visit), 'UID').replaceAll(username, 'NAME');
  const { date: _date, ...headers } = page.headers;
  return {
    status: page.status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, neutral(String(value))])),
    trail: page.trail.map(neutral),
    body: neutral(page.body),
    cookies: visit.agent.cookies.map(({ name, value, path }) => [
      name.replace(/^(rekey-sign-in-).{12}$/, '$1…'),
      value.length,
      neutral(path),
    ]),
  };
}

async function toPassword(
  order: Order,
  key: KeyKind,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Visit> {
  const visit = await begin(on(order).rp, parameters);
  if (order === 'key-first') {
    const page = await send(visit, 'choose-key', { key });
    if (stepOf(page) === 'phase-out') await send(visit, 'phase-out', { action: 'postpone' });
  }
  return visit;
}

describe.each(orders)('%s', (order) => {
  test.each(kinds)('B10-01 a wrong password, key %s: one answer for all types of names', async (key) => {
    const { product } = on(order);
    const answers = await Promise.all(
      sorts.map(async (sort) => {
        const username = await nameOf(product, sort);
        const visit = await toPassword(order, key, { login_hint: username });
        const first = seen(await look(visit), visit, username);
        const wrong = await givePassword(visit, { username, password: 'not the password' });
        expect([sort, stepOf(wrong), reasonOf(wrong)]).toEqual([sort, 'password', 'credentials_wrong']);
        return { first, wrong: seen(wrong, visit, username), after: seen(await look(visit), visit, username) };
      }),
    );
    for (const [at, answer] of answers.entries()) expect([sorts[at], answer]).toEqual([sorts[at], answers[0]]);
  });

  test('B10-03: nothing differs after too many tries, during pauses, an hour later, or in the mails to others', async () => {
    const { product } = on(order);
    const named = await Promise.all(
      sorts.map(async (sort) => {
        const username = await nameOf(product, sort);
        return { sort, username, visit: await toPassword(order, 'authenticator-app') };
      }),
    );
    const waits = [0, 0, 0, 0, 0, 0, 31_000, 0, 61_000, 0, 3_600_000, 0, 0, 0, 0, 0, 0, 31_000, 0];
    for (const [round, wait] of waits.entries()) {
      product.clock.advance(wait);
      const answers = [];
      for (const { username, visit } of named) {
        const page = await givePassword(visit, { username, password: `guess ${round}` });
        answers.push({ reason: reasonOf(page), ...seen(page, visit, username) });
      }
      for (const [at, answer] of answers.entries())
        expect([round, sorts[at], answer]).toEqual([round, sorts[at], answers[0]]);
      if (round === 5) expect(answers[0]?.reason).toBe('attempts_paused');
      if (round === 6) expect(answers[0]?.reason).toBe('credentials_wrong');
      if (round === 10) expect(answers[0]?.reason).toBe('credentials_wrong');
    }
    await product.app.flush();
    // The owners are told, and nobody else.
    const names = new Set(named.map(({ username }) => `${username}@example.org`));
    for (const mail of product.mails) expect(mail.to).toMatch(/^name-\d{6}@example\.org$/);
    expect(product.mails.filter(({ to }) => to === `${named[0]?.username}@example.org`)).toEqual([]);
    expect(names.size).toBe(sorts.length);
  });

  test('B10-04: neither keys nor addresses nor dates of a person before the password', async () => {
    const { product, rp } = on(order);
    const people: readonly NewPerson[] = [
      await product.addPerson({ username: newName(), keys: ['email-otp'], email: 'queen@secret.example' }),
      await product.addPerson({ username: newName(), keys: ['token-card', 'authenticator-app'], email: null }),
    ];
    const pages: string[][] = [];
    for (const { username } of people) {
      const own: string[] = [];
      for (const parameters of [{}, { login_hint: username }, { login_hint: username, prompt: 'login' }]) {
        const visit = await begin(rp, parameters);
        const look = async (page: Page) => {
          expect(page.body).not.toMatch(/secret\.example|q…@/);
          own.push(seen(page, visit, username).body);
        };
        await look(visit.page);
        for (const key of kinds) {
          await look(await send(visit, 'choose-key', { key }));
          await look(await send(visit, 'phase-out', { action: 'postpone' }));
          await look(await send(visit, 'prove-key', { action: 'resend', username }));
          await look(await givePassword(visit, { username, password: 'not the password' }));
          await send(visit, 'password', { action: 'other-key' });
        }
      }
      pages.push(own);
    }
    expect(pages[0]).toEqual(pages[1]);
  });
});

describe('B10-02: the time of an answer does not reveal which names exist', () => {
  const rounds = 3;
  const names = 12;
  const perName = 10;
  let product: Product;
  let rp: RelyingParty;
  beforeAll(async () => {
    // No name is tried so often within an hour that it must wait.
    product = await startProduct({
      ...going(),
      limits: { pauseAfter: 20 },
      signIn: { order: 'name-first', interactionMinutes: 240 },
    });
    rp = await relyingParty(product.issuer, product.client);
  });
  afterAll(() => product.close());

  test.each(['with one blocked key', 'disabled', 'without password'] as const)('%s', async (sort) => {
    const known: string[] = [];
    for (let made = 0; made < names; made += 1) known.push(await nameOf(product, sort));
    const unknown = Array.from({ length: names }, newName);
    const visit = await begin(rp);
    const timed = async (username: string, guess: string): Promise<number> => {
      const from = performance.now();
      const page = await givePassword(visit, { username, password: guess }, { follow: 'no' });
      const time = performance.now() - from;
      expect(page.status).toBe(303);
      return time;
    };
    for (const username of [...known, ...unknown]) await timed(username, 'warming up');

    const areas: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const [ofKnown, ofUnknown]: [number[], number[]] = [[], []];
      for (let round = 0; round < names * perName; round += 1) {
        const measure = {
          known: async () => ofKnown.push(await timed(known[round % names] ?? '', `guess ${round}`)),
          unknown: async () => ofUnknown.push(await timed(unknown[round % names] ?? '', `guess ${round}`)),
        };
        await (round % 2 === 0 ? measure.known() : measure.unknown());
        await (round % 2 === 0 ? measure.unknown() : measure.known());
      }
      expect(reasonOf(await look(visit))).toBe('credentials_wrong');
      areas.push(areaUnderCurve(ofKnown, ofUnknown));
      if (Math.abs((areas.at(-1) ?? 1) - 0.5) <= 0.1) break;
      product.clock.advance(3_600_000);
    }
    expect(areas.some((area) => Math.abs(area - 0.5) <= 0.1) ? 'not separable' : areas).toBe('not separable');
  });
});

/** Mann-Whitney: the probability that one of `a` is larger than one of `b`; 0.5 if they do not differ. */
function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  let wins = 0;
  for (const one of a) for (const other of b) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (a.length * b.length);
}
