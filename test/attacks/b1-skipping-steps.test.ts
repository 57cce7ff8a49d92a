import { describe, expect, test } from '@jest/globals';
import { startProduct } from '../harness/product.ts';
import { relyingParty } from '../harness/relying-party.ts';
import {
  everyStep,
  appCode,
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  gotCode,
  kinds,
  look,
  mailedCode,
  personNow,
  send,
  stepOf,
  toWizard,
  toProof,
  uidOf,
  type Visit,
  shownSecret,
} from './visitor.ts';
import { withStrictClient, rules, product, rp, knowsNobody } from './b1-product.ts';

withStrictClient();

test('B1-01: after the right password no page, address or end-point gives a code or a session', async () => {
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  const visit = await begin(rp);
  expect(stepOf(await toProof(visit, an, 'authenticator-app'))).toBe('prove-key');
  const uid = uidOf(visit);

  for (const step of everyStep) {
    for (const page of [
      await visit.agent.get(`${visit.base}/${step}`, { from: visit.base }),
      await visit.agent.get(`${visit.base}/${step}/`, { from: visit.base }),
      await visit.agent.get(`${visit.base}/${step}?action=continue&code=000000`, { from: visit.base }),
    ]) {
      expect(page.left).toBeUndefined();
      expect(page.headers['set-cookie']?.join() ?? '').not.toMatch(/session=/);
    }
  }
  for (const step of [
    'phase-out',
    'confirm-email',
    'select-key',
    'activate-key',
    'done',
    'refused',
    'finish',
    'abort',
    'login',
    'confirm',
    'consent',
  ]) {
    for (const action of ['continue', 'postpone', 'migrate', 'cancel', 'end-session', 'again']) {
      const page = await send(visit, step, { action, key: 'email-otp', code: '000000' });
      expect([step, action, page.left?.href]).toEqual([step, action, undefined]);
    }
  }
  expect(stepOf(await look(visit))).toBe('prove-key');
  for (const path of [
    `/auth/${uid}`,
    `/auth/${uid}/`,
    `/interaction/${uid}/finish`,
    '/userinfo',
    '/token',
    '/session/end',
    '/session',
    '/consent',
  ]) {
    const page = await visit.agent.get(`${product.issuer}${path}`, { from: visit.base });
    expect([path, gotCode(page)]).toEqual([path, false]);
  }
  await knowsNobody(visit.agent);
  expect(gotCode(await look(visit))).toBe(false);
});

describe('B1-02: an invalid answer passes no step', () => {
  const noAnswers: readonly (readonly [string, string])[] = [
    ['application/x-www-form-urlencoded', ''],
    ['application/x-www-form-urlencoded', 'action='],
    ['application/x-www-form-urlencoded', 'action=continue&code=&key=&username=&password=&email='],
    ['application/x-www-form-urlencoded', 'action[]=continue&code[]=1'],
    ['application/json', '{"action":"continue","key":"authenticator-app","code":true,"password":{"$ne":null}}'],
    ['text/plain', 'action=continue'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="action"\r\n\r\ncontinue\r\n--x--\r\n',
    ],
    ['application/xml', '<action>continue</action>'],
    ['', 'action=continue'],
  ];

  async function holds(visit: Visit, step: string): Promise<void> {
    for (const [type, body] of noAnswers) {
      const page = await send(visit, step, body, { headers: { 'content-type': type } });
      expect([step, type, body, page.status >= 500, page.left?.href]).toEqual([step, type, body, false, undefined]);
      expect([step, type, body, stepOf(await look(visit))]).toEqual([step, type, body, step]);
    }
  }

  test('through all eight steps', async () => {
    const moved = await startProduct({ ...going(), ...rules });
    try {
      const party = await relyingParty(moved.issuer, moved.client);
      const an = await moved.addPerson();
      const visit = await begin(party);
      await holds(visit, 'choose-key');
      await send(visit, 'choose-key', { key: 'token-card' });
      await holds(visit, 'phase-out');
      await send(visit, 'phase-out', { action: 'migrate' });
      await holds(visit, 'password');
      const asked = await givePassword(visit, an);
      await holds(visit, 'prove-key');
      await giveCode(visit, cardCode(an, asked));
      // Only "continue" with a known address is an answer here, so the forms with it are left out.
      for (const [type, body] of noAnswers.filter(([, text]) => !text.startsWith('action=continue&'))) {
        await send(visit, 'confirm-email', body, { headers: { 'content-type': type } });
        expect(stepOf(await look(visit))).toBe('confirm-email');
      }
      await send(visit, 'confirm-email', { action: 'continue' });
      await holds(visit, 'select-key');
      const page = await send(visit, 'select-key', { key: 'authenticator-app' });
      await holds(visit, 'activate-key');
      const secret = shownSecret(page);
      await send(visit, 'activate-key', { action: 'continue', code: appCode(secret, moved.clock.now()) });
      for (const [type, body] of noAnswers.filter(([, text]) => !text.startsWith('action=continue&'))) {
        await send(visit, 'done', body, { headers: { 'content-type': type } });
        expect(stepOf(await look(visit))).toBe('done');
      }
      expect(gotCode(await send(visit, 'done', { action: 'continue' }))).toBe(true);
    } finally {
      await moved.close();
    }
  });
});

