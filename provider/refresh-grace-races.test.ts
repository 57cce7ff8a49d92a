/** Two nodes, one family of refresh tokens: a used token stays used, however late another answer is written. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Adapter, Provider } from 'oidc-provider';
import requests from 'oidc-provider/lib/helpers/als.js';
import { createSecretBox } from '../adapters/secret-box.ts';
import { movableClock } from '../time/clock.ts';
import { temporaryStore, type TemporaryStore } from '../test/harness/temporary-store.ts';
import { takeChosenValues } from './refresh-grace.ts';
import { createStorageBridge } from './storage-bridge.ts';

const clock = movableClock(1_700_000_000_000);
const secretBox = createSecretBox(Buffer.alloc(32, 7));
let store: TemporaryStore;
let here: Adapter;
let there: Adapter;
beforeEach(async () => {
  store = await temporaryStore(clock);
  const [one, other] = [store.storage, await store.again()].map((storage) =>
    createStorageBridge({ storage, clock, refresh: { graceSeconds: 20, secretBox } }).adapter('RefreshToken'),
  );
  if (!one || !other) throw new Error('There are two nodes.');
  [here, there] = [one, other];
});
afterEach(() => store.close());

/** One request with a token; the store calls in it can be delayed. */
function tokenRequest() {
  const ctx = { req: {}, oidc: { route: 'token' } };
  return <T>(work: () => Promise<T>): Promise<T> => requests.run(ctx, work);
}
const token = { generateTokenId: () => 'none was chosen' };
takeChosenValues({ RefreshToken: { prototype: token } } as unknown as Provider);
const payload = (jti: string) => ({ jti, grantId: 'family', accountId: 'ada', clientId: 'web' });

test.each([['on another node'], ['on the same node']])(
  'A-221a: a successor that was used %s stays used when a late answer within the grace of its predecessor is written',
  async (where) => {
    const other = where === 'on the same node' ? here : there;
    await here.upsert('first', payload('first'), 600);
    const quick = tokenRequest();
    const late = tokenRequest();
    const given = await quick(async () => {
      await here.consume('first');
      return token.generateTokenId();
    });
    await quick(() => here.upsert(given, payload(given), 600));
    await late(() => here.consume('first'));
    const next = tokenRequest();
    await next(async () => {
      await other.find(given);
      await other.consume(given);
    });
    await here.find(given);
    await late(() => here.upsert(given, payload(given), 600));
    expect(await here.find(given)).toMatchObject({ consumed: 1_700_000_000 });
    expect(await there.find(given)).toMatchObject({ consumed: 1_700_000_000 });
  },
);
