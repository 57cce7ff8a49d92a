import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  everyStep,
  appCode,
  begin,
  cardCode,
  cookiesOf,
  giveCode,
  givePassword,
  going,
  gotCode,
  kinds,
  look,
  mailedCode,
  personNow,
  reasonOf,
  send,
  signIn,
  staying,
  stepOf,
  toWizard,
  toProof,
  uidOf,
  type KeyKind,
  type Visit,
  shownSecret,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };
const strict = {
  id: 'strict',
  secret: 'a-secret-of-the-relying-party-2',
  redirectUri: 'https://strict.example/callback',
};
const clientOf = ({ id, secret, redirectUri }: typeof strict) => ({
  id,
  secret,
  redirectUris: [redirectUri],
  refresh: true,
});

let product: Product;
let rp: RelyingParty;
let strictRp: RelyingParty;
beforeAll(async () => {
  product = await startProduct(
    {
      ...staying,
      ...rules,
      clients: [
        clientOf({ id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUri: 'https://rp.example/callback' }),
        { ...clientOf(strict), level: 'substantial' },
      ],
    },
    { at: Date.now() },
  );
  rp = await relyingParty(product.issuer, product.client);
  strictRp = await relyingParty(product.issuer, strict);
});
afterAll(() => product.close());

/** No session at all: a request without pages finds nobody signed in. */
async function knowsNobody(agent: HttpAgent): Promise<void> {
  const { url } = await rp.begin({ prompt: 'none' });
  const page = await agent.get(url);
  expect(page.left?.searchParams.get('error')).toBe('login_required');
}

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

