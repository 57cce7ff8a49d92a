// Every path of the engine has one spelling. A-688.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startBench, type Bench } from '../test/harness/engine-bench.ts';
import { isOtherSpelling } from './methods.ts';
import { routes } from './routes.ts';

let bench: Bench;
beforeAll(async () => {
  const tv = { id: 'tv', name: 'T', tokenEndpointAuthMethod: 'none', deviceGrant: true, redirectUris: [] } as const;
  bench = await startBench({ clients: [tv] });
});
afterAll(() => bench.close());

const ours = [...Object.values(routes), `${routes.end_session}/confirm`, '/.well-known/openid-configuration'];
const bent = (path: string) => [`${path}/`, path.toUpperCase(), path.replace(/[a-z]/, (one) => one.toUpperCase())];

test.each(ours)('A-688 %s is answered, and no other spelling of it', async (path) => {
  const statusOf = async (way: string): Promise<readonly number[]> =>
    Promise.all(
      ['GET', 'POST', 'OPTIONS'].map(
        async (method) => (await fetch(`${bench.issuer}${way}`, { method, redirect: 'manual' })).status,
      ),
    );
  expect(await statusOf(path)).not.toEqual([404, 404, 404]);
  const typed = path === routes.code_verification ? 302 : 404;
  for (const way of bent(path)) expect([way, ...(await statusOf(way))]).toEqual([way, typed, 404, 404]);
});

test.each(['/Device', '/device/', '/DEVICE/'])('A-688 %s, typed from a screen, leads to the page', async (way) => {
  const { status, headers } = await fetch(`${bench.issuer}${way}?user_code=BBBB-BBBB`, { redirect: 'manual' });
  expect([status, headers.get('location')]).toEqual([302, '/device']);
});

test.each([
  ['/auth/Ab-_1', false],
  ['/device/Ab-_1', false],
  ['/interaction/Ab-_1/password', false],
  ['/', false],
  ['/my/keys', false],
  ['/elsewhere/', false],
  ['/auth/Ab-_1/', true],
  ['/Auth/Ab-_1', true],
  ['/DEVICE/Ab-_1', true],
  ['/device/Auth', true],
  ['/Interaction/Ab-_1/password', true],
])('A-688 whether %s is another spelling: %s', (path, other) => expect(isOtherSpelling(path)).toBe(other));
