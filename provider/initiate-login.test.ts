// A sign-in that is given up after a long time; those that succeed: test/flows/begin-anew.test.ts.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, relyingParty, startBench, type Bench } from '../test/harness/engine-bench.ts';

const redirectUri = 'https://app.example/cb';
const secret = 'a-secret-of-more-than-32-characters-00';
const entry = { name: 'App', secret, redirectUris: [redirectUri], initiateLoginUri: 'https://app.example/begin' };

let bench: Bench;
let ahead = 0;
beforeAll(async () => {
  bench = await startBench({
    clock: { now: () => Date.now() + ahead },
    clients: [
      { ...entry, id: 'begins' },
      { ...entry, id: 'starts', url: 'https://app.example/' },
    ],
  });
});
afterAll(() => bench.close());

test.each([
  ['starts', 6, 'https://app.example/'],
  ['begins', 6, 'https://app.example/begin?iss='],
  ['starts', 4, 'https://app.example/cb?error=access_denied'],
])('A-551 %s: who gives up after %i minutes comes to %s', async (id, minutes, to) => {
  const agent = bench.agent();
  const page = await agent.get((await ask(await relyingParty(bench, id, secret), redirectUri)).url);
  const [, abort = ''] = /action="([^"]+\/abort)"/.exec(page.body) ?? [];
  ahead += minutes * 60_000;
  const { left } = await agent.post(bench.issuer + abort, {});
  expect(left?.href.startsWith(to)).toBe(true);
  expect(left?.pathname === '/' || left?.pathname === '/begin').toBe(minutes > 5);
});