describe('B1-06: no other way gets around the requested level', () => {
  test('a session of a weak key steps up: by redirect, pushed, posted, silent', async () => {
    const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app'] });
    const visit = await begin(rp);
    expect(gotCode(await signIn(product, visit, an, 'email-otp'))).toBe(true);

    const silent = await visit.agent.get((await strictRp.begin({ prompt: 'none' })).url);
    expect(silent.left?.searchParams.get('error')).toBe('login_required');
    const { url } = await strictRp.begin();
    const redirected = await visit.agent.get(url);
    const posted = await visit.agent.post(`${product.issuer}/auth`, url.searchParams.toString());
    const pushed = await oidc.buildAuthorizationUrlWithPAR(strictRp.configuration, url.searchParams);
    const byPush = await visit.agent.get(pushed);
    for (const page of [redirected, posted, byPush]) {
      expect(page.left).toBeUndefined();
      expect(stepOf(page)).toBe('choose-key');
    }
    // The password of the live session counts; the weak key is refused, the right one is accepted.
    const up = await begin(strictRp, { agent: visit.agent });
    expect(gotCode(await send(up, 'choose-key', { key: 'email-otp' }))).toBe(false);
    expect(stepOf(await send(up, 'choose-key', { key: 'authenticator-app' }))).toBe('prove-key');
    const end = await giveCode(up, appCode(an.totp, product.clock.now()));
    const tokens = await strictRp.finish(up.pending, end.left as URL);
    // The earlier code by mail counts beside the app: it came by another channel.
    expect(tokens.claims()).toMatchObject({ acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa', 'mca'] });
  });

  test('a refresh token keeps the level that it was issued for', async () => {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const visit = await begin(rp);
    const end = await signIn(product, visit, an, 'email-otp');
    const tokens = await rp.finish(visit.pending, end.left as URL);
    expect(tokens.claims()).toMatchObject({ acr: 'urn:rekey:acr:low' });
    const refreshed = await oidc.refreshTokenGrant(rp.configuration, tokens.refresh_token ?? '', {
      acr_values: 'urn:rekey:acr:high',
    });
    expect(refreshed.claims()).toMatchObject({ acr: 'urn:rekey:acr:low' });
  });

  test('there are no grants other than codes and refresh tokens', async () => {
    const an = await product.addPerson({ keys: [] });
    for (const grant of [
      'password',
      'client_credentials',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ]) {
      const answer = await new HttpAgent().post(
        `${product.issuer}/token`,
        { grant_type: grant, username: an.username, password: an.password, scope: 'openid' },
        { headers: { authorization: `Basic ${Buffer.from('rp:a-secret-of-the-relying-party-1').toString('base64')}` } },
      );
      expect([grant, answer.status, answer.body.includes('access_token')]).toEqual([grant, 400, false]);
    }
  });
});

describe('B1-07: the browser cannot choose which person is verified', () => {
  test('fields that name another person or key between password and code', async () => {
    const [eve, victim] = [
      await product.addPerson({ keys: ['authenticator-app'] }),
      await product.addPerson({ keys: ['email-otp'] }),
    ];
    const visit = await begin(rp);
    await toProof(visit, eve, 'authenticator-app');
    const page = await send(visit, 'prove-key', {
      action: 'continue',
      code: appCode(eve.totp, product.clock.now()),
      username: victim.username,
      person: victim.person.id,
      sub: victim.person.id,
      accountId: victim.person.id,
      key: victim.person.keys[0]?.id ?? '',
      factor: 'email-otp',
    });
    const claims = (await rp.finish(visit.pending, page.left as URL)).claims();
    expect(JSON.stringify(claims)).not.toContain(victim.username);
  });

  test.each<[string, readonly KeyKind[]]>([
    ['the same factor', ['authenticator-app']],
    ['another factor', ['email-otp']],
  ])('the victim’s stolen password and one’s own code, victim with %s', async (_title, keys) => {
    // Both apps have the same secret in this test; the card makes eve's answer right for her challenge alone.
    const eve = await product.addPerson({ keys: ['token-card'] });
    const victim = await product.addPerson({ keys: [...keys, 'token-card'] });
    const visit = await begin(rp);
    const asked = await toProof(visit, eve, 'token-card');
    const own = cardCode(eve, asked);
    // In another tab of the same sign-in: the victim's name and password.
    await givePassword(visit, victim);
    const page = await giveCode(visit, own);
    expect(page.left).toBeUndefined();
    await knowsNobody(visit.agent);
    // The victim's own challenge is open, and the victim's own code would be accepted.
    const again = await begin(rp, { agent: visit.agent });
    await toProof(again, eve, 'token-card');
    const victims = await givePassword(again, victim);
    expect(stepOf(victims)).toBe('prove-key');
    const end = await giveCode(again, cardCode(victim, victims));
    expect(end.left).toBeDefined();
    expect(await product.services.people.get(victim.person.id)).toMatchObject({
      keys: expect.arrayContaining([expect.objectContaining({ factor: 'token-card', lastUsedAt: expect.anything() })]),
    });
  });

  test('both at once', async () => {
    const eve = await product.addPerson({ keys: ['token-card'] });
    const victim = await product.addPerson({ keys: ['token-card'] });
    for (let round = 0; round < 4; round += 1) {
      const visit = await begin(rp);
      const asked = await toProof(visit, eve, 'token-card');
      const pages = await Promise.all([
        giveCode(visit, cardCode(eve, asked)),
        givePassword(visit, victim),
        givePassword(visit, victim),
      ]);
      const left = pages.find(gotCode)?.left;
      if (!left) continue;
      const { access_token: token } = await rp.finish(visit.pending, left);
      const info = await new HttpAgent().get(`${product.issuer}/userinfo`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(info.body).toContain(eve.username);
      expect(info.body).not.toContain(victim.username);
    }
    expect((await personNow(product, victim)).keys[0]?.lastUsedAt).toBeUndefined();
  });

  test('the victim’s sign-in with the attacker’s cookie, and the other way round', async () => {
    const [eve, victim] = [
      await product.addPerson({ keys: ['token-card'] }),
      await product.addPerson({ keys: ['token-card'] }),
    ];
    const [hers, theirs] = [await begin(rp), await begin(rp)];
    const asked = await toProof(theirs, victim, 'token-card');
    await toProof(hers, eve, 'token-card');
    const code = cardCode(victim, asked);
    for (const [base, cookie] of [
      [theirs.base, cookiesOf(hers)],
      // The id of the victim's sign-in in a value that was signed for the attacker's own.
      [theirs.base, cookiesOf(hers).replaceAll(uidOf(hers), uidOf(theirs))],
      [theirs.base, `rekey-interaction=${uidOf(theirs)}`],
      [theirs.base, ''],
    ] as const) {
      const page = await new HttpAgent().post(
        `${base}/prove-key`,
        { code, action: 'continue' },
        { from: base, headers: { cookie } },
      );
      const reason = cookie === '' ? 'cookies_missing' : 'interaction_foreign';
      expect([page.status, reasonOf(page)]).toEqual([403, reason]);
    }
    // The attacker's own sign-in with the victim's cookie is refused too.
    const crossed = await new HttpAgent().get(hers.base, { headers: { cookie: cookiesOf(theirs) } });
    expect([crossed.status, reasonOf(crossed)]).toEqual([403, 'interaction_foreign']);
    expect(gotCode(await giveCode(theirs, code))).toBe(true);
  });
});
