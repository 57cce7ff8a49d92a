import { describe, expect, test } from '@jest/globals';
import { acrs, ada, ask, redeem, restsOn, signIn, walk } from '../test/harness/engine-bench.ts';
import { redirectUri, start, useSignInBench } from '../test/harness/sign-in-bench.ts';
import { maxRounds } from './interaction-policy.ts';

const at = useSignInBench();
const essential = (...values: string[]) => JSON.stringify({ id_token: { acr: { essential: true, values } } });

describe('prompt, max_age, id_token_hint', () => {
  test('prompt=none: login_required without a session; the same person and auth_time with one', async () => {
    expect(await at.errorOf(at.bench.agent(), { prompt: 'none' })).toBe('login_required');
    const { agent, claims } = await signIn(at.bench, at.config, redirectUri);
    at.later(100);
    const again = await signIn(at.bench, at.config, redirectUri, { prompt: 'none' }, agent);
    expect(again.claims).toMatchObject({ sub: claims?.sub, auth_time: claims?.auth_time });
  });

  test('A-088: prompt=login shows a page, and auth_time moves', async () => {
    const { agent, claims } = await signIn(at.bench, at.config, redirectUri);
    at.later(100);
    expect(await at.reasonsFor(agent, { prompt: 'login' })).toEqual(['login_prompt']);
    const again = await signIn(at.bench, at.config, redirectUri, { prompt: 'login' }, agent);
    expect(again.claims?.auth_time).toBe(Number(claims?.auth_time) + 100);
  });

  test('A-088: auth_time is the time of the proof, not of the end of the sign-in', async () => {
    const agent = at.bench.agent();
    const asking = await ask(at.config, redirectUri);
    const page = await agent.get(asking.url);
    at.later(30);
    at.bench.finishing.authTime = Math.floor(Date.now() / 1000);
    at.later(60);
    const tokens = await redeem(at.config, asking, await agent.submit(page));
    expect(tokens.claims()?.auth_time).toBe(start / 1000 + 30);
  });

  test.each([{ prompt: 'login' }, { max_age: '50' }])(
    'a proof older than the request is no answer to %j',
    async (params) => {
      const { agent } = await signIn(at.bench, at.config, redirectUri);
      at.later(100);
      at.bench.finishing.authTime = start / 1000;
      const page = await walk(agent, await ask(at.config, redirectUri, params));
      expect(page.status).toBe(500);
      expect(page.left).toBeUndefined();
      expect(page.body).toContain('data-reason="service_fault"');
    },
  );

  test('max_age: old enough asks again, young enough does not; 0 is prompt=login', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    at.later(10);
    expect(await at.reasonsFor(agent, { max_age: '10000' })).toEqual([]);
    expect(await at.reasonsFor(agent, { max_age: '5' })).toEqual(['max_age']);
    expect(await at.reasonsFor(agent, { max_age: '0' })).toEqual(['login_prompt']);
    expect(await at.errorOf(agent, { max_age: '5', prompt: 'none' })).toBe('login_required');
    const asking = await ask(at.config, redirectUri, { max_age: '5' });
    const tokens = await redeem(at.config, asking, await walk(agent, asking), { maxAge: 5 });
    expect(tokens.claims()?.auth_time).toBe(start / 1000 + 10);
  });

  test('id_token_hint: silent for the same person, login_required for another', async () => {
    const { agent, tokens } = await signIn(at.bench, at.config, redirectUri);
    const hint = { prompt: 'none', id_token_hint: tokens.id_token ?? '' };
    expect(await at.errorOf(agent, hint)).toBeNull();
    at.bench.finishing.accountId = 'person-bob';
    const bob = await signIn(at.bench, at.config, redirectUri);
    expect(await at.errorOf(bob.agent, hint)).toBe('login_required');
  });

  test('B9-07: a request with another person’s `sub` gets no code', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    const claims = JSON.stringify({ id_token: { sub: { value: 'somebody-else' } } });
    expect(await at.errorOf(agent, { claims, prompt: 'none' })).toBe('login_required');
  });
});

