// A-440 … A-443: forgotten passwords, by their pages and by force.
import { describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import type { NewPerson, PersonOptions } from '../harness/product.ts';
import {
  appCode,
  begin,
  everyStep,
  giveCode,
  givePassword,
  gotCode,
  look,
  mailedCode,
  personNow,
  reasonOf,
  send,
  signIn,
  stepOf,
  wrongCode,
} from './visitor.ts';
import {
  withForgottenPasswords,
  product,
  rp,
  fresh,
  add,
  ask,
  giveMailed,
  setPassword,
  toNewPassword,
  later,
} from './forgotten-visit.ts';

withForgottenPasswords();

describe('A-441 A-443: the mailbox, a key, a new password; then the sign-in goes on', () => {
  test.each(['user name', 'address'] as const)('by the %s', async (by) => {
    const an = await add();
    const elsewhere = await begin(rp, { scope: 'openid offline_access', prompt: 'consent' });
    const before = await signIn(product, elsewhere, an, 'authenticator-app');
    const { refresh_token: token = '' } = await rp.finish(elsewhere.pending, before.left as URL);
    expect(token).not.toBe('');
    later();
    const visit = await toNewPassword(an, by === 'address' ? an.email.toUpperCase() : an.username);
    const done = await setPassword(visit);
    expect([stepOf(done), /data-mode="([^"]*)"/.exec(done.body)?.[1]]).toEqual(['new-password', 'done']);
    expect(gotCode(await send(visit, 'new-password', { action: 'continue' }))).toBe(true);
    expect((await product.mailTo(an.email, /password has been changed|wachtwoord is gewijzigd/)).to).toBe(an.email);
    const now = await personNow(product, an);
    expect(now).toMatchObject({ sessionsEnded: 1 });
    expect([now.trustedBrowsers ?? [], now.codes?.['reset'], now.otherAttempts['reset']?.count ?? 0]).toEqual([
      [],
      undefined,
      0,
    ]);

    await expect(oidc.refreshTokenGrant(rp.configuration, token)).rejects.toMatchObject({ error: 'invalid_grant' });

    // The former session and the old password are no longer valid; the new password needs the key as before.
    const again = await begin(rp, { agent: elsewhere.agent });
    expect(stepOf(again.page)).toBe('password');
    expect(reasonOf(await givePassword(again, an))).toBe('credentials_wrong');
    later();
    expect(stepOf(await givePassword(again, { ...an, password: fresh }))).toBe('prove-key');
    expect(gotCode(await giveCode(again, appCode(an.totp, product.clock.now())))).toBe(true);
  });

  test('a person without keys needs the mailbox alone, and is asked for no less than before', async () => {
    const an = await add({ keys: [] });
    const before = product.mails.length;
    const visit = await ask(an.username);
    expect(stepOf(await giveMailed(visit, await mailedCode(product, an.email, before)))).toBe('new-password');
    expect(stepOf(await setPassword(visit))).toBe('new-password');
    // This client asks for a key, but the person has none.
    expect(reasonOf(await send(visit, 'new-password', { action: 'continue' }))).toBe('no_usable_key');
  });

  test.each<[string, PersonOptions['keys'], 'active' | 'blocked']>([
    ['a key on the same mailbox', ['email-otp'], 'active'],
    ['a blocked key', ['authenticator-app'], 'blocked'],
    ['a blocked key beside one on the same mailbox', ['email-otp', 'authenticator-app'], 'blocked'],
  ])('the mailbox alone is not enough beside %s', async (_what, keys, status) => {
    const an = await add({ ...(keys && { keys }) });
    await product.services.people.change(an.person.id, (person) => ({
      ...person,
      keys: person.keys.map((key) => (key.factor === 'authenticator-app' ? { ...key, status } : key)),
    }));
    const before = product.mails.length;
    const visit = await ask(an.username);
    const page = await giveMailed(visit, await mailedCode(product, an.email, before));
    expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'password_reset_impossible']);
    await setPassword(visit);
    await send(visit, 'prove-key', { key: 'email-otp' });
    await send(visit, 'choose-key', { key: 'email-otp' });
    expect((await personNow(product, an)).password).toEqual(an.person.password);
    expect(stepOf(await send(visit, 'refused', { action: 'back' }))).toBe('password');
  });

  test('the mailbox key is no second proof where another key is held, whichever button is sent', async () => {
    const an = await add({ keys: ['email-otp', 'authenticator-app'] });
    const before = product.mails.length;
    const visit = await ask(an.username);
    await giveMailed(visit, await mailedCode(product, an.email, before));
    const mails = product.mails.length;
    for (const [step, fields] of [
      ['prove-key', { key: 'email-otp' }],
      ['prove-key', { action: 'other-key' }],
      ['choose-key', { key: 'email-otp' }],
      ['choose-key', { action: 'secure' }],
      ['choose-key', { action: 'find-key' }],
      ['prove-key', { action: 'find-key' }],
    ] as const) {
      const page = await send(visit, step, fields);
      expect([step, fields, ['prove-key', 'choose-key'].includes(stepOf(page) ?? '')]).toEqual([step, fields, true]);
      expect(page.body).not.toContain('value="email-otp"');
    }
    await product.app.flush();
    expect(product.mails.slice(mails).filter(({ to }) => to === an.email)).toEqual([]);
    await setPassword(visit);
    expect((await personNow(product, an)).password).toEqual(an.person.password);
    expect(stepOf(await send(visit, 'choose-key', { action: 'cancel' }))).toBe('password');
  });
});

