/** Attacks on changing the password, the address and the telephone number by an action of an application. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { type NewPerson, type PersonOptions, type Product } from '../harness/product.ts';
import { type RelyingParty } from '../harness/relying-party.ts';
import { ask, cancelled, minute, signedIn, succeeded, told, startAsked } from './action-visit.ts';
import {
  appCode,
  begin,
  giveCode,
  givePassword,
  gotCode,
  look,
  mailedCode,
  personNow,
  reasonOf,
  rightCode,
  send,
  signIn,
  stepOf,
  type Visit,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  ({ product, rp } = await startAsked(
    { actions: ['change-password', 'change-email', 'change-phone'], refresh: true },
    { factors: { sms: { enabled: true } }, sms: { outbox: true, countries: ['BE'] } },
  ));
});
afterAll(() => product.close());

const asker = () => ({ product, rp });
const add = (options: PersonOptions = {}) =>
  product.addPerson({ keys: ['token-card', 'authenticator-app'], ...options });
const fresh = 'a sentence that nobody else has';
const later = (): void => product.clock.advance(minute + 1_000);
const setPassword = (visit: Visit, password = fresh, again = password) =>
  send(visit, 'new-password', { action: 'continue', password, again });

/** To the page of the new password, by the present one and the app. */
async function toNewPassword(an: NewPerson, agent = new HttpAgent()): Promise<Visit> {
  const visit = await ask(asker(), agent, 'change-password');
  expect(stepOf(visit.page)).toBe('password');
  let page = await givePassword(visit, an);
  if (stepOf(page) === 'prove-key') page = await giveCode(visit, await rightCode(product, an, page));
  expect(stepOf(page)).toBe('new-password');
  return visit;
}

