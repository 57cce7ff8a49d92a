import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  giveCode,
  going,
  gotCode,
  look,
  mailedCode,
  reasonOf,
  send,
  staying,
  stepOf,
  toProof,
  toWizard,
  type KeyKind,
} from './visitor.ts';

const second = {
  id: 'second',
  secret: 'a-secret-of-the-relying-party-2',
  redirectUri: 'https://second.example/callback',
};

let product: Product;
let rp: RelyingParty;
let secondRp: RelyingParty;
beforeAll(async () => {
  const clients = [
    { id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUris: ['https://rp.example/callback'] },
    { id: second.id, secret: second.secret, redirectUris: [second.redirectUri] },
  ];
  product = await startProduct({
    ...staying,
    limits: { sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 30 },
    clients,
  });
  rp = await relyingParty(product.issuer, product.client);
  secondRp = await relyingParty(product.issuer, second);
});
afterAll(() => product.close());

const hasField = (page: { readonly body: string }) => page.body.includes('name="code"');

/** A sign-in in this browser for which a code was mailed a moment ago. */
async function asked(agent = new HttpAgent()) {
  const an = await product.addPerson({ keys: ['email-otp'] });
  const visit = await begin(rp, { agent });
  await toProof(visit, an, 'email-otp');
  const code = await mailedCode(product, an.email);
  const mails = product.mails.length;
  const more = async () => {
    await product.app.flush();
    return product.mails.slice(mails).filter(({ to }) => to === an.email).length;
  };
  return { an, visit, code, agent, more, mails };
}

test('A-213 the page that asks for the code to a mailbox says when a new one can be sent', async () => {
  const own = await startProduct({ ...going(), limits: { sendEverySeconds: 30 } });
  try {
    const visit = await begin(await relyingParty(own.issuer, own.client));
    const an = await own.addPerson({ keys: ['token-card'] });
    await toWizard(visit, an);
    await send(visit, 'confirm-email', { action: 'change' });
    const asked = await send(visit, 'confirm-email', { action: 'continue', email: 'new@example.org' });
    expect([stepOf(asked), asked.body.includes('30 seconds')]).toEqual(['confirm-email', true]);
    own.clock.advance(29_500);
    expect((await look(visit)).body).toContain('1 second.');
    expect(reasonOf(await send(visit, 'confirm-email', { action: 'resend' }))).toBe('sending_paused');
    own.clock.advance(500);
    expect((await look(visit)).body).not.toContain('ask for a new code in');
    expect(reasonOf(await send(visit, 'confirm-email', { action: 'resend' }))).toBeUndefined();
    expect((await look(visit)).body).toContain('30 seconds');
  } finally {
    await own.close();
  }
});

