import { describe, expect, test } from '@jest/globals';
import { HttpAgent } from '../harness/http-agent.ts';
import {
  appCode,
  begin,
  cardCode,
  cookiesOf,
  giveCode,
  givePassword,
  gotCode,
  look,
  personNow,
  reasonOf,
  send,
  signIn,
  stepOf,
  toProof,
  uidOf,
  shownSecret,
} from './visitor.ts';
import { withTwoClients, product, rp, migrating, migratingRp, session, whoIs, plant } from './b8-product.ts';

withTwoClients();

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
