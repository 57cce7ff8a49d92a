// A-440 … A-443: forgotten passwords, by their pages and by force.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { invitePerson, resetPassword } from '../../admin/use-cases/password-reset.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type PersonOptions, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
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
  staying,
  stepOf,
  uidOf,
  wrongCode,
  type Visit,
} from './visitor.ts';

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({
    ...staying,
    signIn: { order: 'name-first', interactionMinutes: 240 },
    password: { reset: 'everyone' },
  });
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const fresh = 'a sentence that nobody else has';
const add = (options: PersonOptions = {}) => product.addPerson({ keys: ['authenticator-app'], ...options });

/** Asks for a code; the visit is then at the page `check-mailbox`. */
async function ask(name: string, visit?: Visit): Promise<Visit & { readonly page: Page }> {
  const own = visit ?? (await begin(rp));
  await send(own, 'password', { action: 'forgotten' });
  return { ...own, page: await send(own, 'forgotten', { action: 'continue', username: name }) };
}
const giveMailed = (visit: Visit, code: string, copy = 0): Promise<Page> =>
  send(visit, 'check-mailbox', { action: 'continue', code, copy: `${copy}` });
const setPassword = (visit: Visit, password = fresh, again = password): Promise<Page> =>
  send(visit, 'new-password', { action: 'continue', password, again });
async function toNewPassword(person: NewPerson, named = person.username): Promise<Visit> {
  const before = product.mails.length;
  const visit = await ask(named);
  const page = await giveMailed(visit, await mailedCode(product, person.email, before));
  expect([stepOf(page), reasonOf(page)]).toEqual(['prove-key', undefined]);
  expect(stepOf(await giveCode(visit, appCode(person.totp, product.clock.now())))).toBe('new-password');
  return visit;
}
/** Moves the clock, so that the app shows another code. */
const later = (): void => product.clock.advance(61_000);

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
      ['', '', 'input_invalid'],
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

/** All that a visitor can see, without the parts that differ between any two visits. */
function seen(page: Page, visit: Visit, name: string) {
  const neutral = (text: string) => text.replaceAll(uidOf(visit), 'UID').replaceAll(name, 'NAME');
  return { status: page.status, trail: page.trail.map(neutral), body: neutral(page.body) };
}

describe('A-440: one answer for all', () => {
  const sorts = ['nobody', 'with a key', 'disabled', 'unproven', 'without an address', 'a shared mailbox'] as const;
  let made = 0;

  async function nameOf(sort: (typeof sorts)[number]): Promise<string> {
    const username = `one-${String((made += 1)).padStart(6, '0')}`;
    if (sort === 'nobody') return username;
    const email =
      sort === 'without an address' ? null : sort === 'a shared mailbox' ? `info@${username}.example` : undefined;
    const an = await add({ username, disabled: sort === 'disabled', ...(email === undefined ? {} : { email }) });
    if (sort === 'unproven')
      await product.services.people.change(an.person.id, (person) => ({
        ...person,
        email: { address: an.email },
      }));
    return username;
  }

  test('the pages before and after, wrong codes, and what is mailed', async () => {
    const before = product.mails.length;
    const named = await Promise.all(sorts.map(async (sort) => ({ sort, name: await nameOf(sort) })));
    const answers = [];
    for (const { name } of named) {
      const visit = await ask(name);
      const wrong = await giveMailed(visit, '123');
      const guess = await giveMailed(visit, '000000', 1);
      const early = await send(visit, 'check-mailbox', { action: 'resend' });
      expect(reasonOf(early)).toBe('sending_paused');
      answers.push([visit.page, wrong, guess, early].map((page) => seen(page, visit, name)));
    }
    for (const [at, answer] of answers.entries()) expect([sorts[at], answer]).toEqual([sorts[at], answers[0]]);
    const known = named.find(({ sort }) => sort === 'with a key');
    await mailedCode(product, `${known?.name}@example.org`, before);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await product.app.flush();
    expect(product.mails.slice(before).map(({ to }) => to)).toEqual([`${known?.name}@example.org`]);
  });

  test('B10-02: the time of the answer does not tell either', async () => {
    const visit = await begin(rp);
    const known = await Promise.all(Array.from({ length: 12 }, () => nameOf('with a key')));
    const unknown = await Promise.all(Array.from({ length: 12 }, () => nameOf('nobody')));
    const timed = async (name: string) => {
      await send(visit, 'password', { action: 'forgotten' }, { follow: 'no' });
      const from = performance.now();
      await send(visit, 'forgotten', { action: 'continue', username: name }, { follow: 'no' });
      const time = performance.now() - from;
      await send(visit, 'check-mailbox', { action: 'cancel' }, { follow: 'no' });
      return time;
    };
    const areas: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const [ofKnown, ofUnknown]: [number[], number[]] = [[], []];
      for (let at = 0; at < 120; at += 1) {
        ofKnown.push(await timed(known[at % 12] ?? ''));
        ofUnknown.push(await timed(unknown[at % 12] ?? ''));
      }
      areas.push(area(ofKnown, ofUnknown));
      if (Math.abs((areas.at(-1) ?? 1) - 0.5) <= 0.1) break;
    }
    expect(areas.some((one) => Math.abs(one - 0.5) <= 0.1) ? 'not separable' : areas).toBe('not separable');
  });
});

