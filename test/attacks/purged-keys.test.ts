/**
 * The sign-in of people whose keys were deleted on a factor's day of deletion: the same as after its last day, and no
 * fault.
 */
import { afterAll, expect, test } from '@jest/globals';
import { purgeRound } from '../../app/purge-round.ts';
import { allowKey } from '../../admin/use-cases/key-allow.ts';
import type { NewPerson, Product } from '../harness/product.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import type { RelyingParty } from '../harness/relying-party.ts';
import { audited, datedCards, reschedule } from './dated-cards.ts';
import {
  afterwards,
  begin,
  factorOf,
  givePassword,
  going,
  gotCode,
  kinds,
  look,
  personNow,
  reasonOf,
  send,
  signIn,
  stepOf,
  proveMailbox,
  activateApp,
} from './visitor.ts';

const { start, close } = datedCards();
afterAll(close);

/**
 * Every first way into a sign-in, as far as it goes without a code: step, reason and factor of the page, and its
 * status.
 */
async function pages(product: Product, rp: RelyingParty, someone: NewPerson): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const ask of [...kinds, 'secure'] as const) {
    const visit = await begin(rp);
    if (ask === 'secure') await send(visit, 'password', { action: 'secure' });
    else await send(visit, 'choose-key', { key: ask });
    await givePassword(visit, someone);
    const page = await look(visit);
    found.push([ask, page.status, stepOf(page), reasonOf(page), factorOf(page)]);
    product.clock.advance(61_000);
  }
  return found;
}
const purge = { sunsetAt: afterwards, purgeAt: afterwards + 10 };
const stranded = async (product: Product, someone: NewPerson) =>
  (await audited(product, someone, 'retirement.stranded')).length;

test.each(['key-first', 'name-first'])(
  'A-391 the pages and the audit stay as on the day of deletion (%s)',
  async (order) => {
    const { product, rp } = await start({ ...going(), signIn: { order, secureAccount: true } }, afterwards + 10);
    const [only, both] = [
      await product.addPerson({ keys: ['token-card'] }),
      await product.addPerson({ keys: ['token-card', 'authenticator-app'] }),
    ];
    const agent = new HttpAgent();
    await reschedule(product, purge);
    const before = [await pages(product, rp, only), await pages(product, rp, both)];
    const told = await stranded(product, only);
    expect(told).toBeGreaterThan(0);
    expect(await purgeRound(product.services)).toMatchObject({ accounts: 2, keys: 2 });
    expect([await pages(product, rp, only), await pages(product, rp, both)]).toEqual(before);
    expect(await stranded(product, only)).toBe(2 * told);
    expect(await audited(product, only, 'keys.purged')).toHaveLength(1);
    expect((await personNow(product, only)).keys).toMatchObject([{ factor: 'token-card', offBecause: 'purged' }]);
    expect(gotCode(await signIn(product, await begin(rp, { agent }), both, 'authenticator-app'))).toBe(true);
    // The dates are lifted: the card is gone all the same.
    await reschedule(product, {});
    for (const someone of [only, both]) {
      const page = await signIn(product, await begin(rp), someone, 'token-card');
      expect([stepOf(page), gotCode(page), page.status]).toEqual([
        someone === both && order === 'name-first' ? 'prove-key' : 'refused',
        false,
        200,
      ]);
    }
  },
);

test('A-391 after the dates were lifted a new key of the same factor is a new key', async () => {
  const { product, rp } = await start(
    { factors: { 'email-otp': {}, 'authenticator-app': {} }, signIn: { order: 'name-first', secureAccount: true } },
    afterwards,
  );
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  await product.services.schedules.change('cli:test', () => ({
    'authenticator-app': {
      factor: 'authenticator-app',
      rules: [{ scope: { kind: 'all' }, purgeAt: 1 }],
      after: 'refuse',
      replacements: [],
      zone: 'UTC',
    },
  }));
  expect(await purgeRound(product.services)).toMatchObject({ accounts: 1, keys: 1 });
  await product.services.schedules.change('cli:test', () => ({}));
  const page = await givePassword(await begin(rp), an);
  expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'no_usable_key']);

  await allowKey(product.services, { person: an.username, by: 'cli:test', reason: 'seen at the desk', hours: 1 });
  product.clock.advance(61_000);
  const visit = await begin(rp);
  expect(stepOf(await givePassword(visit, an))).toBe('confirm-email');
  await proveMailbox(product, visit, an);
  expect(stepOf(await activateApp(product, visit))).toBe('done');
  expect((await personNow(product, an)).keys).toMatchObject([
    { status: 'off', offBecause: 'purged', settled: true },
    { status: 'active', factor: 'authenticator-app' },
  ]);
  expect(await purgeRound(product.services)).toMatchObject({ accounts: 0 });
});
