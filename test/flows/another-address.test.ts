/**
 * after the last day, a person without a mail address, or with one that several people read, gives another one on
 * the way to the new key, where the old key proves as much as the strongest one. Where it does not, the sign-in ends with
 * the reason. The pre-flight says so beforehand.
 */
import { afterEach, expect, test } from '@jest/globals';
import type { Person } from '../../accounts/person.ts';
import { explain } from '../../admin/use-cases/explain.ts';
import {
  afterwards,
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  gotCode,
  mailedCode,
  reasonOf,
  send,
  stepOf,
} from '../attacks/visitor.ts';
import type { Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty } from '../harness/relying-party.ts';

let product: Product;
afterEach(() => product.close());

const shared = (account: Person): Person => ({ ...account, email: { address: 'info@example.org', verifiedAt: 1 } });
const strongerRemoved = (account: Person): Person => ({
  ...account,
  keys: account.keys.flatMap((key) => [
    key,
    { ...key, id: 'gone', factor: 'authenticator-app', status: 'off', offBecause: 'removed', strength: 'high' },
  ]),
});

/** The page after the old key was proved, and what was said beforehand. */
async function afterProof(mailbox: 'none' | 'shared', stronger: boolean) {
  product = await startProduct(
    { ...going({ after: 're-enrol' }), sharedMailboxes: { mayEnrol: false } },
    { at: afterwards + 1 },
  );
  const an: NewPerson = await product.addPerson(mailbox === 'none' ? { email: null } : {});
  if (mailbox === 'shared') await product.services.people.change(an.person.id, shared);
  if (stronger) await product.services.people.change(an.person.id, strongerRemoved);
  const told = await explain(product.services, { person: an.username, client: 'rp' });
  const visit = await begin(await relyingParty(product.issuer, product.client));
  await send(visit, 'choose-key', { key: 'token-card' });
  await send(visit, 'phase-out', { action: 'migrate' });
  const asked: Page = await givePassword(visit, an);
  return { an, visit, wayIn: told.ok && told.value.wayIn, page: await giveCode(visit, cardCode(an, asked)) };
}

test.each(['none', 'shared'] as const)(
  'A-414 mailbox %s: another address is given, and the sign-in ends well',
  async (mailbox) => {
    const { an, visit, wayIn, page } = await afterProof(mailbox, false);
    expect([wayIn, stepOf(page)]).toEqual(['replaces', 'confirm-email']);
    if (mailbox === 'shared') {
      // Its own address activates nothing.
      expect(stepOf(await send(visit, 'confirm-email', { action: 'continue' }))).toBe('confirm-email');
      await send(visit, 'confirm-email', { action: 'change' });
    }
    const email = 'an@elsewhere.example';
    expect(stepOf(await send(visit, 'confirm-email', { email: 'info@example.org', action: 'continue' }))).toBe(
      'confirm-email',
    );
    await send(visit, 'confirm-email', { email, action: 'continue' });
    await send(visit, 'confirm-email', { code: await mailedCode(product, email), action: 'continue' });
    expect(stepOf(await send(visit, 'confirm-email', { action: 'continue' }))).toBe('select-key');
    const before = product.mails.length;
    // At most one message in thirty seconds.
    product.clock.advance(31_000);
    await send(visit, 'select-key', { key: 'email-otp' });
    const code = await mailedCode(product, email, before);
    expect(stepOf(await send(visit, 'activate-key', { code, action: 'continue' }))).toBe('done');
    expect(gotCode(await send(visit, 'done', { action: 'continue' }))).toBe(true);
    const account = await product.services.people.get(an.person.id);
    expect(account?.email).toMatchObject({ address: email, verifiedAt: expect.any(Number) });
    expect(account?.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor)).toEqual([
      'email-otp',
    ]);
  },
);

test.each([
  ['none', 'mailbox_missing'],
  ['shared', 'mailbox_shared'],
] as const)('A-414 mailbox %s, and a stronger key that was removed: %s', async (mailbox, reason) => {
  const { visit, wayIn, page } = await afterProof(mailbox, true);
  expect([wayIn, stepOf(page), reasonOf(page)]).toEqual(['stranded', 'refused', reason]);
  expect(stepOf(await visit.agent.get(`${visit.base}/confirm-email`))).toBe('refused');
  await product.app.flush();
  const lines = await product.services.audit.list({ limit: 100, filter: { action: 'retirement.stranded' } });
  expect(lines).toMatchObject([{ event: { factor: 'token-card', reason } }]);
  expect(product.mails).toEqual([]);
});