describe('B1-04: a reset that is parked, skipped or mixed', () => {
  test('no page opens before the one that it needs', async () => {
    const an = await add();
    const visit = await ask(an.username);
    for (const step of [...everyStep, 'new-password']) {
      await visit.agent.get(`${visit.base}/${step}`, { from: visit.base });
      for (const fields of [
        { action: 'continue', password: fresh, again: fresh },
        { action: 'continue', code: '000000' },
      ])
        if (step !== 'password' && step !== 'check-mailbox') await send(visit, step, fields);
      expect(['check-mailbox', 'forgotten']).toContain(stepOf(await look(visit)));
    }
    expect((await personNow(product, an)).password).toEqual(an.person.password);
  });

  test('the code of another browser, another sign-in and another person', async () => {
    const [an, eve] = [await add(), await add()];
    const first = await ask(an.username);
    const code = await mailedCode(product, an.email);
    const other = await ask(eve.username);
    expect(reasonOf(await giveMailed(other, code))).toBe('code_wrong');
    // A second sign-in of the same browser, and the first one's page in another browser.
    const before = product.mails.length;
    const second = await ask(an.username, await begin(rp, { agent: first.agent }));
    await mailedCode(product, an.email, before);
    expect(reasonOf(await giveMailed(second, code))).toBe('code_wrong');
    const stranger = { ...first, agent: new HttpAgent() };
    expect((await giveMailed(stranger, code)).status).toBe(403);
    // The newest code of a person is the only one.
    expect(reasonOf(await giveMailed(first, code, 1))).toBe('code_replaced');
  });

  test('the person is changed after the code: the old proof counts for nobody', async () => {
    const [eve, an] = [await add({ keys: [] }), await add()];
    const visit = await ask(eve.username);
    expect(stepOf(await giveMailed(visit, await mailedCode(product, eve.email)))).toBe('new-password');
    await send(visit, 'forgotten', { action: 'continue', username: an.username });
    await send(visit, 'check-mailbox', { action: 'continue', code: '000000' });
    await setPassword(visit);
    expect((await personNow(product, an)).password).toEqual(an.person.password);
  });

  test.each<[string, Partial<NewPerson['person']> | 'password' | 'late']>([
    ['the account is disabled', { disabled: true }],
    ['all sessions are ended', { sessionsEnded: 7 }],
    ['the address is another one', { email: { address: 'other@example.org', verifiedAt: 1 } }],
    ['the mailbox was proved a quarter of an hour before', 'late'],
  ])('%s between the proofs and the new password', async (_what, change) => {
    const an = await add();
    const visit = await toNewPassword(an);
    if (change === 'late') product.clock.advance(15 * 60_000 + 1);
    else if (change !== 'password')
      await product.services.people.change(an.person.id, (person) => ({ ...person, ...change }));
    const page = await setPassword(visit);
    expect(stepOf(page)).not.toBe('new-password');
    expect((await personNow(product, an)).password).toEqual(an.person.password);
  });
});

