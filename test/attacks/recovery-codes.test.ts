/** Recovery codes over HTTP: one success for one code, whatever is sent at once, and a mail for it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { personFacts } from '../../digital-keys/key-changes.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { withLatency } from '../harness/storage-wrappers.ts';
import { begin, giveCode, givePassword, gotCode, parallel, reasonOf, send } from './visitor.ts';

const id = 'recovery-codes';
let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct(
    {
      factors: { 'authenticator-app': {}, [id]: {} },
      limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
    },
    // Delays as in a network, so that requests overtake one another between reading and writing.
    { around: (storage) => withLatency(storage, { min: 0, max: 2, seed: 7 }) },
  );
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

/** A person who confirmed a set of codes by its first code. */
async function someone(): Promise<{ readonly an: NewPerson; readonly codes: readonly string[] }> {
  const an = await product.addPerson({ keys: [] });
  const { registry, toolsFor, people, enrolments, clock } = product.services;
  const factor = registry.get(id);
  if (!factor) throw new Error(`No factor ${id}`);
  const tools = toolsFor(factor);
  const begun = await factor.begin(tools, personFacts(an.person), {});
  if (!begun.ok) throw new Error(begun.reason);
  const codes = begun.value.shows['codes'] as readonly string[];
  const confirmed = await factor.confirm(tools, begun.value.pending, { code: codes[0] ?? '' });
  if (!confirmed.ok || 'pending' in confirmed.value) throw new Error('Not confirmed.');
  const { secret } = confirmed.value;
  await people.change(an.person.id, (current) => ({
    ...enrolments.bind(current, { factor, secret, source: 'imported', by: 'test' }, clock.now()).person,
    pending: [],
  }));
  return { an, codes };
}
const toQuestion = async (an: NewPerson) => {
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: id });
  await givePassword(visit, an);
  return visit;
};
const usedMails = async ({ email }: NewPerson) => {
  await product.app.flush();
  return product.mails.filter(({ to, subject }) => to === email && subject.endsWith(' gebruikt')).length;
};

test('A-063 B3-01 sixteen submissions of one code in one sign-in are one success, and one mail', async () => {
  const { an, codes } = await someone();
  const visit = await toQuestion(an);
  const pages = await parallel(16, (copy) => giveCode(visit, codes[1] ?? '', {}, copy));
  expect(pages.filter(({ status }) => status >= 500)).toEqual([]);
  expect(new Set(pages.filter(gotCode).map((page) => page.left?.searchParams.get('code'))).size).toBe(1);
  expect(await usedMails(an)).toBe(1);
});

test('A-063 B3-01 one code in sixteen sign-ins at once is one success', async () => {
  const { an, codes } = await someone();
  const visits = await parallel(16, () => toQuestion(an));
  const pages = await parallel(16, (copy) => giveCode(visits[copy] ?? never(), codes[1] ?? ''));
  expect(pages.filter(gotCode)).toHaveLength(1);
  expect(new Set(pages.filter((page) => !gotCode(page)).map(reasonOf))).toEqual(new Set(['code_used']));
  expect(await usedMails(an)).toBe(1);
});

test('A-063 at three left the mail says to renew, and a malformed code is no try', async () => {
  const { an, codes } = await someone();
  for (const code of codes.slice(1, 7)) {
    const visit = await toQuestion(an);
    expect(reasonOf(await giveCode(visit, '123456'))).toBe('code_malformed');
    expect(gotCode(await giveCode(visit, code))).toBe(true);
  }
  await product.app.flush();
  const subjects = product.mails.filter(({ to }) => to === an.email).map(({ subject }) => subject);
  expect(subjects.map((subject) => (subject.includes('opgebruikt') ? 'low' : 'used'))).toEqual([
    ...Array(5).fill('used'),
    'low',
  ]);
  const person = await product.services.people.get(an.person.id);
  expect(person?.keys.map(({ attempts }) => attempts.count)).toEqual([0]);
});

const never = (): never => {
  throw new Error('There are as many visits as answers.');
};
