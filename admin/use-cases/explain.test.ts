/**
 * An explanation equals what the pages of a sign-in then do: each row is explained first, and then signed in by HTTP.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import { letEngineFetch } from '../../test/harness/engine-fetch.ts';
import { startProduct, type NewPerson, type PersonOptions, type Product } from '../../test/harness/product.ts';
import { relyingParty } from '../../test/harness/relying-party.ts';
import {
  afterwards,
  begin,
  giveCode,
  givePassword,
  going,
  gotCode,
  rightCode,
  send,
  staying,
  stepOf,
  type KeyKind,
} from '../../test/attacks/visitor.ts';
import { explain, type Explained } from './explain.ts';
import { extendPerson, scheduleForPerson } from './person-dates.ts';
import { scheduleFactor } from './factor-schedule.ts';

letEngineFetch();
const open: Product[] = [];
afterAll(async () => {
  for (const product of open) await product.close();
});

/**
 * The pages that a person sees who answers each correctly, up to the first that is not about choice, password or key.
 */
async function seen(product: Product, person: NewPerson, asked: string | null): Promise<readonly string[]> {
  const visit = await begin(await relyingParty(product.issuer, product.client));
  const pages: string[] = [];
  let page = visit.page;
  for (;;) {
    const step = gotCode(page) ? 'finish' : (stepOf(page) ?? `status ${page.status}`);
    pages.push(step);
    if (step === 'choose-key' && asked !== null) page = await send(visit, 'choose-key', { key: asked });
    else if (step === 'password') page = await givePassword(visit, person);
    else if (step === 'prove-key') page = await giveCode(visit, await rightCode(product, person, page));
    else return pages;
  }
}

const explained = async (product: Product, person: NewPerson): Promise<Explained> => {
  const outcome = await explain(product.services, { person: person.username, client: product.client.id });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
};

interface Row {
  readonly name: string;
  readonly card?: 'staying' | 'refuse' | 're-enrol';
  readonly keys: readonly KeyKind[];
  readonly options?: PersonOptions;
  readonly at?: number;
  readonly change?: (product: Product, person: NewPerson) => Promise<unknown>;
  readonly last: string;
  readonly says: RegExp;
}
const asked = { factor: 'token-card', by: 'test', reason: 'abroad' };
const rows: readonly Row[] = [
  { name: 'no dates', card: 'staying', keys: ['token-card'], last: 'finish', says: /no last day/ },
  { name: 'before the last day', keys: ['token-card'], last: 'phase-out', says: /everyone’s last day/ },
  { name: 'the last instant', keys: ['token-card'], at: afterwards - 1, last: 'phase-out', says: /counts; everyone/ },
  { name: 'the first instant after', keys: ['token-card'], at: afterwards, last: 'phase-out', says: /is over/ },
  { name: 'over, and refused', card: 'refuse', keys: ['token-card'], at: afterwards, last: 'refused', says: /is over/ },
  {
    name: 'over, with another key',
    card: 'refuse',
    keys: ['token-card', 'authenticator-app'],
    at: afterwards,
    last: 'finish',
    says: /is over/,
  },
  {
    name: 'blocked',
    keys: ['authenticator-app'],
    change: async ({ services }, { person }) => {
      await services.people.change(person.id, (account) => ({
        ...account,
        keys: account.keys.map((key) => ({ ...key, status: 'blocked' as const })),
      }));
      return { ok: true };
    },
    last: 'refused',
    says: /the key is blocked/,
  },
  {
    name: 'extended',
    card: 'refuse',
    keys: ['token-card'],
    at: afterwards,
    change: ({ services }, { username }) =>
      extendPerson(services, { ...asked, person: username, untilAndIncluding: '2024-02-20' }),
    last: 'phase-out',
    says: /the extension of this person decides: until and including 20 February 2024/,
  },
  {
    name: 'an earlier day of the person',
    card: 're-enrol',
    keys: ['token-card'],
    change: ({ services }, { username }) =>
      scheduleForPerson(services, {
        ...asked,
        person: username,
        untilAndIncluding: '2024-01-05',
        accepted: { stranded: 0, reason: 'lost' },
      }),
    last: 'phase-out',
    says: /is over; the day of this person alone decides/,
  },
  {
    name: 'an earlier day of the group',
    keys: ['token-card'],
    options: { groups: ['staff'] },
    change: ({ services }) =>
      scheduleFactor(services, {
        factor: 'token-card',
        by: 'test',
        scope: { kind: 'group', id: 'staff' },
        days: { untilAndIncluding: '2024-01-25' },
      }),
    last: 'phase-out',
    says: /the last day for group staff decides: until and including 25 January 2024/,
  },
];

describe.each(['key-first', 'name-first'] as const)('A-317 %s', (order) => {
  test.each(rows)('$name', async ({ card = 're-enrol', keys, options, at, change, last, says }) => {
    const overrides = card === 'staying' ? staying : going({ after: card });
    const product = await startProduct({ ...overrides, signIn: { order } });
    open.push(product);
    const person = await product.addPerson({ ...options, keys });
    if (change) expect(await change(product, person)).toMatchObject({ ok: true });
    if (at !== undefined) product.clock.set(at);
    const found = await explained(product, person);
    expect(found.pages.at(-1)).toBe(last);
    expect(found.keys.map((key) => key.says).join('\n')).toMatch(says);
    expect(found.pages).toEqual(await seen(product, person, found.asked));
  });
});

test('A-317 the same beforehand as at that instant; times and relying parties that there are not', async () => {
  const product = await startProduct(going({ after: 'refuse' }));
  open.push(product);
  const { username, ...person } = await product.addPerson({ keys: ['token-card'] });
  const ask = (at?: string, client = product.client.id) => explain(product.services, { person: username, client, at });
  const beforehand = await ask('2024-01-31T00:00');
  expect(beforehand).toMatchObject({ ok: true, value: { zone: 'Europe/Brussels', at: '2024-01-30T23:00:00.000Z' } });
  product.clock.set(afterwards);
  expect(await ask()).toEqual(beforehand);
  expect(person.person.keys).toHaveLength(1);
  expect(await ask('2024-03-31T02:30')).toMatchObject({ ok: false, refusals: [{ code: 'time_invalid' }] });
  expect(await ask(undefined, 'nowhere')).toMatchObject({ ok: false, refusals: [{ code: 'client_unknown' }] });
});