/** Mann-Whitney: the probability that one of `a` is larger than one of `b`. */
function area(a: readonly number[], b: readonly number[]): number {
  let wins = 0;
  for (const one of a) for (const other of b) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (a.length * b.length);
}

describe('A-440: forgotten user names', () => {
  const askName = async (email: string): Promise<Page> => {
    const visit = await begin(rp);
    await send(visit, 'password', { action: 'forgotten' });
    await send(visit, 'forgotten', { action: 'username' });
    return send(visit, 'forgotten', { action: 'continue', email });
  };

  test('are mailed to their address, all of it; strangers learn nothing', async () => {
    const email = 'two-accounts@example.org';
    const [one, other] = [await add({ email }), await add({ email })];
    const before = product.mails.length;
    const [known, nobody] = [await askName(email), await askName('nobody@example.org')];
    expect([stepOf(known), stepOf(nobody)]).toEqual(['check-mailbox', 'check-mailbox']);
    const mail = await product.mailTo(email, new RegExp(one.username));
    expect(mail.text).toContain(other.username);
    expect(product.mails.slice(before).filter(({ to }) => to !== email)).toEqual([]);
  });

  test('an address of two accounts asks for no password: it gets the names', async () => {
    const email = 'again-two@example.org';
    const one = await add({ email });
    await add({ email });
    await ask(email);
    expect((await product.mailTo(email)).text).toContain(one.username);
  });
});

describe('A-444: only people whom an administrator permits it', () => {
  let own: Product;
  let at: RelyingParty;
  beforeAll(async () => {
    own = await startProduct({ ...staying, signIn: { order: 'name-first' }, password: { reset: 'permitted' } });
    at = await relyingParty(own.issuer, own.client);
  });
  afterAll(() => own.close());
  const asked = async (name: string): Promise<Visit> => {
    const visit = await begin(at);
    await send(visit, 'password', { action: 'forgotten' });
    await send(visit, 'forgotten', { action: 'continue', username: name });
    return visit;
  };
  const request = (person: string) => ({ person, by: 'cli:ann', reason: 'seen at the desk', days: 1 });

  test('a key on the mailbox will do after `password reset`, once; nobody else is mailed a code', async () => {
    const [an, jo] = [await own.addPerson({ keys: ['email-otp'] }), await own.addPerson({ keys: [] })];
    expect(await resetPassword(own.services, request(an.username))).toMatchObject({ ok: true });
    expect((await own.mailTo(an.email)).text).toContain(an.username);
    const before = own.mails.length;
    await asked(jo.username);
    const visit = await asked(an.username);
    expect(reasonOf(await givePassword(await begin(at), an))).toBe('credentials_wrong');
    const code = await mailedCode(own, an.email, before);
    expect(stepOf(await giveMailed(visit, code))).toBe('new-password');
    expect(stepOf(await setPassword(visit))).toBe('new-password');
    await send(visit, 'new-password', { action: 'continue' });
    expect(stepOf(await look(visit))).toBe('prove-key');
    expect((await personNow(own, an)).passwordPermit).toBeUndefined();
    await asked(an.username);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await own.app.flush();
    const codes = own.mails.slice(before).filter(({ subject }) => /wachtwoord te kiezen/.test(subject));
    expect(codes.map(({ to }) => to)).toEqual([an.email]);
  });

  test('an invited person without a password sets the first one, and the address is proved by it; too late is too late', async () => {
    const people = [await own.addPerson({ keys: [] }), await own.addPerson({ keys: [] })] as const;
    for (const { person } of people) {
      await own.services.people.change(person.id, ({ password: _none, ...rest }) => ({
        ...rest,
        email: { address: rest.email?.address ?? '' },
      }));
      expect(await invitePerson(own.services, request(person.username))).toMatchObject({ ok: true });
      await own.mailTo(person.email?.address ?? '');
    }
    const [an, jo] = people;
    const before = own.mails.length;
    const visit = await asked(an.username);
    await giveMailed(visit, await mailedCode(own, an.email, before));
    await setPassword(visit);
    const now = await personNow(own, an);
    expect([now.password !== undefined, now.email?.verifiedAt !== undefined]).toEqual([true, true]);
    own.clock.advance(86_400_000);
    const late = own.mails.length;
    await asked(jo.username);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await own.app.flush();
    expect(own.mails.slice(late).filter(({ to }) => to === jo.email)).toEqual([]);
  });
});

test('where the deployment does not allow it, there is no button, and the action does nothing', async () => {
  const off = await startProduct({ ...staying, signIn: { order: 'name-first' } });
  try {
    const visit = await begin(await relyingParty(off.issuer, off.client));
    expect(visit.page.body).not.toContain('value="forgotten"');
    expect(stepOf(await send(visit, 'password', { action: 'forgotten' }))).toBe('password');
  } finally {
    await off.close();
  }
});
