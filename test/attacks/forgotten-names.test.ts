/** Forgotten passwords and user names: nobody learns who has an account, and only people whom the deployment permits may ask. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { invitePerson, resetPassword } from '../../admin/use-cases/password-reset.ts';
import type { Page } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  givePassword,
  look,
  mailedCode,
  personNow,
  reasonOf,
  send,
  staying,
  stepOf,
  uidOf,
  type Visit,
} from './visitor.ts';
import { withForgottenPasswords, product, rp, add, ask, giveMailed, setPassword } from './forgotten-visit.ts';

withForgottenPasswords();

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
