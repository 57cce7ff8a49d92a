import { describe, expect, test } from '@jest/globals';
import { type Asking, acrs, ada, ask, redeem, signIn, walk } from '../test/harness/engine-bench.ts';
import type { HttpAgent } from '../test/harness/http-agent.ts';
import { redirectUri, useSignInBench } from '../test/harness/sign-in-bench.ts';

const at = useSignInBench();

const opening = async (): Promise<{ agent: HttpAgent; asking: Asking; uid: string; finish: string }> => {
  const agent = at.bench.agent();
  const asking = await ask(at.config, redirectUri);
  const page = await agent.get(asking.url);
  return { agent, asking, uid: at.bench.lastOpened()?.uid ?? '', finish: page.forms[0]?.action ?? '' };
};

describe('the interaction and its end', () => {
  test('B8-07: each browser, and each tab, has only its own interaction', async () => {
    const one = await opening();
    const two = await opening();
    const foreign = await two.agent.get(`${at.bench.issuer}/interaction/${one.uid}`);
    expect(foreign).toMatchObject({ status: 400, body: '<main data-reason="interaction_foreign"></main>' });
    expect(await two.agent.post(one.finish, {})).toMatchObject({ status: 400, body: 'interaction_foreign' });
    expect((await redeem(at.config, one.asking, await one.agent.post(one.finish, {}))).access_token).toBeTruthy();

    // Two tabs of one browser, answered in the opposite order: each returns with its own state.
    const agent = at.bench.agent();
    const [a, b] = [await ask(at.config, redirectUri), await ask(at.strong, redirectUri, { acr_values: acrs.low })];
    const pageA = await agent.get(a.url);
    const pageB = await agent.get(b.url);
    at.bench.finishing.acr = acrs.substantial;
    expect((await agent.submit(pageA)).left?.searchParams.get('state')).toBe(a.state);
    expect((await agent.submit(pageB)).left?.searchParams.get('state')).toBe(b.state);
  });

  test('an unknown one, a finished one and an expired one', async () => {
    const { agent, uid, finish } = await opening();
    expect((await agent.get(`${at.bench.issuer}/interaction/never-was`)).body).toContain('interaction_expired');
    await agent.post(finish, {});
    expect((await agent.get(`${at.bench.issuer}/interaction/${uid}`)).body).toContain('interaction_expired');
    expect(await agent.post(finish, {})).toMatchObject({ status: 400, body: 'interaction_expired' });

    const late = await opening();
    at.later(3_600);
    expect((await late.agent.get(`${at.bench.issuer}/interaction/${late.uid}`)).body).toContain('interaction_expired');
    const resumed = await late.agent.get(`${at.bench.issuer}/auth/${late.uid}`);
    expect(resumed).toMatchObject({
      status: 400,
      body: '<main data-step="refused" data-reason="interaction_expired"></main>',
    });
  });

  test('the first end counts; the second one redirects to the same place', async () => {
    const { agent, uid, finish } = await opening();
    const first = await agent.post(finish, {}, { follow: 'no' });
    at.bench.finishing.accountId = 'person-bob';
    const second = await agent.post(finish, {}, { follow: 'no' });
    const abort = await agent.post(finish.replace('/finish', '/abort'), {}, { follow: 'no' });
    expect([second.headers.location, abort.headers.location]).toEqual([first.headers.location, first.headers.location]);
    await agent.get(`${at.bench.issuer}/interaction/${uid}`);
    expect(at.bench.lastOpened()?.endedAt).toBe(first.headers.location);
    expect((await agent.get(first.headers.location ?? '')).left?.searchParams.get('code')).toBeTruthy();
    expect(at.bench.audited.at(-1)).toMatchObject({ action: 'authorization.granted', person: ada.id, client: 'web' });
  });

  test('cancelled: the client gets the error, with its state', async () => {
    const { agent, asking, finish } = await opening();
    const { left } = await agent.post(finish.replace('/finish', '/abort'), {});
    expect(Object.fromEntries(left?.searchParams ?? [])).toEqual({
      error: 'access_denied',
      error_description: 'cancelled',
      state: asking.state,
      iss: at.bench.issuer,
    });
  });

  test('requesting the end too early starts the sign-in again', async () => {
    const { agent, uid } = await opening();
    const page = await agent.get(`${at.bench.issuer}/auth/${uid}`);
    expect(page.left).toBeUndefined();
    expect(page.body).toContain('data-step="stub"');
    expect(at.bench.lastOpened()?.uid).not.toBe(uid);
  });

  test('the state is saved by version, and the engine’s writes keep them', async () => {
    const { agent, uid, finish } = await opening();
    const first = at.bench.lastOpened();
    const until = first?.expiresAt ?? 0;
    const version = await at.bench.engine.saveState(uid, first?.version ?? '', { at: 'password' }, until);
    expect(version).toBeDefined();
    expect(await at.bench.engine.saveState(uid, first?.version ?? '', { at: 'stolen' }, until)).toBeUndefined();
    await agent.get(`${at.bench.issuer}/interaction/${uid}`);
    expect(at.bench.lastOpened()).toMatchObject({ version, state: { at: 'password' } });
    await agent.post(finish, {}, { follow: 'no' });
    await agent.get(`${at.bench.issuer}/interaction/${uid}`);
    expect(at.bench.lastOpened()?.state).toEqual({ at: 'password' });
    expect(await at.bench.engine.saveState('never-was', 'x', {}, until)).toBeUndefined();
  });
});

