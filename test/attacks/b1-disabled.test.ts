// An account or a key is switched off during a sign-in.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAgent, Page } from '../harness/http-agent.ts';
import { start, startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  cardCode,
  factorOf,
  giveCode,
  going,
  gotCode,
  kinds,
  personNow,
  reasonOf,
  rightCode,
  send,
  signIn,
  staying,
  stepOf,
  toWizard,
  toProof,
  uidOf,
  type Visit,
  shownSecret,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 3, sendPerDay: 1000, sendEverySeconds: 1 } };

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    ...rules,
    factors: { ...(staying['factors'] as object), sms: { settings: { homeCountry: 'BE' } } },
    sms: { outbox: true, countries: ['BE'] },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const disable = (id: string) => product.services.people.change(id, (person) => ({ ...person, disabled: true }));

/** No session at all: a request without pages finds nobody signed in. */
async function knowsNobody(agent: HttpAgent): Promise<void> {
  const { url } = await rp.begin({ prompt: 'none' });
  const page = await agent.get(url);
  expect(page.left?.searchParams.get('error')).toBe('login_required');
}

describe('B1-11: an account that is disabled during a sign-in gets no further', () => {
  test.each(kinds)('between password and code: %s', async (kind) => {
    const an = await product.addPerson({ keys: [kind] });
    const visit = await begin(rp);
    const before = product.mails.length;
    const asked = await toProof(visit, an, kind);
    const code = await rightCode(product, an, asked, before);
    await disable(an.person.id);
    const page = await giveCode(visit, code);
    expect(page.left).toBeUndefined();
    await knowsNobody(visit.agent);
    // The refusal did not use it up, and later it is useless without a new password.
    expect((await personNow(product, an)).keys[0]?.lastUsedAt).toBeUndefined();
  });

  test('a key that was removed between password and code', async () => {
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    const asked = await toProof(visit, an, 'token-card');
    await product.services.people.change(an.person.id, (person) =>
      product.services.enrolments.retire(person, person.keys[0]?.id ?? '', 'removed', 'cli:test', product.clock.now()),
    );
    const page = await giveCode(visit, cardCode(an, asked));
    expect([gotCode(page), stepOf(page), reasonOf(page)]).toEqual([false, 'refused', 'key_not_held_or_expired']);
  });

  test('between sign-in and exchange, and with a live session', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    const end = await signIn(product, visit, an, 'authenticator-app');
    await disable(an.person.id);
    await expect(rp.finish(visit.pending, end.left as URL)).rejects.toMatchObject({ error: 'invalid_grant' });
    await knowsNobody(visit.agent);
    expect(stepOf(await visit.agent.get((await rp.begin()).url))).toBe('choose-key');
  });

  test('during the migration: no new key, the old one unchanged', async () => {
    const moved = await startProduct({ ...going(), ...rules });
    try {
      const party = await relyingParty(moved.issuer, moved.client);
      const an = await moved.addPerson();
      const visit = await begin(party);
      await toWizard(visit, an);
      await send(visit, 'confirm-email', { action: 'continue' });
      const page = await send(visit, 'select-key', { key: 'authenticator-app' });
      expect(factorOf(page)).toBe('authenticator-app');
      const secret = shownSecret(page);
      await moved.services.people.change(an.person.id, (person) => ({ ...person, disabled: true }));
      const refused = await send(visit, 'activate-key', {
        action: 'continue',
        code: appCode(secret, moved.clock.now()),
      });
      expect([stepOf(refused), reasonOf(refused)]).toEqual(['refused', 'account_disabled']);
      expect((await personNow(moved, an)).keys.map(({ factor, status }) => `${factor} ${status}`)).toEqual([
        'token-card active',
      ]);
    } finally {
      await moved.close();
    }
  });
});

describe('B1-11: an account that is disabled during a sign-in gets no messages, and no page reveals it', () => {
  /** The page without what differs between any two people. */
  const seen = (page: Page, visit: Visit, { number, email }: NewPerson) => ({
    status: page.status,
    body: page.body.replaceAll(uidOf(visit), 'UID').replaceAll(number.slice(-2), '00').replaceAll(`${email[0]}…`, ''),
  });

  /**
   * All pages of a person who asks for codes until there are too many; `meanwhile` runs between the password and the
   * first code.
   */
  async function pagesOf(kind: 'email-otp' | 'sms', meanwhile: (person: NewPerson) => Promise<unknown>) {
    product.clock.set(start);
    const name = `disabled-${String((made += 1)).padStart(3, '0')}`;
    const an = await product.addPerson({
      username: name,
      number: `+3247012349${made}`,
      keys: ['authenticator-app', kind],
    });
    const visit = await begin(rp);
    await toProof(visit, an, 'authenticator-app');
    await send(visit, 'prove-key', { action: 'other-key' });
    await meanwhile(an);
    const pages = [await send(visit, 'choose-key', { key: kind })];
    expect([stepOf(pages[0] as Page), factorOf(pages[0] as Page)]).toEqual(['prove-key', kind]);
    for (let press = 0; press < 3; press += 1) {
      product.clock.advance(2_000);
      pages.push(await send(visit, 'prove-key', { action: 'resend' }));
    }
    await product.app.flush();
    const sent =
      product.mails.filter(({ to }) => to === an.email).length +
      product.texts.filter(({ to }) => to === an.number).length;
    return { sent, pages: pages.map((page) => ({ ...seen(page, visit, an), reason: reasonOf(page) })) };
  }
  let made = 0;

  test.each(['email-otp', 'sms'] as const)('%s', async (kind) => {
    const usual = await pagesOf(kind, async () => {});
    expect(usual.sent).toBe(3);
    expect(usual.pages.map(({ reason }) => reason)).toEqual([undefined, undefined, undefined, 'sending_paused']);
    const disabled = await pagesOf(kind, (an) => disable(an.person.id));
    expect(disabled.sent).toBe(0);
    expect(disabled.pages).toEqual(usual.pages);
  });
});
