import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createSecretBox } from '../adapters/secret-box.ts';
import { ask, relyingParty, redeem, signIn, startBench, type Bench } from '../test/harness/engine-bench.ts';
import type { HttpAgent } from '../test/harness/http-agent.ts';
import { temporaryStore } from '../test/harness/temporary-store.ts';
import { loadKeys, type EngineKeys } from './keys.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';

const kidOf = (token: string | undefined): string =>
  (JSON.parse(Buffer.from(token?.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

const carryOver = (from: HttpAgent, to: Bench): HttpAgent => {
  const agent = to.agent();
  agent.cookies.push(...from.cookies);
  return agent;
};

test('A-102: the first key signs and all verify: sessions, hints and sub outlive a rotation; a key taken away ends them', async () => {
  const store = await temporaryStore();
  const old = await loadKeys({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 3)) });
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
