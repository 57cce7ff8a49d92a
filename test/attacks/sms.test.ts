/** Attacks with text messages: causing many messages, guessing, and using another person's number. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProduct, type NewPerson, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  begin,
  cardCode,
  countJudgements,
  from,
  giveCode,
  givePassword,
  gotCode,
  look,
  parallel,
  personNow,
  reasonOf,
  send,
  stepOf,
  wrongCode,
  type KeyKind,
  type Visit,
} from './visitor.ts';

const minute = 60_000;
const hour = 60 * minute;
const sms = 'sms' as KeyKind;
const deployment: Overrides = {
  signIn: { order: 'key-first', interactionMinutes: 240 },
  limits: { sendPerHour: 100, sendPerDay: 1000 },
  factors: {
    'email-otp': {},
    sms: { settings: { homeCountry: 'BE' } },
    'token-card': {
      settings: { count: 8, warnAt: 2, reuse: 'reusable' },
      schedule: {
        closeEnrolment: '2023-07-19',
        untilAndIncluding: '2024-06-30',
        zone: 'Europe/Brussels',
        after: 're-enrol',
        replacements: ['sms', 'email-otp'],
      },
    },
  },
  sms: { outbox: true, countries: ['BE'], limits: { perBlockHour: 20, perCountryHour: 60 } },
};

let product: Product;
let rp: RelyingParty;
beforeAll(async () => {
  product = await startProduct(deployment);
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());

const textsTo = (number: string) => product.texts.filter(({ to }) => to === number);
/** The code of the message with this number among those to `to`. */
async function textedCode(to: string, count: number): Promise<string> {
  const deadline = performance.now() + 10_000;
  while (textsTo(to).length < count) {
    if (performance.now() > deadline) throw new Error(`${textsTo(to).length} messages to ${to}, not ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return /^\d{6}/.exec(textsTo(to)[count - 1]?.text ?? '')?.[0] ?? '';
}
async function asked(
  person: NewPerson,
): Promise<Visit & { readonly at: string | undefined; readonly why: string | undefined }> {
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: sms });
  const page = await givePassword(visit, person);
  return { ...visit, at: stepOf(page), why: reasonOf(page) };
}
/** At the page that asks for a number. */
async function toNumber(person: NewPerson): Promise<Visit> {
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'token-card' });
  await send(visit, 'phase-out', { action: 'migrate' });
  await giveCode(visit, cardCode(person, await givePassword(visit, person)));
  await send(visit, 'confirm-email', { action: 'continue' });
  await send(visit, 'select-key', { key: sms });
  return visit;
}
const giveNumber = (visit: Visit, number: string, more: Readonly<Record<string, string>> = { risk: 'accepted' }) =>
  send(visit, 'activate-key', { number, ...more, action: 'continue' });
const activate = (visit: Visit, code: string, copy = 0) =>
  send(visit, 'activate-key', { code, action: 'continue', copy: `${copy}` });
const fresh = () => product.clock.advance(25 * hour);

describe('B12-08 causing many messages', () => {
  test('many accounts to one number: five an hour in all, and the rest is told to wait', async () => {
    fresh();
    const number = '+32475000001';
    const people = await parallel(12, () => product.addPerson({ keys: [sms, 'email-otp'], number }));
    const visits: Awaited<ReturnType<typeof asked>>[] = [];
    for (const person of people) visits.push(await asked(person));
    expect(visits.filter(({ at }) => at === 'prove-key')).toHaveLength(5);
    expect(visits.slice(5).map(({ at, why }) => [at, why])).toEqual(
      visits.slice(5).map(() => ['refused', 'sending_paused']),
    );
    await textedCode(number, 5);
    expect(textsTo(number)).toHaveLength(5);
  });

  test('many numbers of one block by many accounts: capped, one alarm in the log, one event, and e-mail goes on', async () => {
    fresh();
    const before = product.texts.length;
    const people = await parallel(30, (index) =>
      product.addPerson({ keys: [sms, 'email-otp'], number: `+324761${String(index).padStart(5, '0')}` }),
    );
    const visits: Awaited<ReturnType<typeof asked>>[] = [];
    for (const person of people) visits.push(await asked(person));
    expect(visits.filter(({ at }) => at === 'prove-key')).toHaveLength(20);
    const last = visits.at(-1);
    expect([last?.at, last?.why]).toEqual(['refused', 'messages_paused']);
    await textedCode('+32476100019', 1);
    expect(product.texts.length - before).toBe(20);
    expect(product.logs.filter((line) => line.includes('"sms.capped"'))).toHaveLength(1);
    await product.app.flush();
    const events = await product.services.audit.list({ limit: 100, filter: { action: 'messages.capped' } });
    expect(events.map(({ event }) => event.facts)).toMatchObject([{ what: 'block', where: '+324761' }]);
    if (last) await send(last, 'refused', { action: 'other-key' });
    expect(stepOf(last ? await send(last, 'choose-key', { key: 'email-otp' }) : (undefined as never))).toBe(
      'prove-key',
    );
  });

  test('one account that tries number after number while activating: its own limit, then that of the block', async () => {
    fresh();
    const person = await product.addPerson();
    const visit = await toNumber(person);
    const before = product.texts.length;
    for (let index = 0; index < 40; index += 1) {
      await giveNumber(visit, `+324762${String(index).padStart(5, '0')}`);
      await send(visit, 'activate-key', { action: 'previous' });
    }
    await textedCode('+32476200019', 1);
    expect(product.texts.length - before).toBe(20);
  });

  test('A-024 many accounts from one network: capped there, and nowhere else', async () => {
    const limits = { perNetworkHour: 2 };
    const proxied = await startProduct({
      ...deployment,
      listen: { proxy: true },
      sms: { outbox: true, countries: ['BE'], limits },
    });
    try {
      const party = await relyingParty(proxied.issuer, proxied.client);
      const ask = async (number: string, address: string) => {
        const person = await proxied.addPerson({ keys: [sms], number });
        const visit = await begin(party);
        await send(visit, 'choose-key', { key: sms });
        return reasonOf(await givePassword(visit, person, from(address)));
      };
      const asked = [];
      for (const at of [1, 2, 3]) asked.push(await ask(`+3247${at}000001`, '198.51.100.9'));
      expect(asked).toEqual([undefined, undefined, 'messages_paused']);
      expect(await ask('+32474000001', '198.51.100.10')).toBeUndefined();
      await proxied.app.flush();
      await proxied.textTo('+32474000001');
      expect(proxied.texts).toHaveLength(3);
      expect(proxied.logs.join('\n')).not.toContain('198.51.100.');
    } finally {
      await proxied.close();
    }
  });

  test('premium, landline and foreign numbers, of whatever shape, get nothing', async () => {
    fresh();
    const person = await product.addPerson();
    const visit = await toNumber(person);
    const before = product.texts.length;
    for (const number of [
      '0900 12 345',
      '+44 909 879 0000',
      '+1 900 234 5678',
      '02 555 12 34',
      '+33 6 12 34 56 78',
      '+882 16 1234 5678',
      '+32470123456,+32470123457',
      '+32470123456\r\n+32470123457',
      '+32470123456;ext=5',
      '+32470123456&To=+32470123457',
      'x'.repeat(1024),
      '+'.repeat(40),
      '',
    ]) {
      const page = await giveNumber(visit, number);
      expect({ number, step: stepOf(page) }).toEqual({ number, step: 'activate-key' });
      expect(['number_invalid', 'number_refused']).toContain(reasonOf(page));
    }
    expect((await giveNumber(visit, 'x'.repeat(1025))).status).toBe(400);
    expect(
      (
        await send(visit, 'activate-key', [
          ['number', '0470123456'],
          ['number', '0470123457'],
          ['risk', 'accepted'],
          ['action', 'continue'],
        ])
      ).status,
    ).toBe(400);
    await product.app.flush();
    expect(product.texts.length).toBe(before);
    expect((await personNow(product, person)).otherAttempts).toEqual({});
  });
});

describe('A-025 a number counts only after its proof', () => {
  test('without the checkbox no message; a typed number binds nothing, and signs nobody in', async () => {
    fresh();
    const person = await product.addPerson();
    const visit = await toNumber(person);
    for (const more of [{}, { risk: '' }, { risk: 'on' }, { 'risk ': 'accepted' }, { code: '123456' }])
      expect(reasonOf(await giveNumber(visit, '0477 00 00 01', more as Record<string, string>))).toBe(
        'consent_missing',
      );
    expect(textsTo('+32477000001')).toEqual([]);
    await giveNumber(visit, '0477 00 00 01');
    await textedCode('+32477000001', 1);
    const stranger = await asked(person);
    expect([stranger.at, stranger.why]).toEqual(['refused', 'key_not_held_or_expired']);
    expect(textsTo('+32477000001')).toHaveLength(1);
  });

  test('A-020 the code of one person’s enrolment ends nobody else’s, but that of an older sign-in', async () => {
    fresh();
    const [an, bo] = [await product.addPerson(), await product.addPerson()];
    const [first, second, other] = [await toNumber(an), await toNumber(an), await toNumber(bo)];
    await giveNumber(first, '0477 00 00 02');
    const code = await textedCode('+32477000002', 1);
    await giveNumber(second, '0477 00 00 02');
    await giveNumber(other, '0477 00 00 02');
    const [elsewhere, theirs] = [await textedCode('+32477000002', 2), await textedCode('+32477000002', 3)];
    if (new Set([code, elsewhere, theirs]).size < 3) return;
    expect(reasonOf(await activate(second, code))).toBe('code_wrong');
    expect(reasonOf(await activate(other, code))).toBe('code_wrong');
    expect(reasonOf(await activate(first, code))).toBe('code_replaced');
    expect(stepOf(await activate(second, elsewhere))).toBe('done');
    expect((await personNow(product, bo)).keys.filter(({ factor }) => factor === 'sms')).toEqual([]);
  });

  test('A-022 numbers and new codes in between reset no count of wrong codes', async () => {
    fresh();
    const person = await product.addPerson();
    const judged = countJudgements(product, sms);
    const visit = await toNumber(person);
    await giveNumber(visit, '0477 00 00 03');
    await textedCode('+32477000003', 1);
    let paused = 0;
    for (let guess = 0; guess < 12; guess += 1) {
      const page = await activate(visit, wrongCode(product, person), guess);
      if (reasonOf(page) === 'attempts_paused') paused += 1;
      if (guess % 3 === 2) {
        await send(visit, 'activate-key', { action: 'previous' });
        await giveNumber(visit, `0477 00 01 ${String(guess).padStart(2, '0')}`);
      }
    }
    expect(paused).toBeGreaterThan(0);
    expect((await personNow(product, person)).otherAttempts['enrol:sms']?.count).toBe(5);
    expect(judged.confirm).toBeLessThan(12);
  });

  test('B3-01 sixteen at once with the right code: one key', async () => {
    fresh();
    const person = await product.addPerson();
    const visit = await toNumber(person);
    await giveNumber(visit, '0477 00 00 04');
    const code = await textedCode('+32477000004', 1);
    await parallel(16, (copy) => activate(visit, code, copy));
    expect((await personNow(product, person)).keys.filter(({ factor }) => factor === 'sms')).toHaveLength(1);
  });
});

describe('at sign-in', () => {
  test('B2-01 B2-03 guesses: five in a burst, fifty in all, then the key is blocked and sends nothing any more', async () => {
    fresh();
    const person = await product.addPerson({ keys: [sms], number: '+32478000001' });
    const judged = countJudgements(product, sms);
    let visit = await asked(person);
    await parallel(60, (copy) => giveCode(visit, wrongCode(product, person), {}, copy));
    expect(judged.verify).toBe(5);
    for (let guess = 0; guess < 60; guess += 1) {
      product.clock.advance(61 * minute);
      if (stepOf(await look(visit)) !== 'prove-key') visit = await asked(person);
      expect(gotCode(await giveCode(visit, wrongCode(product, person), {}, guess))).toBe(false);
    }
    expect(judged.verify).toBeLessThanOrEqual(50);
    expect((await personNow(product, person)).keys).toMatchObject([{ status: 'blocked' }]);
    const before = textsTo('+32478000001').length;
    expect((await asked(person)).why).toBe('key_blocked');
    expect(textsTo('+32478000001')).toHaveLength(before);
  });

  test('B3-01 one right code, sixteen at once: one sign-in; later it is used', async () => {
    fresh();
    const person = await product.addPerson({ keys: [sms], number: '+32478000002' });
    const visit = await asked(person);
    const code = await textedCode('+32478000002', 1);
    const pages = await parallel(16, (copy) => giveCode(visit, code, {}, copy));
    const codes = new Set(pages.flatMap(({ left }) => left?.searchParams.get('code') ?? []));
    expect(codes.size).toBe(1);
    product.clock.advance(31_000);
    const again = await asked(person);
    expect(gotCode(await giveCode(again, code))).toBe(false);
  });

  test('A-021 A-020 a code opens only the sign-in that asked for it, and only while it is the newest', async () => {
    fresh();
    const person = await product.addPerson({ keys: [sms], number: '+32478000003' });
    const first = await asked(person);
    const code = await textedCode('+32478000003', 1);
    product.clock.advance(31_000);
    const second = await asked(person);
    const other = await textedCode('+32478000003', 2);
    if (code === other) return;
    expect(reasonOf(await giveCode(second, code))).toBe('code_wrong');
    expect(gotCode(await giveCode(second, other))).toBe(true);
    product.clock.advance(31_000);
    await send(first, 'prove-key', { action: 'resend' });
    await textedCode('+32478000003', 3);
    expect(gotCode(await giveCode(first, code))).toBe(false);
  });

  test('A-023 no page, log or audit line has a code or a whole number', async () => {
    fresh();
    const person = await product.addPerson({ keys: [sms], number: '+32478654321' });
    const visit = await asked(person);
    const code = await textedCode('+32478654321', 1);
    const page = await look(visit);
    await product.app.flush();
    const audit = await product.services.audit.list({ limit: 1_000 });
    const all = JSON.stringify([page.body, page.headers, product.logs, audit]);
    expect(all).not.toContain(code);
    expect(all).not.toMatch(/478 ?65 ?43 ?21/);
  });
});
