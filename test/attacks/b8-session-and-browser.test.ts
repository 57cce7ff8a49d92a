import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpAgent, type Cookie, type Page } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  appCode,
  begin,
  cardCode,
  cookiesOf,
  everyStep,
  giveCode,
  givePassword,
  going,
  gotCode,
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
  type Visit,
  shownSecret,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };
const second = {
  id: 'second',
  secret: 'a-secret-of-the-relying-party-2',
  redirectUri: 'https://second.example/callback',
};

let product: Product;
let rp: RelyingParty;
let secondRp: RelyingParty;
let migrating: Product;
let migratingRp: RelyingParty;
beforeAll(async () => {
  product = await startProduct(
    {
      ...staying,
      ...rules,
      clients: [
        {
          id: 'rp',
          secret: 'a-secret-of-the-relying-party-1',
          redirectUris: ['https://rp.example/callback'],
          postLogoutRedirectUris: ['https://rp.example/'],
        },
        { id: second.id, secret: second.secret, redirectUris: [second.redirectUri] },
      ],
    },
    { at: Date.now() },
  );
  rp = await relyingParty(product.issuer, product.client);
  secondRp = await relyingParty(product.issuer, second);
  migrating = await startProduct({ ...going(), ...rules });
  migratingRp = await relyingParty(migrating.issuer, migrating.client);
});
afterAll(async () => {
  await product.close();
  await migrating.close();
});

const session = 'rekey-session';
/** The person that this browser is signed in as, without pages: the error, or the subject. */
async function whoIs(agent: HttpAgent): Promise<string> {
  const pending = await rp.begin({ prompt: 'none' });
  const page = await agent.get(pending.url);
  if (!page.left) return `a page: ${page.status}`;
  return gotCode(page)
    ? ((await rp.finish(pending, page.left)).claims()?.sub ?? 'nobody')
    : (page.left.searchParams.get('error') ?? 'nothing');
}
const plant = (agent: HttpAgent, cookies: readonly Cookie[]) => void agent.cookies.push(...cookies);

describe('B8-01: a planted cookie never becomes a session', () => {
  test('an attacker’s live session, planted before the victim signs in', async () => {
    const [eve, an] = [
      await product.addPerson({ keys: ['authenticator-app'] }),
      await product.addPerson({ keys: ['authenticator-app'] }),
    ];
    const hers = await begin(rp);
    await signIn(product, hers, eve, 'authenticator-app');
    const eveIs = await whoIs(hers.agent);
    const planted = hers.agent.cookies.map((cookie) => ({ ...cookie }));
    expect(planted.some(({ name }) => name === session)).toBe(true);

    const agent = new HttpAgent();
    plant(agent, planted);
    const theirs = await begin(rp, { agent, prompt: 'login' });
    product.clock.advance(60_000);
    let page = await signIn(product, theirs, an, 'authenticator-app');
    // A self-posting page first ends the other person's session.
    if (!page.left) page = await agent.submit(page, page.forms[0]?.fields ?? {});
    expect(gotCode(page)).toBe(true);
    const anIs = (await rp.finish(theirs.pending, page.left as URL)).claims()?.sub;
    expect(anIs).not.toBe(eveIs);
    expect(agent.cookie(session)?.value).not.toBe(planted.find(({ name }) => name === session)?.value);

    const attacker = new HttpAgent();
    plant(attacker, planted);
    expect([eveIs, 'login_required']).toContain(await whoIs(attacker));
  });

  test('made-up, unsigned and half-signed ones; and those of a sign-in that is not complete', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const half = await begin(rp);
    await toProof(half, an, 'authenticator-app');
    const values = ['x'.repeat(43), uidOf(half), an.person.id, half.pending.state, '', '../x', '%00', '__proto__'];
    const names = [session, '__Host-session', `${session}.legacy`, '_session', 'rekey-resume', 'rekey-interaction'];
    for (const name of names) {
      for (const value of values) {
        const page = await new HttpAgent().get((await rp.begin({ prompt: 'none' })).url, {
          headers: { cookie: `${name}=${value}; ${name}.sig=${value}; ${cookiesOf(half)}` },
        });
        expect([name, value, page.left?.searchParams.get('error')]).toEqual([name, value, 'login_required']);
      }
    }
    const agent = new HttpAgent();
    plant(agent, [
      {
        name: session,
        value: 'planted',
        host: 'localhost',
        path: '/',
        secure: false,
        httpOnly: false,
        sameSite: 'lax',
      },
    ]);
    const visit = await begin(rp, { agent });
    expect(gotCode(await signIn(product, visit, an, 'authenticator-app'))).toBe(true);
    expect(agent.cookie(session)?.value).not.toBe('planted');
  });

  test('a sign-in ends the earlier session, and a sign-out ends its own', async () => {
    const an = await product.addPerson({ keys: ['email-otp', 'authenticator-app'] });
    const visit = await begin(rp);
    await signIn(product, visit, an, 'email-otp');
    const before = visit.agent.cookies.map((cookie) => ({ ...cookie }));
    const again = await begin(rp, { agent: visit.agent, acr_values: 'urn:rekey:acr:substantial' });
    await send(again, 'choose-key', { key: 'authenticator-app' });
    expect(gotCode(await giveCode(again, appCode(an.totp, product.clock.now())))).toBe(true);
    const old = new HttpAgent();
    plant(old, before);
    expect(await whoIs(old)).toBe('login_required');

    const copy = new HttpAgent();
    plant(copy, visit.agent.cookies);
    expect(await whoIs(copy)).not.toBe('login_required');
    const asked = await visit.agent.get(`${product.issuer}/session/end`);
    await visit.agent.submit(asked, { logout: 'yes' });
    expect(await whoIs(copy)).toBe('login_required');
  });
});

