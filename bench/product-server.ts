/**
 * The product on a durable store, with accounts that have an authenticator app. Arguments: `hash` or `no-hash`,
 * `embedded` or `mongodb`, `devices` for passkeys instead, `site` for *My digital keys*, or
 * `counted` to count its store calls.
 */
import { systemClock } from '../time/clock.ts';
import { startProduct } from '../test/harness/product.ts';
import { counting, type Counting } from '../test/harness/storage-wrappers.ts';
import { client } from './conversation.ts';
import { addMany, totp } from './many-people.ts';
import { serve } from './served.ts';

const plain = {
  hash: async (secret: string) => `plain ${secret}`,
  matches: async (hash: string, secret: string) => hash === `plain ${secret}`,
};
const withHash = process.argv[2] === 'hash';
const database = process.argv[3] === 'mongodb' ? await (await import('./databases.ts')).databases.open() : undefined;
let calls: Counting | undefined;
const product = await startProduct(
  {
    signIn: { order: 'name-first' },
    factors: process.argv[4] === 'devices' ? { passkey: {} } : { 'authenticator-app': {} },
    log: { level: 'warn' },
    ...(process.argv[4] === 'site' ? { sites: { selfService: true } } : {}),
    ...(database ? { storage: { mongodb: { uri: database.uri } } } : {}),
    clients: [{ id: client.id, name: 'Bench', secret: client.secret, redirectUris: [client.redirectUri] }],
  },
  {
    at: systemClock.now(),
    ...(withHash ? {} : { hash: plain }),
    ...(process.argv[4] === 'counted' ? { around: (storage) => (calls = counting(storage)) } : {}),
  },
);
product.logs.push = () => 0;
serve(
  { port: Number(new URL(product.issuer).port), totp, now: product.clock.now(), uri: database?.uri },
  {
    people: (count: number) => addMany(product.services, count),
    // Loaded only if requested: a serving product loads no test harness.
    devices: async (count: number) => (await import('./passkey-people.ts')).addDevices(product.services, count),
    advance: (by: number) => {
      product.clock.advance(by);
      return product.clock.now();
    },
    calls: () => {
      const by = calls?.calls().by;
      calls?.reset();
      return by;
    },
    close: async () => {
      await product.close();
      await database?.drop();
    },
  },
);