describe('A-213 a sign-in that begins anew while nothing may be sent yet', () => {
  test('the same browser and person: the page asks for the sent code, which counts once', async () => {
    const { an, visit, code, agent, more } = await asked();
    product.clock.advance(10_000);
    const again = await begin(rp, { agent });
    const page = await toProof(again, an, 'email-otp');
    expect([stepOf(page), reasonOf(page), hasField(page)]).toEqual(['prove-key', 'sending_paused', true]);
    expect(page.body).toContain('20 seconds');
    expect(reasonOf(await send(again, 'prove-key', { action: 'resend' }))).toBe('sending_paused');
    expect(await more()).toBe(0);
    expect(gotCode(await giveCode(again, code))).toBe(true);
    expect(gotCode(await giveCode(visit, code))).toBe(false);
    // The next sign-in gets a new code.
    const third = await begin(rp, { agent, prompt: 'login' });
    expect(reasonOf(await toProof(third, an, 'email-otp'))).toBeUndefined();
    expect(await more()).toBe(1);
  });

  test('after the pause a new code is sent on request, and the former one is void', async () => {
    const { an, code, agent, more, mails } = await asked();
    const again = await begin(rp, { agent });
    await toProof(again, an, 'email-otp');
    product.clock.advance(30_000);
    expect(reasonOf(await send(again, 'prove-key', { action: 'resend' }))).toBeUndefined();
    const fresh = await mailedCode(product, an.email, mails);
    expect(await more()).toBe(1);
    if (fresh !== code) expect(reasonOf(await giveCode(again, code))).toBe('code_wrong');
    expect(gotCode(await giveCode(again, fresh))).toBe(true);
  });

  test('failures of the earlier sign-in still count', async () => {
    const { an, visit, code, agent } = await asked();
    const wrong = code === '000000' ? '000001' : '000000';
    for (let guess = 0; guess < 4; guess += 1) await giveCode(visit, wrong, {}, guess);
    const again = await begin(rp, { agent });
    expect(reasonOf(await toProof(again, an, 'email-otp'))).toBe('sending_paused');
    await giveCode(again, wrong, {}, 5);
    expect(gotCode(await giveCode(again, code))).toBe(false);
  });

  test('another browser, another service, a copied secret of another sign-in: no field, nothing to guess at', async () => {
    const { an, visit, code, agent, more } = await asked();
    const elsewhere = await begin(rp);
    const stranger = new HttpAgent();
    await begin(rp, { agent: stranger });
    const strangers = await begin(rp, { agent: stranger });
    const other = await begin(secondRp, { agent });
    for (const each of [elsewhere, strangers, other]) {
      const page = await toProof(each, an, 'email-otp');
      expect([stepOf(page), reasonOf(page), hasField(page)]).toEqual(['refused', 'sending_paused', false]);
      expect(gotCode(await giveCode(each, code))).toBe(false);
    }
    expect(await more()).toBe(0);
    expect(stepOf(await look(visit))).toBe('prove-key');
    expect(gotCode(await giveCode(visit, code))).toBe(true);
  });

  test('another person in the same browser gets a code of their own; a wrong password shows nothing', async () => {
    const { an, code, agent, mails } = await asked();
    const bo = await product.addPerson({ keys: ['email-otp'] });
    const theirs = await begin(rp, { agent });
    expect(reasonOf(await toProof(theirs, bo, 'email-otp'))).toBeUndefined();
    if ((await mailedCode(product, bo.email, mails)) !== code)
      expect(reasonOf(await giveCode(theirs, code))).toBe('code_wrong');
    const guessed: NewPerson = { ...an, password: 'not the password' };
    const page = await toProof(await begin(rp, { agent }), guessed, 'email-otp');
    expect([stepOf(page), reasonOf(page)]).toEqual(['password', 'credentials_wrong']);
  });
});

describe('A-262 a text message that its own limits stopped', () => {
  const deployment = (limits: Readonly<Record<string, number>>) => ({
    ...staying,
    factors: { ...(staying['factors'] as object), sms: { settings: { homeCountry: 'BE' } } },
    limits: { sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 30 },
    sms: { outbox: true, countries: ['BE'], limits },
  });
  const sms = 'sms' as KeyKind;
  test.each([
    ['number', { perNumberHour: 1 }, 'sending_paused'],
    ['block', { perBlockHour: 1 }, 'messages_paused'],
    ['country', { perCountryHour: 1 }, 'messages_paused'],
  ])('there is no field for a code that never left: bound of the %s', async (_bound, limits, reason) => {
    const own = await startProduct(deployment(limits));
    try {
      const party = await relyingParty(own.issuer, own.client);
      const [an, bo] = [
        await own.addPerson({ keys: [sms], number: '+32475000001' }),
        await own.addPerson({ keys: [sms], number: '+32475000001' }),
      ];
      const theirs = await begin(party);
      expect(hasField(await toProof(theirs, an, sms))).toBe(true);
      const code = /^\d{6}/.exec((await own.textTo('+32475000001')).text)?.[0] ?? '';
      const agent = new HttpAgent();
      for (let again = 0; again < 3; again += 1) {
        const page = await toProof(await begin(party, { agent }), bo, sms);
        expect([stepOf(page), reasonOf(page), hasField(page)]).toEqual(['refused', reason, false]);
        own.clock.advance(5_000);
      }
      // A further code is stopped too, and the one that left still counts.
      own.clock.advance(30_000);
      await send(theirs, 'prove-key', { action: 'resend' });
      expect(hasField(await look(theirs))).toBe(true);
      expect(gotCode(await giveCode(theirs, code))).toBe(true);
      expect(own.texts).toHaveLength(1);
    } finally {
      await own.close();
    }
  });
});