describe('B8-04: a sign-in belongs to the browser that began it', () => {
  test('the attacker’s own, nearly complete, opened by a victim', async () => {
    const eve = await migrating.addPerson();
    const visit = await begin(migratingRp);
    await send(visit, 'choose-key', { key: 'token-card' });
    await send(visit, 'phase-out', { action: 'migrate' });
    await giveCode(visit, cardCode(eve, await givePassword(visit, eve)));
    const [blank, used] = [new HttpAgent(), (await begin(migratingRp)).agent];
    for (const [victim, reason] of [
      [blank, 'cookies_missing'],
      [used, 'interaction_foreign'],
    ] as const) {
      for (const step of ['', '/confirm-email', '/select-key', '/done', '/-']) {
        const page = await victim.get(`${visit.base}${step}`, { from: 'https://evil.example/' });
        expect([step, page.status, reasonOf(page)]).toEqual([step, 403, reason]);
      }
      expect(gotCode(await victim.get(`${migrating.issuer}/auth/${uidOf(visit)}`))).toBe(false);
    }
    expect(stepOf(await look(visit))).toBe('confirm-email');
  });

  const elsewhere: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sibling host', { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' }],
    ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ['an old browser on another site', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['an old browser in a sandbox', { 'sec-fetch-site': '', origin: 'null' }],
    ['a look-alike origin', { 'sec-fetch-site': '', origin: 'http://localhost.evil.example' }],
    ['a typed address', { 'sec-fetch-site': 'none' }],
  ];
  test.each(elsewhere)('a form from %s changes nothing, at any step', async (_title, headers) => {
    const an = await migrating.addPerson();
    const visit = await begin(migratingRp);
    const hold = async (step: string, form: Readonly<Record<string, string>>) => {
      const page = await send(visit, step, form, { headers });
      expect([step, page.status, reasonOf(page)]).toEqual([step, 403, 'request_foreign']);
      await visit.agent.get(`${visit.base}/${step}?${new URLSearchParams(form).toString()}`, { headers });
      expect(stepOf(await look(visit))).toBe(step);
    };
    await hold('choose-key', { key: 'token-card' });
    await send(visit, 'choose-key', { key: 'token-card' });
    await hold('phase-out', { action: 'migrate' });
    await send(visit, 'phase-out', { action: 'migrate' });
    await hold('password', { username: an.username, password: an.password });
    const code = cardCode(an, await givePassword(visit, an));
    await hold('prove-key', { code, action: 'continue' });
    await giveCode(visit, code);
    await hold('confirm-email', { action: 'change' });
    await send(visit, 'confirm-email', { action: 'continue' });
    await hold('select-key', { key: 'authenticator-app' });
    const page = await send(visit, 'select-key', { key: 'authenticator-app' });
    const secret = shownSecret(page);
    const right = appCode(secret, migrating.clock.now());
    await hold('activate-key', { action: 'continue', code: right });
    expect((await personNow(migrating, an)).keys.map(({ factor }) => factor)).toEqual(['token-card']);
    await send(visit, 'activate-key', { action: 'continue', code: right });
    await hold('done', { action: 'continue' });
  });
});

