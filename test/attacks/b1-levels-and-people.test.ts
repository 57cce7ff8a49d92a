/** No way around the requested level, and none to another person than the one who proved the password. */
import { describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import {
  appCode,
  begin,
  cardCode,
  cookiesOf,
  giveCode,
  givePassword,
  gotCode,
  personNow,
  reasonOf,
  send,
  signIn,
  stepOf,
  toProof,
  uidOf,
  type KeyKind,
} from './visitor.ts';
import { withStrictClient, product, rp, strictRp, knowsNobody } from './b1-product.ts';

withStrictClient();

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