describe('B1-03: no parameter skips a step', () => {
  const anywhere: Readonly<Record<string, string>> = {
    language: 'nl',
    step: 'done',
    action: 'continue',
    authenticated: 'true',
    skip_mfa: '1',
    mfa: 'false',
    factor: 'none',
    key: 'none',
    acr: 'urn:rekey:acr:high',
    amr: 'pwd otp',
    kc_action: 'skip',
    execution: 'e2s9',
    person: 'somebody',
    uid: 'x',
    result: '{"login":{"accountId":"x"}}',
    login: '{"accountId":"x"}',
    consent: '{}',
    debug: 'true',
    redirect: 'https://evil.example/',
    return_to: '//evil.example',
    __proto__x: '1',
    'constructor[prototype][known]': '1',
    'steps[proof]': '1',
    [`p${Math.random().toString(36).slice(2)}`]: '1',
  };
  const known: Readonly<Record<string, string>> = {
    ...anywhere,
    ui_locales: 'de',
    display: 'popup',
    login_hint: 'somebody',
    id_token_hint: '',
    max_age: '86400',
    prompt: 'consent',
    acr_values: 'urn:rekey:acr:single 0',
    claims: '{"id_token":{"acr":{"value":"urn:rekey:acr:single"}}}',
    claims_locales: 'en',
    response_mode: 'query',
    resource: '',
    registration: '',
  };

  test('of the authorization request', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    for (const [name, value] of Object.entries(known)) {
      const visit = await begin(rp, value === '' ? {} : { [name]: value });
      expect([name, stepOf(visit.page)]).toEqual([name, 'choose-key']);
    }
    const { id_token_hint: _none, resource: _1, registration: _2, ...together } = known;
    const visit = await begin(rp, together);
    const asked = await toProof(visit, an, 'authenticator-app');
    expect(stepOf(asked)).toBe('prove-key');
    expect(gotCode(await giveCode(visit, appCode(an.totp, product.clock.now())))).toBe(true);
  });

  test('of the pages of a sign-in, in the address or as further fields', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const query = new URLSearchParams(anywhere).toString();
    const visit = await begin(rp);
    for (const [name, value] of Object.entries(anywhere)) {
      const page = await visit.agent.get(
        `${visit.base}/choose-key?${new URLSearchParams({ [name]: value }).toString()}`,
        {
          from: visit.base,
        },
      );
      expect([name, stepOf(page)]).toEqual([name, 'choose-key']);
    }
    const more = { person: 'x', uid: 'x', factor: 'x', step: 'done', proof: '1', passwordAt: '1' };
    expect(stepOf(await send(visit, `choose-key?${query}`, { key: 'authenticator-app', ...more }))).toBe('password');
    expect(
      stepOf(await send(visit, `password?${query}`, { ...more, username: an.username, password: 'wrong wrong' })),
    ).toBe('password');
    expect(
      stepOf(await send(visit, `password?${query}`, { ...more, username: an.username, password: an.password })),
    ).toBe('prove-key');
    expect(stepOf(await send(visit, `prove-key?${query}&code=1`, { ...more }))).toBe('prove-key');
    await knowsNobody(visit.agent);
  });
});

test('B1-04 a change of address parked at "mail sent" is not resumed as done', async () => {
  const moved = await startProduct({ ...going(), ...rules });
  try {
    const party = await relyingParty(moved.issuer, moved.client);
    const an = await moved.addPerson();
    const visit = await begin(party);
    await toWizard(visit, an);
    await send(visit, 'confirm-email', { action: 'change' });
    const parked = await send(visit, 'confirm-email', { action: 'continue', email: 'thief@evil.example' });
    expect(parked.body).toContain('name="code"');

    for (const form of [
      { action: 'continue' },
      { action: 'continue', email: 'thief@evil.example' },
      { action: 'previous' },
      { action: 'continue', key: 'email-otp' },
      { action: 'change' },
    ]) {
      await send(visit, 'select-key', form);
      await send(visit, 'activate-key', form);
      expect(['confirm-email', 'select-key']).toContain(stepOf(await look(visit)));
      await moved.restart();
      await look(visit);
      await send(visit, 'confirm-email', form);
    }
    expect((await personNow(moved, an)).email?.address).toBe(an.email);
    // Whatever was pressed, a new e-mail key can only have the proved address.
    const before = moved.mails.length;
    await send(visit, 'confirm-email', { action: 'previous' });
    await send(visit, 'confirm-email', { action: 'continue' });
    await send(visit, 'select-key', { key: 'email-otp' });
    const sent = await mailedCode(moved, an.email, before);
    expect(sent).toMatch(/^\d{6}$/);
    expect(moved.mails.slice(before).map(({ to }) => to)).not.toContain('thief@evil.example');
  } finally {
    await moved.close();
  }
});

test('B1-05: a key without a password is neither asked nor judged, and nothing is sent', async () => {
  const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app', 'token-card'] });
  const before = product.mails.length;
  for (const kind of kinds) {
    const visit = await begin(rp, { login_hint: an.username });
    await send(visit, 'choose-key', { key: kind });
    for (const fields of [
      { username: an.username, action: 'resend' },
      { username: an.username, action: 'continue', code: appCode(an.totp, product.clock.now()) },
      { username: an.username, action: 'continue', code: an.card['1'] ?? '' },
    ]) {
      for (const step of ['prove-key', 'activate-key', 'confirm-email', 'select-key', 'done']) {
        expect(gotCode(await send(visit, step, { ...fields, key: kind }))).toBe(false);
      }
    }
    expect(stepOf(await givePassword(visit, { username: an.username, password: 'not the password' }))).toBe('password');
    await knowsNobody(visit.agent);
  }
  await product.app.flush();
  expect(product.mails.slice(before)).toEqual([]);
  expect((await personNow(product, an)).keys.map(({ attempts }) => attempts.count)).toEqual([0, 0, 0]);
});
