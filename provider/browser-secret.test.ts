import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type * as oidc from 'openid-client';
import type { Storage } from '../adapters/storage/port.ts';
import { ask, redeem, relyingParty, startBench, type Bench } from '../test/harness/engine-bench.ts';
import type { Cookie, HttpAgent } from '../test/harness/http-agent.ts';
import { redirectUri, secret } from '../test/harness/sign-in-bench.ts';

const issuer = 'https://id.example';
const prefix = '__Host-sign-in-';

/** Everything that was inserted into the store, as JSON. */
const written: string[] = [];
const watched = (storage: Storage): Storage => ({
  ...storage,
  collection(spec) {
    const collection = storage.collection(spec);
    return {
      ...collection,
      insert: (...given) => {
        written.push(JSON.stringify(given));
        return collection.insert(...given);
      },
    };
  },
});

let bench: Bench;
let config: oidc.Configuration;
beforeAll(async () => {
  bench = await startBench({
    clients: [{ id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri] }],
    issuer,
    settings: { proxy: true },
    wrapStorage: watched,
  });
  config = await relyingParty(bench, 'web', secret);
});
afterAll(() => bench.close());

const headers = { 'x-forwarded-proto': 'https' };
const begin = async (agent: HttpAgent = bench.agent()) => {
  const asking = await ask(config, redirectUri);
  const page = await agent.get(asking.url, { headers });
  return { agent, asking, page, uid: bench.lastOpened()?.uid ?? '' };
};
const secretsOf = (agent: HttpAgent): Cookie[] => agent.cookies.filter(({ name }) => name.startsWith(prefix));
/** All cookies that a sibling host can set: any name without `__Host-`. */
const plant = (from: HttpAgent, into: HttpAgent): void =>
  void into.cookies.push(...from.cookies.filter(({ name }) => !name.startsWith('__Host-')));

describe('A-202 a sign-in belongs to the browser that began it', () => {
  test('its secret is a cookie that no sibling host can set; the store has only its digest', async () => {
    const { agent, uid } = await begin();
    const [cookie, ...more] = secretsOf(agent);
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({ path: '/', secure: true, httpOnly: true, sameSite: 'lax' });
    expect(cookie?.value).toMatch(/^[\w-]{43}$/);
    expect(written.join()).toContain(uid);
    expect(written.join()).not.toContain(cookie?.value);
  });

  test('planted cookies open no page, finish nothing and resume nothing, in either browser', async () => {
    const eve = await begin();
    const victim = await begin();
    plant(eve.agent, victim.agent);
    const action = `${issuer}/interaction/${eve.uid}`;
    expect((await victim.agent.get(action, { headers })).body).toContain('interaction_foreign');
    for (const end of ['finish', 'abort'])
      expect((await victim.agent.post(`${action}/${end}`, {}, { headers })).body).toBe('interaction_foreign');
    // Finished by the attacker, and continued by the victim: neither a code nor a session.
    const held = await eve.agent.post(`${action}/finish`, {}, { headers, follow: 'no' });
    const resume = held.headers.location ?? '';
    const page = await victim.agent.get(resume, { headers });
    expect([page.status, page.left]).toEqual([403, undefined]);
    expect(page.body).toContain('interaction_foreign');
    expect(victim.agent.cookie('__Host-session')).toBeUndefined();
    const end = await eve.agent.get(resume, { headers });
    expect((await redeem(config, eve.asking, end)).claims()?.sub).toBeTruthy();
  });

  test('a secret that is altered, truncated, of another sign-in, or missing', async () => {
    const { agent, uid } = await begin();
    const other = secretsOf((await begin()).agent)[0]?.value ?? '';
    const [own] = secretsOf(agent);
    const kept = agent.cookies.filter((cookie) => cookie !== own);
    const value = own?.value ?? '';
    for (const wrong of [other, value.slice(1), `${value}A`, value.toUpperCase(), '', undefined]) {
      const thief = bench.agent();
      thief.cookies.push(...kept, ...(own && wrong !== undefined ? [{ ...own, value: wrong }] : []));
      const page = await thief.get(`${issuer}/interaction/${uid}`, { headers });
      expect([wrong, page.body]).toEqual([wrong, expect.stringContaining('interaction_foreign')]);
    }
    expect((await agent.get(`${issuer}/interaction/${uid}`, { headers })).body).toContain('data-step="stub"');
  });

  test('tabs that open at once all continue; of very many the oldest is removed', async () => {
    const parallel = await Promise.all(Array.from({ length: 4 }, () => begin()));
    const browser = bench.agent();
    for (const { agent } of parallel) browser.cookies.push(...agent.cookies);
    for (const { page, asking } of parallel)
      expect((await browser.submit(page)).left?.searchParams.get('state')).toBe(asking.state);

    const first = await begin();
    for (let more = 0; more < 20; more += 1) await begin(first.agent);
    expect(secretsOf(first.agent)).toHaveLength(12);
    expect((await first.agent.get(first.page.url, { headers })).body).toContain('interaction_foreign');
  });

  test('a browser without any cookie gets a page that says so', async () => {
    const { uid } = await begin();
    expect((await bench.agent().get(`${issuer}/interaction/${uid}`, { headers })).body).toContain('cookies_missing');
  });
});