describe('A-443: what a new password may be', () => {
  test('refused with its reason, and nothing is changed', async () => {
    const an = await add();
    const visit = await toNewPassword(an);
    const tries = [
      ['', '', 'field_empty'],
      ['1234567', '1234567', 'password_too_short'],
      [fresh, `${fresh}!`, 'password_differs'],
      ['password123', 'password123', 'password_too_common'],
      [an.username.toUpperCase(), an.username.toUpperCase(), 'password_too_common'],
      ['x'.repeat(257), 'x'.repeat(257), 'password_too_long'],
    ] as const;
    for (const [password, again, reason] of tries)
      expect([password, reasonOf(await setPassword(visit, password, again))]).toEqual([password, reason]);
    expect((await personNow(product, an)).password).toEqual(an.person.password);
  });

  test('D-08: sixteen at once set one password', async () => {
    const an = await add();
    const visit = await toNewPassword(an);
    await Promise.all(Array.from({ length: 16 }, (_, at) => setPassword(visit, `${fresh} ${at}`)));
    expect((await personNow(product, an)).sessionsEnded).toBe(1);
  });
});

describe('A-442: limits', () => {
  test('five tries a code, the same for nobody; then the right code too is of no use', async () => {
    const an = await add();
    const before = product.mails.length;
    const [known, nobody] = [await ask(an.username), await ask('nobody-at-all')];
    const right = await mailedCode(product, an.email, before);
    for (let at = 0; at < 7; at += 1) {
      const wrong = wrongCode(product, an, [right]);
      const reasons = [await giveMailed(known, wrong, at), await giveMailed(nobody, wrong, at)].map(reasonOf);
      expect([at, reasons]).toEqual([at, Array<string>(2).fill(at < 5 ? 'code_wrong' : 'code_expired')]);
    }
    expect(reasonOf(await giveMailed(known, right, 9))).toBe('code_expired');
  });

  test('of parallel guesses five are compared', async () => {
    const an = await add();
    const before = product.mails.length;
    const visit = await ask(an.username);
    const right = await mailedCode(product, an.email, before);
    await Promise.all(Array.from({ length: 12 }, (_, at) => giveMailed(visit, wrongCode(product, an, [right]), at)));
    expect(reasonOf(await giveMailed(visit, right, 99))).toBe('code_expired');
  });

  test('ten minutes, to the millisecond', async () => {
    const an = await add({ keys: [] });
    const visit = await ask(an.username);
    const code = await mailedCode(product, an.email);
    product.clock.advance(10 * 60_000);
    expect(reasonOf(await giveMailed(visit, code))).toBe('code_expired');
  });

  test('codes that nobody answers get rarer, on no page; the owner’s sign-in is sent its codes all the same', async () => {
    const an = await add({ keys: ['email-otp'] });
    const visit = await begin(rp);
    for (let at = 0; at < 30; at += 1) {
      const page = await ask(an.username, visit);
      expect([at, stepOf(page.page), reasonOf(page.page)]).toEqual([at, 'check-mailbox', undefined]);
      await send(visit, 'check-mailbox', { action: 'cancel' });
    }
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await product.app.flush();
    expect(product.mails.filter(({ to }) => to === an.email)).toHaveLength(3);
    const own = await begin(rp);
    expect(stepOf(await givePassword(own, an))).toBe('prove-key');
    expect(gotCode(await giveCode(own, await mailedCode(product, an.email, product.mails.length - 1)))).toBe(true);
  });
});
