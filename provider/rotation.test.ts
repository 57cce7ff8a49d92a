import { createPublicKey, generateKeyPairSync, verify, type JsonWebKey } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createSecretBox } from '../adapters/secret-box.ts';
import { ask, relyingParty, redeem, signIn, startBench, type Bench } from '../test/harness/engine-bench.ts';
import type { HttpAgent } from '../test/harness/http-agent.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { movableClock, systemClock } from '../time/clock.ts';
import { openKeptKeys } from './kept-keys.ts';
import { createKeyRotation } from './key-rotation.ts';
import { createKeyWatch } from './key-watch.ts';
import { loadKeys, ringOf, type EngineKeys } from './keys.ts';
import { ringRules } from './ring-rules.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';

const kidOf = (token: string | undefined): string =>
  (JSON.parse(Buffer.from(token?.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

const carryOver = (from: HttpAgent, to: Bench): HttpAgent => {
  const agent = to.agent();
  agent.cookies.push(...from.cookies);
  return agent;
};

test('A-102: the first key signs and all verify: sessions, hints and sub survive a rotation; removing a key ends them', async () => {
  const store = await temporaryStore();
  const old = await loadKeys({
    kept: openKeptKeys(store.storage, createSecretBox(Buffer.alloc(32, 3))),
    clock: systemClock,
  });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const fresh = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
  const rotated: EngineKeys = {
    jwks: { keys: [fresh, ...old.jwks.keys] },
    cookieKeys: ['a-new-cookie-key', ...old.cookieKeys],
    pairwiseSalt: old.pairwiseSalt,
  };
  const withKeys = async (keys: EngineKeys): Promise<Bench> =>
    startBench({
      clients: [{ id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri] }],
      issuer: 'https://id.example',
      storage: await store.again(),
      keys,
    });

  const before = await withKeys(old);
  const first = await signIn(before, await relyingParty(before, 'web', secret), redirectUri);
  await before.close();

  const after = await withKeys(rotated);
  const config = await relyingParty(after, 'web', secret);
  const agent = carryOver(first.agent, after);
  const asking = await ask(config, redirectUri, { prompt: 'none', id_token_hint: first.tokens.id_token ?? '' });
  const tokens = await redeem(config, asking, await agent.get(asking.url));
  expect(tokens.claims()?.sub).toBe(first.claims?.sub);
  expect(kidOf(tokens.id_token)).not.toBe(kidOf(first.tokens.id_token));
  const published = JSON.parse((await agent.get('https://id.example/jwks')).body) as { keys: { kid: string }[] };
  expect(published.keys.map(({ kid }) => kid).slice(0, 2)).toEqual([
    kidOf(tokens.id_token),
    kidOf(first.tokens.id_token),
  ]);
  await after.close();

  const alone = await withKeys({ ...rotated, cookieKeys: ['another-cookie-key'] });
  const again = await ask(await relyingParty(alone, 'web', secret), redirectUri, { prompt: 'none' });
  const refused = await carryOver(agent, alone).get(again.url);
  expect(refused.left?.searchParams.get('error')).toBe('login_required');
  await alone.close();
  await store.close();
});

/** A relying party that caches the key set as long as permitted, and reads nothing else. */
function cachingVerifier(fetchSet: () => Promise<unknown>, keepFor: number, now: () => number) {
  let set: { readonly keys: readonly (JsonWebKey & { readonly kid: string })[]; readonly at: number } | undefined;
  return async (token: string): Promise<string> => {
    if (!set || now() - set.at >= keepFor) {
      const { keys } = (await fetchSet()) as { keys: (JsonWebKey & { kid: string })[] };
      set = { keys, at: now() };
    }
    const [header = '', payload = '', signature = ''] = token.split('.');
    const kid = kidOf(token);
    const key = set.keys.find((one) => one.kid === kid);
    if (!key) throw new Error(`The key ${kid} is in no key set that this relying party has.`);
    const good = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    if (!good) throw new Error('The signature is wrong.');
    return kid;
  };
}

test('A-102: keys are added, promoted and retired under twenty sign-ins at once on two nodes, with a relying party that caches the key set: none fails', async () => {
  const store = await temporaryStore();
  const hour = 3_600_000;
  // The clock of the keys alone: days pass for them, seconds for the sign-ins.
  const clock = movableClock(Date.parse('2026-03-01T00:00:00Z'));
  const secretBox = createSecretBox(Buffer.alloc(32, 3));
  const rules = ringRules({ publishHours: 24, absoluteSeconds: 86_400, interactionSeconds: 3_600 });
  const startNode = async () => {
    const storage = await store.again();
    const kept = openKeptKeys(storage, secretBox);
    const bench = await startBench({
      clients: ['RS256', 'ES256'].map((idTokenAlg) => ({
        id: idTokenAlg,
        name: idTokenAlg,
        secret,
        redirectUris: [redirectUri],
        idTokenAlg: idTokenAlg as 'RS256' | 'ES256',
      })),
      issuer: 'https://id.example',
      storage,
      keys: await loadKeys({ kept, clock }),
    });
    const log = pino({ enabled: false });
    return { kept, bench, watch: createKeyWatch({ kept, clock, log, use: bench.useKeys }) };
  };
  const nodes = await Promise.all([startNode(), startNode()]);
  closing.push(
    ...nodes.map(
      ({ bench }) =>
        () =>
          bench.close(),
    ),
    () => store.close(),
  );
  const [one, two] = nodes;
  const audited: string[] = [];
  const rotation = createKeyRotation({
    kept: one.kept,
    rules,
    every: 5 * 24 * hour,
    clock,
    log: pino({ enabled: false }),
    note: ({ action }) => void audited.push(action),
    leader: { isLeader: () => true },
  });
  const fetchSet = async () => JSON.parse((await two.bench.agent().get('https://id.example/jwks')).body) as unknown;
  const verifyCached = cachingVerifier(fetchSet, 23 * hour, () => clock.now());
  const configs = await Promise.all(
    nodes.flatMap(({ bench }) => ['RS256', 'ES256'].map((id) => relyingParty(bench, id, secret))),
  );
  const seen = new Set<string>();
  let last: HttpAgent | undefined;
  for (let step = 0; step < 44; step += 1) {
    clock.advance(7 * hour);
    // The second node reads the changed set only after its sign-ins have begun.
    const changing = rotation.round().then(() => Promise.all(nodes.map(({ watch }) => watch.look())));
    const amount = step % 10 === 0 ? 20 : 4;
    const kids = await Promise.all(
      Array.from({ length: amount }, async (_, index) => {
        const { bench } = index % 4 < 2 ? one : two;
        const config = configs[index % 4];
        if (!config) throw new Error('There is no such client.');
        const { tokens, agent } = await signIn(bench, config, redirectUri);
        last = agent;
        // Its session is valid whichever key signed its cookie.
        const silent = await ask(config, redirectUri, { prompt: 'none', id_token_hint: tokens.id_token ?? '' });
        const again = await redeem(config, silent, await agent.get(silent.url));
        return Promise.all([tokens, again].map(({ id_token: token = '' }) => verifyCached(token)));
      }),
    );
    for (const kid of kids.flat()) seen.add(kid);
    await changing;
  }
  // Nearly 13 days: two rotations of each algorithm.
  expect(seen.size).toBe(6);
  for (const action of ['added', 'promoted', 'retired'])
    expect(audited.filter((each) => each === `signing-key.${action}`)).toHaveLength(4);
  expect(await ringOf(one.kept, 'signing', clock)).toHaveLength(2);

  // A node that starts now has none of the first keys: it knows the key of the newest session.
  const late = await startNode();
  closing.unshift(() => late.bench.close());
  const silent = await ask(await relyingParty(late.bench, 'RS256', secret), redirectUri, { prompt: 'none' });
  if (!last) throw new Error('Nobody signed in.');
  expect((await carryOver(last, late.bench).get(silent.url)).left?.searchParams.has('code')).toBe(true);
}, 120_000);