describe('session ids', () => {
  test('A-084: a higher level makes a new id and ends the old one; B8-01: a planted id is never accepted', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    const [before, signature] = [agent.cookie('rekey-session'), agent.cookie('rekey-session.sig')];
    at.bench.finishing.acr = acrs.substantial;
    await signIn(at.bench, at.config, redirectUri, { acr_values: acrs.substantial }, agent);
    expect(agent.cookie('rekey-session')?.value).not.toBe(before?.value);

    const thief = at.bench.agent();
    thief.cookies.push(...[before, signature].filter((cookie) => cookie !== undefined));
    expect(await at.errorOf(thief, { prompt: 'none' })).toBe('login_required');
    // Signing in with the dead id planted gives another id.
    await signIn(at.bench, at.config, redirectUri, {}, thief);
    expect(thief.cookie('rekey-session')?.value).not.toBe(before?.value);
  });

  test('A-084: an id from before the sign-in is never accepted, wherever it comes from', async () => {
    const eve = at.bench.agent();
    await eve.get(`${at.bench.issuer}/session/end`);
    const planted = eve.cookies.filter(({ name }) => name.startsWith('rekey-session'));
    expect(planted).toHaveLength(2);
    const agent = at.bench.agent();
    agent.cookies.push(...planted);
    await signIn(at.bench, at.config, redirectUri, {}, agent);
    expect(agent.cookie('rekey-session')?.value).not.toBe(planted[0]?.value);
    expect(await at.errorOf(eve, { prompt: 'none' })).toBe('login_required');
    expect(await at.errorOf(agent, { prompt: 'none' })).toBeNull();
  });

  test('B8-02: no uid, state, code or request_uri opens a session as a cookie', async () => {
    const { agent, asking, page } = await signIn(at.bench, at.config, redirectUri);
    const session = agent.cookie('rekey-session');
    const uids = [at.bench.lastOpened()?.uid, asking.state, page.left?.searchParams.get('code'), session?.value];
    for (const value of uids) {
      const thief = at.bench.agent();
      if (session) thief.cookies.push({ ...session, value: value ?? '' });
      // Without its signature, even the real id is refused.
      expect(await at.errorOf(thief, { prompt: 'none' })).toBe('login_required');
    }
  });

  test('another person in the same browser: a self-posting page ends the old session, and the sign-in continues', async () => {
    const { agent, claims } = await signIn(at.bench, at.config, redirectUri);
    const old = agent.cookie('rekey-session')?.value;
    at.bench.finishing.accountId = 'person-bob';
    const asking = await ask(at.config, redirectUri, { prompt: 'login' });
    const page = await walk(agent, asking);
    expect(page.forms[0]).toMatchObject({ action: `${at.bench.issuer}/session/end/confirm`, method: 'POST' });
    expect(page.headers['content-security-policy']).toMatch(/'sha256-/);
    const tokens = await redeem(at.config, asking, await agent.submit(page));
    expect(tokens.claims()?.sub).not.toBe(claims?.sub);
    expect(agent.cookie('rekey-session')?.value).not.toBe(old);
  });
});