test('B8-05: no page of a whole migration can be framed, kept or sniffed', async () => {
  const an = await migrating.addPerson();
  const pages: Page[] = [];
  const keep = (page: Page) => {
    pages.push(page);
    return page;
  };
  const visit = await begin(migratingRp);
  keep(visit.page);
  keep(await send(visit, 'choose-key', { key: 'token-card' }));
  keep(await send(visit, 'phase-out', { action: 'migrate' }));
  keep(await giveCode(visit, cardCode(an, keep(await givePassword(visit, an)))));
  keep(await send(visit, 'confirm-email', { action: 'continue' }));
  const page = keep(await send(visit, 'select-key', { key: 'authenticator-app' }));
  const secret = shownSecret(page);
  keep(await send(visit, 'activate-key', { action: 'continue', code: appCode(secret, migrating.clock.now()) }));
  keep(await send(visit, 'activate-key', { action: 'continue', code: '1' }, { follow: 'no' }));
  for (const path of [
    '/',
    '/nothing',
    '/auth',
    '/auth?client_id=x',
    '/token',
    '/userinfo',
    '/session/end',
    '/interaction/x',
    '/interaction/x/y',
    '/assets/nothing',
  ])
    keep(await new HttpAgent().get(`${migrating.issuer}${path}`));
  const own = await begin(rp);
  await signIn(product, own, await product.addPerson({ keys: ['authenticator-app'] }), 'authenticator-app');
  keep((await begin(rp, { agent: own.agent, prompt: 'select_account' })).page);
  keep(await own.agent.get(`${product.issuer}/session/end`));
  expect(new Set(pages.map(stepOf))).toEqual(new Set([...everyStep, 'front', 'sign-out', 'onward', undefined]));
  for (const { url, headers, body } of pages) {
    expect([url, headers['content-security-policy']]).toEqual([url, expect.stringContaining("frame-ancestors 'none'")]);
    expect([url, headers['content-security-policy']]).toEqual([url, expect.stringContaining("default-src 'none'")]);
    expect([url, headers['content-security-policy']]).toEqual([url, expect.not.stringMatching(/unsafe|\*/)]);
    expect([url, headers]).toEqual([
      url,
      expect.objectContaining({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'referrer-policy': 'same-origin',
      }),
    ]);
    // The engine's own page that posts itself has a script, allowed by its hash.
    if (body.includes('data-step'))
      expect([
        url,
        /<script(?! (type="module"|defer) src="\/)|<(iframe|object|embed|base)\b|\son\w+=|style=/i.test(body),
      ]).toEqual([url, false]);
    for (const line of headers['set-cookie'] ?? []) expect(line).toMatch(/httponly/i);
  }
});

describe('B8-06: reflected input stays text', () => {
  const payloads = [
    '"><script>alert(1)</script>',
    `'><svg/onload=alert(1)>`,
    '{{constructor.constructor("alert(1)")()}}',
    '</title><img src=x onerror=alert(1)>',
    'javascript:alert(1)//',
    '\u2028alert(1)\u2029<b>',
  ];
  const inert = (page: Page, payload: string): void => {
    if (!String(page.headers['content-type']).includes('html')) return;
    if (/[<"']/.test(payload)) expect(page.body).not.toContain(payload);
    expect(page.body).not.toMatch(/(?:href|src|action|formaction)="?\s*javascript:/i);
    expect(page.body).not.toMatch(/<(script>alert|svg[^>]*onload|img[^>]*onerror|b>)/i);
  };

  test.each(payloads)('%j in every parameter and field', async (payload) => {
    for (const name of [
      'login_hint',
      'ui_locales',
      'state',
      'nonce',
      'display',
      'claims',
      'acr_values',
      'id_token_hint',
      'scope',
      'prompt',
      'response_mode',
      'redirect_uri',
      'client_id',
      'request_uri',
      'language',
    ]) {
      inert(await new HttpAgent().get((await rp.begin({ [name]: payload })).url), payload);
    }
    for (const name of [
      'post_logout_redirect_uri',
      'id_token_hint',
      'state',
      'logout_hint',
      'client_id',
      'ui_locales',
    ]) {
      inert(
        await new HttpAgent().get(
          `${product.issuer}/session/end?${new URLSearchParams({ [name]: payload }).toString()}`,
        ),
        payload,
      );
    }
    for (const path of [
      encodeURIComponent(payload),
      `interaction/${encodeURIComponent(payload)}`,
      `auth/${encodeURIComponent(payload)}`,
    ]) {
      inert(await new HttpAgent().get(`${product.issuer}/${path}?language=${encodeURIComponent(payload)}`), payload);
    }
    const visit = await begin(rp, { login_hint: payload });
    inert(visit.page, payload);
    inert(await send(visit, 'choose-key', { key: payload }), payload);
    inert(await send(visit, 'choose-key', { key: 'authenticator-app' }), payload);
    const page = await send(visit, 'password', { username: payload, password: payload });
    inert(page, payload);
    // It is the very name that was typed, as text.
    expect(page.forms[0]?.fields['username']?.trim()).toBe(payload.trim());
  });

  test('stored: a name of a person, on pages and in mails', async () => {
    const an = await migrating.addPerson();
    const payload = '"><img src=x onerror=alert(1)>';
    await migrating.services.people.change(an.person.id, (person) => ({
      ...person,
      givenName: payload,
      familyName: '<script>alert(1)</script>',
    }));
    const visit = await begin(migratingRp);
    const wizard = await toWizard(visit, an);
    inert(wizard, payload);
    expect(wizard.body).toContain('&lt;img src');
    const before = migrating.mails.length;
    await send(visit, 'confirm-email', { action: 'change' });
    inert(await send(visit, 'confirm-email', { action: 'continue', email: `${payload}@example.org` }), payload);
    await send(visit, 'confirm-email', { action: 'continue', email: 'a&b@example.org' });
    await mailedCode(migrating, 'a&b@example.org', before);
    for (const mail of migrating.mails.slice(before)) {
      expect(mail.html ?? '').not.toMatch(/<script|onerror=/i);
      expect(mail.subject).not.toMatch(/[\r\n]/);
    }
  });
});

describe('B8-07: two tabs, two relying parties, answers exchanged', () => {
  test('each answer counts in its own sign-in only, and each code comes out at its own relying party', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
    const agent = new HttpAgent();
    const [one, two] = [await begin(rp, { agent }), await begin(secondRp, { agent })];
    expect(uidOf(one)).not.toBe(uidOf(two));
    const asked = await toProof(one, an, 'token-card');
    await toProof(two, an, 'authenticator-app');
    // The card's code in the tab that asks for the app's, and the other way round.
    expect(reasonOf(await giveCode(two, cardCode(an, asked)))).toBe('code_wrong');
    expect(gotCode(await giveCode(one, appCode(an.totp, product.clock.now())))).toBe(false);

    const endTwo = await giveCode(two, appCode(an.totp, product.clock.now()));
    expect(endTwo.left?.origin).toBe('https://second.example');
    expect(endTwo.left?.searchParams.get('state')).toBe(two.pending.state);
    expect(stepOf(await look(one))).toBe('prove-key');
    const endOne = await giveCode(one, cardCode(an, asked));
    expect(endOne.left?.origin).toBe('https://rp.example');
    expect(endOne.left?.searchParams.get('state')).toBe(one.pending.state);
    await expect(secondRp.finish(two.pending, endOne.left as URL)).rejects.toMatchObject({
      code: 'OAUTH_INVALID_RESPONSE',
    });
    const [first, other] = [
      await rp.finish(one.pending, endOne.left as URL),
      await secondRp.finish(two.pending, endTwo.left as URL),
    ];
    // Pairwise: the two relying parties cannot link the accounts.
    expect(first.claims()?.sub).not.toBe(other.claims()?.sub);
  });

  test('two people in two tabs of one browser, both at once', async () => {
    const [an, bo] = [
      await product.addPerson({ keys: ['authenticator-app'] }),
      await product.addPerson({ keys: ['authenticator-app'] }),
    ];
    const agent = new HttpAgent();
    const visits: readonly Visit[] = [await begin(rp, { agent }), await begin(rp, { agent })];
    await toProof(visits[0] as Visit, an, 'authenticator-app');
    await toProof(visits[1] as Visit, bo, 'authenticator-app');
    const pages = await Promise.all(visits.map((visit) => giveCode(visit, appCode(an.totp, product.clock.now()))));
    for (const [at, page] of pages.entries()) {
      const end = page.left || page.forms.length === 0 ? page : await agent.submit(page);
      if (!gotCode(end)) continue;
      const claims = (await rp.finish((visits[at] as Visit).pending, end.left as URL)).claims();
      const info = JSON.stringify(claims);
      expect(info).not.toContain((at === 0 ? bo : an).username);
    }
  });
});
