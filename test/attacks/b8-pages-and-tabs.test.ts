/** Pages that cannot be framed or kept, reflected input, and sign-ins in several tabs. */
import { describe, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import {
  appCode,
  begin,
  cardCode,
  everyStep,
  giveCode,
  givePassword,
  gotCode,
  look,
  mailedCode,
  reasonOf,
  send,
  signIn,
  stepOf,
  toWizard,
  toProof,
  uidOf,
  type Visit,
  shownSecret,
} from './visitor.ts';
import { withTwoClients, product, rp, secondRp, migrating, migratingRp } from './b8-product.ts';

withTwoClients();

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
