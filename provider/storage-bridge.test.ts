import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Adapter } from 'oidc-provider';
import { movableClock, type MovableClock } from '../time/clock.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { counting, withLatency, type Counting } from '../test/harness/storage-wrappers.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import type { Evidence } from '../factors/policy/standing.ts';
import { createStorageBridge, type StorageBridge } from './storage-bridge.ts';

let store: TemporaryStore;
let clock: MovableClock;
let counted: Counting;
let bridge: StorageBridge;
/** The same store, seen by another process. */
let other: StorageBridge;

const slow = (storage: Storage) => withLatency(storage, { min: 0.5, max: 1.5, seed: 7 });

beforeEach(async () => {
  clock = movableClock(1_700_000_000_000);
  store = await temporaryStore(clock);
  counted = counting(store.storage);
  bridge = createStorageBridge({ storage: slow(counted), clock });
  other = createStorageBridge({ storage: slow(await store.again()), clock });
});
afterEach(() => store.close());

async function winners(calls: readonly Promise<unknown>[]): Promise<number> {
  return (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled').length;
}

const times = <T>(make: (index: number) => Promise<T>): Promise<T>[] =>
  Array.from({ length: 16 }, (_, index) => make(index));

describe.each(['AuthorizationCode', 'RefreshToken', 'PushedAuthorizationRequest'])('%s', (model) => {
  test('A-095, A-096: 16 parallel uses in two processes: one wins', async () => {
    await bridge.adapter(model).upsert('once', { jti: 'once', grantId: 'grant' }, 60);
    const both = [bridge.adapter(model), other.adapter(model)] as const;
    await Promise.all(both.map((adapter) => adapter.find('once')));
    expect(await winners(times((index) => (both[index % 2] as Adapter).consume('once')))).toBe(1);
  });

  test('a missing document cannot be consumed', async () => {
    await expect(bridge.adapter(model).consume('never')).rejects.toThrow(/invalid_grant|invalid_request_uri/);
    await bridge.adapter(model).upsert('gone', { jti: 'gone' }, 60);
    clock.advance(60_000);
    await expect(bridge.adapter(model).consume('gone')).rejects.toThrow(/invalid_grant|invalid_request_uri/);
  });

  test('a consumed document is found as consumed until it expires', async () => {
    const adapter = bridge.adapter(model);
    await adapter.upsert('used', { jti: 'used', clientId: 'web' }, 60);
    await adapter.consume('used');
    clock.advance(59_999);
    expect(await adapter.find('used')).toMatchObject({ jti: 'used', clientId: 'web', consumed: 1_700_000_000 });
    clock.advance(1);
    expect(await adapter.find('used')).toBeUndefined();
  });
});

test('a lost race revokes the whole family, the winner included', async () => {
  const code = bridge.adapter('AuthorizationCode');
  await bridge.adapter('Grant').upsert('family', { jti: 'family', accountId: 'ada' }, 60);
  await bridge.adapter('AccessToken').upsert('token', { jti: 'token', grantId: 'family' }, 60);
  await bridge.adapter('AccessToken').upsert('foreign', { jti: 'foreign', grantId: 'another' }, 60);
  await code.upsert('code', { jti: 'code', grantId: 'family' }, 60);
  await code.consume('code');
  await expect(code.consume('code')).rejects.toThrow('invalid_grant');
  expect(await bridge.adapter('Grant').find('family')).toBeUndefined();
  expect(await bridge.adapter('AccessToken').find('token')).toBeUndefined();
  expect(await bridge.adapter('AccessToken').find('foreign')).toBeDefined();
});

test('A-097: one replay id inserted 16 times at once is new once', async () => {
  const both = [bridge.adapter('ReplayDetection'), other.adapter('ReplayDetection')] as const;
  expect(
    await winners(times((index) => (both[index % 2] as Adapter).upsert('jti', { jti: 'jti', iss: 'web' }, 60))),
  ).toBe(1);
});

test('bearer values are not in the store, only their digests', async () => {
  await bridge.adapter('AccessToken').upsert('a-token-that-opens', { jti: 'a-token-that-opens' }, 60);
  const documents = store.storage;
  await expect(documents.ping()).resolves.toBeUndefined();
  const raw = await (await store.again()).collection({ name: 'oidc-access-token' }).page({ limit: 10 });
  expect(JSON.stringify(raw)).not.toContain('a-token-that-opens');
  expect(raw.items).toHaveLength(1);
});

test('a document that was ended during a request stays ended', async () => {
  const here = bridge.adapter('Session');
  await here.upsert('cookie', { jti: 'cookie', uid: 'session', accountId: 'ada' }, 3600);
  await other.adapter('Session').destroy('cookie');
  await here.upsert('cookie', { jti: 'cookie', uid: 'session', accountId: 'ada' }, 3600);
  expect(await here.find('cookie')).toBeUndefined();
  expect(await here.findByUid('session')).toBeUndefined();
});

test('a session is found by its uid, and ended for a person on every node', async () => {
  await bridge.adapter('Session').upsert('one', { jti: 'one', uid: 'first', accountId: 'ada' }, 3600);
  await bridge.adapter('Session').upsert('two', { jti: 'two', uid: 'second', accountId: 'bob' }, 3600);
  expect(await other.adapter('Session').findByUid('first')).toMatchObject({ accountId: 'ada', jti: 'one' });
  await other.endSessions('ada');
  expect(await bridge.adapter('Session').find('one')).toBeUndefined();
  expect(await bridge.adapter('Session').find('two')).toBeDefined();
});

test('saving a document that was just read or written costs one call; two more after another process has written', async () => {
  const here = bridge.adapter('Session');
  await here.upsert('cookie', { jti: 'cookie', uid: 'session' }, 3600);
  counted.reset();
  await here.upsert('cookie', { jti: 'cookie', uid: 'session', accountId: 'ada' }, 3600);
  expect(counted.calls().total).toBe(1);
  await other.adapter('Session').upsert('cookie', { jti: 'cookie', uid: 'session', accountId: 'bob' }, 3600);
  counted.reset();
  await here.upsert('cookie', { jti: 'cookie', uid: 'session', accountId: 'eve' }, 3600);
  expect(counted.calls().total).toBe(3);
  expect(await other.adapter('Session').find('cookie')).toMatchObject({ accountId: 'eve' });
});

describe('interactions', () => {
  test('the engine’s save keeps the state, and ending the interaction removes both', async () => {
    const { interactions } = bridge;
    await interactions.adapter.upsert('uid', { jti: 'uid', returnTo: '/auth/uid' }, 3600);
    const base = await interactions.read('uid');
    await interactions.replace(
      base as NonNullable<typeof base>,
      { engine: { jti: 'uid' }, state: { at: 'password' } },
      clock.now() + 60_000,
    );
    // The other process has not seen the state when it saves.
    await other.interactions.adapter.upsert('uid', { jti: 'uid', result: { login: { accountId: 'ada' } } }, 3600);
    await bridge.interactions.adapter.upsert('uid', { jti: 'uid', cid: 'again' }, 3600);
    expect((await interactions.read('uid'))?.value).toEqual({
      engine: { jti: 'uid', cid: 'again' },
      state: { at: 'password' },
    });
    await other.interactions.adapter.destroy('uid');
    await bridge.interactions.adapter.upsert('uid', { jti: 'uid' }, 3600);
    expect(await interactions.read('uid')).toBeUndefined();
  });

  test('two saves of the state from one version: one wins', async () => {
    await bridge.interactions.adapter.upsert('uid', { jti: 'uid' }, 3600);
    const base = (await bridge.interactions.read('uid')) as NonNullable<
      Awaited<ReturnType<typeof bridge.interactions.read>>
    >;
    const saved = await Promise.all(
      times((index) =>
        (index % 2 ? bridge : other).interactions.replace(base, { engine: {}, state: index }, clock.now() + 1000),
      ),
    );
    expect(saved.filter((version) => version !== undefined)).toHaveLength(1);
  });
});

test('models that are switched off are empty and refuse to be written', async () => {
  expect(await bridge.adapter('Client').find('web')).toBeUndefined();
  await expect(bridge.adapter('PreAuthorizedCode').upsert('x', {}, 60)).rejects.toThrow('PreAuthorizedCode');
});

describe('A-254: relying parties that were removed from a session stay removed', () => {
  const old = { password: { at: 1, setAt: 0 }, keys: [{ key: 'k1' }] } as unknown as Evidence;
  const left = { keys: [] };
  const session = {
    uid: 'u',
    accountId: 'ada',
    loginTs: 1,
    rests: old,
    authorizations: { shop: { sid: 's1', grantId: 'g1' }, bank: { sid: 's2', grantId: 'g2' } },
  } as never;
  const stored = async (id: string) => (await bridge.sessionsOf('ada')).find(({ jti }) => jti === id);
  beforeEach(() => bridge.adapter('Session').upsert('one', session, 60));

  test('the session is kept, with the valid evidence and without these relying parties', async () => {
    await bridge.withoutClients('one', ['shop', 'bank'], left);
    expect(await stored('one')).toMatchObject({ accountId: 'ada', rests: left, authorizations: {} });
    expect(await bridge.adapter('Session').find('one')).toMatchObject({ rests: left, authorizations: {} });
    await bridge.withoutClients('gone', ['shop'], left);
    clock.advance(60_000);
    expect(await stored('one')).toBeUndefined();
  });

  test.each([
    ['the same process', () => bridge],
    ['another process', () => other],
  ])('a request of %s that had read it before saves what came new, and brings nothing back', async (_, of) => {
    const adapter = of().adapter('Session');
    const read = await adapter.find('one');
    await bridge.withoutClients('one', ['shop'], left);
    // A further request reads it in between.
    await adapter.find('one');
    await adapter.upsert('one', { ...read, authorizations: { ...read?.authorizations, news: { sid: 's3' } } }, 60);
    expect(await stored('one')).toMatchObject({
      rests: left,
      authorizations: { bank: { sid: 's2' }, news: { sid: 's3' } },
    });
    // The one after that, too.
    await adapter.upsert('one', { ...read, state: {} }, 60);
    expect(Object.keys((await stored('one'))?.authorizations ?? {})).toEqual(['bank']);
    // A relying party that signs in again later is new.
    const back = await adapter.find('one');
    await adapter.upsert('one', { ...back, authorizations: { shop: { sid: 's4' } } }, 60);
    expect((await stored('one'))?.authorizations).toEqual({ shop: { sid: 's4' } });
  });

  test.each([
    ['the same process', () => bridge],
    ['another process', () => other],
  ])('a request of %s that signs in meanwhile keeps what it proved itself', async (_, of) => {
    const adapter = of().adapter('Session');
    const read = await adapter.find('one');
    await bridge.withoutClients('one', ['shop', 'bank'], left);
    await adapter.destroy('one');
    const proved = { keys: [{ key: 'k2' }] };
    const given = { ...read?.authorizations, news: { sid: 's3' } };
    await adapter.upsert('two', { ...read, loginTs: 2, rests: proved, authorizations: given }, 60);
    expect(await stored('one')).toBeUndefined();
    expect(await stored('two')).toMatchObject({ rests: proved, authorizations: { news: { sid: 's3' } } });
    expect(Object.keys((await stored('two'))?.authorizations ?? {})).toEqual(['news']);
  });
});