describe('A-089: the requested level', () => {
  test('acr_values alone causes a step-up, and the token says so', async () => {
    const { agent, claims } = await signIn(at.bench, at.config, redirectUri);
    expect(claims?.['acr']).toBe(acrs.low);
    expect(await at.reasonsFor(agent, { acr_values: acrs.substantial })).toEqual(['acr_too_low']);
    expect(await at.errorOf(agent, { acr_values: acrs.substantial, prompt: 'none' })).toBe('login_required');
    at.bench.finishing.acr = acrs.substantial;
    const up = await signIn(at.bench, at.config, redirectUri, { acr_values: acrs.substantial }, agent);
    expect(up.claims?.['acr']).toBe(acrs.substantial);
  });

  test('a step-up gets the facts of the session', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    await at.reasonsFor(agent, { acr_values: acrs.substantial });
    expect(at.bench.lastOpened()).toMatchObject({
      clientId: 'web',
      session: { accountId: ada.id, loginTs: start / 1000, rests: restsOn('toy') },
      params: { acr_values: acrs.substantial, scope: 'openid' },
      expiresAt: start + 3_600_000,
    });
  });

  test('an essential acr counts beside acr_values, which the engine lets overwrite it', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    const asked = { acr_values: acrs.low, claims: essential(acrs.substantial) };
    expect(await at.reasonsFor(agent, asked)).toEqual(['acr_too_low']);
  });

  test('a client’s own floor counts also if the request asks for nothing', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    expect(await at.reasonsFor(agent, {}, at.strong)).toEqual(['acr_too_low']);
    expect(await at.reasonsFor(agent, {})).toEqual([]);
  });

  test.each([
    ['unknown', essential('urn:nobody:knows')],
    ['known, but no key here gives it', essential(acrs.high)],
  ])(
    'B9-06: an essential acr that is %s: the standard error, before any page, without a token',
    async (_name, claims) => {
      for (const agent of [at.bench.agent(), (await signIn(at.bench, at.config, redirectUri)).agent]) {
        const cookies = agent.cookies.length;
        const page = await agent.get((await ask(at.config, redirectUri, { claims })).url);
        expect(page.left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
        expect(page.left?.searchParams.get('code')).toBeNull();
        expect(agent.cookies).toHaveLength(cookies);
      }
    },
  );

  test('an unknown voluntary acr is ignored', async () => {
    const { claims } = await signIn(at.bench, at.config, redirectUri, { acr_values: 'urn:nobody:knows' });
    expect(claims?.['acr']).toBe(acrs.low);
  });

  test('stronger than requested: the token has the requested value, so that the client finds what it asked for', async () => {
    at.bench.finishing.acr = acrs.substantial;
    const { agent, claims } = await signIn(at.bench, at.config, redirectUri, {
      claims: essential(acrs.single, acrs.low),
    });
    expect(claims?.['acr']).toBe(acrs.low);
    // The session itself keeps its level.
    expect((await signIn(at.bench, at.strong, redirectUri, { prompt: 'none' }, agent)).claims?.['acr']).toBe(
      acrs.substantial,
    );
  });

  test.each([
    '{"id_token":{"acr":{"essential":true,"values":"x"}}}',
    '{"id_token":{"acr":{"essential":true,"value":5}}}',
  ])('an acr claim of another shape is refused: %s', async (claims) => {
    expect(await at.errorOf(at.bench.agent(), { claims })).toBe('invalid_request');
  });

  test('a sign-in that never reaches the level ends with the standard error, not in a loop', async () => {
    const agent = at.bench.agent();
    const asking = await ask(at.strong, redirectUri);
    let page = await agent.get(asking.url);
    for (let round = 1; round < maxRounds; round += 1) {
      page = await agent.submit(page);
      expect(page.body).toContain('data-step="stub"');
      expect(at.bench.lastOpened()?.reasons).toEqual(['acr_too_low']);
    }
    expect((await agent.submit(page)).left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });
});
