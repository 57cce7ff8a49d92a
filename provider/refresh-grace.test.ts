import { afterEach, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import type { Storage } from '../adapters/storage/port.ts';
import { openMongodb } from '../adapters/storage/mongodb/open-mongodb.ts';
import { relyingParty, signIn, startBench, type Bench } from '../test/harness/engine-bench.ts';
import { startMongodb } from '../test/harness/mongodb-server.ts';
import { withLatency } from '../test/harness/storage-wrappers.ts';
import { withMongodb } from '../test/harness/with-mongodb.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
let ahead = 0;
const clock = { now: () => Date.now() + ahead };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  ahead = 0;
  for (const close of closing.splice(0)) await close();
});

function grace(open: () => Promise<Storage | undefined>): void {
  const start = async (graceSeconds?: number) => {
    const storage = await open();
    const bench: Bench = await startBench({
      clients: [{ id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], refresh: true }],
      clock,
      settings: { refreshGraceSeconds: graceSeconds },
      ...(storage ? { storage } : { wrapStorage: (plain: Storage) => withLatency(plain, { min: 1, max: 1, seed: 1 }) }),
    });
    closing.unshift(() => bench.close());
    const config = await relyingParty(bench, 'web', secret);
    const { tokens } = await signIn(bench, config, redirectUri);
    return { config, first: tokens.refresh_token ?? '' };
  };
  const refused = { error: 'invalid_grant' };

  test('A-221a: three refreshes at once with one token give one chain, whose successor works', async () => {
    const { config, first } = await start();
    const answers = await Promise.all([1, 2, 3].map(() => oidc.refreshTokenGrant(config, first)));
    const [successor] = new Set(answers.map(({ refresh_token: token }) => token));
    expect(answers.map(({ refresh_token: token }) => token)).toEqual([successor, successor, successor]);
    expect(successor).not.toBe(first);
    for (const { access_token: token } of answers)
      expect(await oidc.fetchUserInfo(config, token, oidc.skipSubjectCheck)).toHaveProperty('sub');
    const next = await oidc.refreshTokenGrant(config, successor ?? '');
    expect(next.refresh_token).not.toBe(successor);
  });

  test('A-221a: a lost answer can be requested again until 1 ms before the end of the grace', async () => {
    const { config, first } = await start();
    const lost = await oidc.refreshTokenGrant(config, first);
    ahead += 15_000;
    expect((await oidc.refreshTokenGrant(config, first)).refresh_token).toBe(lost.refresh_token);
  });

  test.each([
    ['after the grace', undefined, 20_000, false],
    ['once the successor was used', undefined, 0, true],
    ['where no grace is configured', 0, 0, false],
  ])('A-221a: %s the whole family falls', async (_when, graceSeconds, later, uses) => {
    const { config, first } = await start(graceSeconds);
    const second = await oidc.refreshTokenGrant(config, first);
    const last = uses ? await oidc.refreshTokenGrant(config, second.refresh_token ?? '') : second;
    ahead += later;
    await expect(oidc.refreshTokenGrant(config, first)).rejects.toMatchObject(refused);
    await expect(oidc.refreshTokenGrant(config, last.refresh_token ?? '')).rejects.toMatchObject(refused);
    await expect(oidc.fetchUserInfo(config, last.access_token, oidc.skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('A-221a: introspection reports a used token as used, and its successor as active', async () => {
    const { config, first } = await start();
    const { refresh_token: successor = '' } = await oidc.refreshTokenGrant(config, first);
    expect(await oidc.tokenIntrospection(config, first)).toMatchObject({ active: false });
    expect(await oidc.tokenIntrospection(config, successor)).toMatchObject({ active: true });
  });
}

describe('the embedded store', () => {
  grace(() => Promise.resolve(undefined));
});
withMongodb('MongoDB', () => {
  grace(async () => {
    const server = await startMongodb();
    const storage = await openMongodb({ uri: server.uri(server.newDatabase()), clock, pool: 20, timeout: 20_000 });
    closing.push(
      () => storage.close(),
      () => server.stop(),
    );
    return storage;
  });
});