describe('A-423 change-password', () => {
  test('by the present one and a key: ends every other session and token, tells the person, and goes on', async () => {
    const an = await add();
    const elsewhere = await begin(rp, { scope: 'openid offline_access', prompt: 'consent' });
    const before = await signIn(product, elsewhere, an, 'authenticator-app');
    const tokens = await rp.finish(elsewhere.pending, before.left as URL);
    later();
    const agent = await signedIn(asker(), an, 'authenticator-app');
    later();
    const visit = await toNewPassword(an, agent);
    expect(stepOf(await setPassword(visit))).toBe('new-password');
    // The review of sessions runs before the end here, in this very browser.
    await product.app.flush();
    expect(told(await send(visit, 'new-password', { action: 'continue' }))).toEqual(succeeded);
    await product.app.flush();
    const { refreshTokenGrant } = await import('openid-client');
    await expect(refreshTokenGrant(rp.configuration, String(tokens.refresh_token))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(stepOf((await begin(rp, { agent: elsewhere.agent })).page)).not.toBeUndefined();
    const old = await begin(rp);
    await send(old, 'choose-key', { key: 'authenticator-app' });
    expect(reasonOf(await givePassword(old, an))).toBe('credentials_wrong');
    later();
    expect(gotCode(await signIn(product, await begin(rp), { ...an, password: fresh }, 'authenticator-app'))).toBe(true);
    await product.mailTo(an.email, /wachtwoord/i);
  });

  test('asks for the present one in an open browser, however fresh the session is (B4-09)', async () => {
    const an = await add();
    const visit = await ask(asker(), await signedIn(asker(), an, 'authenticator-app'), 'change-password');
    expect(stepOf(visit.page)).toBe('password');
    expect(stepOf(await setPassword(visit))).toBe('password');
    expect((await personNow(product, an)).password).toEqual(an.person.password);
  });

  test.each([
    ['short', 'password_too_short'],
    ['password123', 'password_too_common'],
    ['x'.repeat(257), 'password_too_long'],
  ])('refuses a bad one, and changes nothing: %#', async (password, reason) => {
    const an = await add();
    later();
    const visit = await toNewPassword(an);
    expect(reasonOf(await setPassword(visit, password))).toBe(reason);
    expect(reasonOf(await setPassword(visit, fresh, `${fresh}.`))).toBe('password_differs');
    expect((await personNow(product, an)).password?.hash).toBe(an.person.password?.hash);
    expect(told(await send(visit, 'new-password', { action: 'cancel' }))).toEqual(cancelled);
  });

  test('takes a proof of at most five minutes', async () => {
    const an = await add();
    const visit = await toNewPassword(an);
    product.clock.advance(5 * minute + 1);
    expect(stepOf(await setPassword(visit))).toBe('password');
    expect((await personNow(product, an)).password?.hash).toBe(an.person.password?.hash);
  });
});

describe('A-424 change-email', () => {
  const address = async (an: NewPerson) => (await personNow(product, an)).email?.address;
  async function typed(visit: Visit, email: string): Promise<string> {
    product.clock.advance(2_000);
    const before = product.mails.length;
    const page = await send(visit, 'confirm-email', { action: 'continue', email });
    expect([stepOf(page), reasonOf(page)]).toEqual(['confirm-email', undefined]);
    return mailedCode(product, email, before);
  }

  test('proves the new mailbox, tells the old one, and goes on', async () => {
    const an = await add();
    const visit = await ask(asker(), await signedIn(asker(), an, 'authenticator-app'), 'change-email');
    expect([stepOf(visit.page), visit.page.body.includes('data-mode="change"')]).toEqual(['confirm-email', true]);
    const code = await typed(visit, 'an.new@example.net');
    expect(await address(an)).toBe(an.email);
    expect(told(await send(visit, 'confirm-email', { action: 'continue', code }))).toEqual(succeeded);
    expect(await address(an)).toBe('an.new@example.net');
    await product.mailTo(an.email, /a…@example\.net/);
  });

  test('is given up after the code was sent: the address stays', async () => {
    const an = await add();
    const visit = await ask(asker(), await signedIn(asker(), an, 'authenticator-app'), 'change-email');
    await typed(visit, 'given.up@example.net');
    expect(stepOf(await send(visit, 'confirm-email', { action: 'previous' }))).toBe('confirm-email');
    expect(told(await send(visit, 'confirm-email', { action: 'cancel' }))).toEqual(cancelled);
    expect(await address(an)).toBe(an.email);
  });

  test('takes a proof as strong as the strongest key, of at most five minutes (B4-10)', async () => {
    const an = await add();
    const weak = await ask(asker(), await signedIn(asker(), an), 'change-email');
    expect([stepOf(weak.page), reasonOf(weak.page)]).toEqual(['refused', 'stronger_proof_needed']);
    const before = product.mails.length;
    await send(weak, 'confirm-email', { action: 'continue', email: 'thief@example.net' });
    const visit = await ask(asker(), await signedIn(asker(), an, 'authenticator-app'), 'change-email');
    product.clock.advance(5 * minute + 1);
    const page = await send(visit, 'confirm-email', { action: 'continue', email: 'thief@example.net' });
    expect(stepOf(page)).toBe('password');
    // Also where the page was answered before.
    const asked = await givePassword(visit, an);
    await giveCode(visit, await rightCode(product, an, asked));
    product.clock.advance(5 * minute + 1);
    const again = await send(visit, 'confirm-email', { action: 'continue', email: 'thief@example.net' });
    expect([stepOf(again), reasonOf(again)]).toEqual(['password', 'proof_too_old']);
    await product.app.flush();
    expect(product.mails.slice(before).filter(({ to }) => to === 'thief@example.net')).toEqual([]);
  });
});

describe('A-425 change-phone', () => {
  const numbers = async (an: NewPerson) =>
    (await personNow(product, an)).keys.filter(({ factor }) => factor === 'sms').map(({ status }) => status);
  async function newNumber(visit: Visit, number: string): Promise<ReturnType<typeof send>> {
    const page = await send(visit, 'select-key', { key: 'sms' });
    expect(page.body).not.toContain('value="email-otp"');
    await send(visit, 'activate-key', { action: 'continue', number, risk: 'accepted' });
    const { text } = await product.textTo(number);
    const code = /(?<!\d)\d{6}(?!\d)/.exec(text)?.[0] ?? '';
    return send(visit, 'activate-key', { action: 'continue', code });
  }

  test('a code to the new number, and the new key takes the place of the old one', async () => {
    const an = await add({ keys: ['sms', 'authenticator-app'] });
    const visit = await ask(asker(), await signedIn(asker(), an, 'authenticator-app'), 'change-phone');
    await send(visit, 'confirm-email', { action: 'continue' });
    expect(stepOf(await newNumber(visit, '+32470123456'))).toBe('done');
    expect(told(await send(visit, 'done', { action: 'continue' }))).toEqual(succeeded);
    expect(await numbers(an)).toEqual(['off', 'active']);
  });

  test('no key of another factor comes out of it', async () => {
    const an = await add({ keys: ['sms', 'authenticator-app'] });
    const visit = await ask(asker(), await signedIn(asker(), an, 'authenticator-app'), 'change-phone');
    await send(visit, 'confirm-email', { action: 'continue' });
    expect(reasonOf(await send(visit, 'select-key', { key: 'email-otp' }))).toBe('choice_unknown');
    expect(stepOf(await look(visit))).toBe('select-key');
    expect(appCode(an.totp, product.clock.now())).toHaveLength(6);
  });
});
