/** The product on its durable store, with people who hold an authenticator app. First argument: `hash` or `no-hash`. */
import { systemClock } from '../adapters/clock.ts';
import { startProduct } from '../test/harness/product.ts';
import { client } from './conversation.ts';
import { addMany, totp } from './many-people.ts';
import { serve } from './served.ts';

const plain = {
  hash: async (secret: string) => `plain ${secret}`,
  matches: async (hash: string, secret: string) => hash === `plain ${secret}`,
};
const withHash = process.argv[2] === 'hash';
const product = await startProduct(
  {
    signIn: { order: 'name-first' },
    factors: { 'authenticator-app': {} },
    log: { level: 'warn' },
    clients: [{ id: client.id, name: 'Bench', secret: client.secret, redirectUris: [client.redirectUri] }],
  },
  { at: systemClock.now(), ...(withHash ? {} : { hash: plain }) },
);
product.logs.push = () => 0;
serve(
  { port: Number(new URL(product.issuer).port), totp, now: product.clock.now() },
  {
    people: (count: number) => addMany(product.house, count),
    advance: (by: number) => {
      product.clock.advance(by);
      return product.clock.now();
    },
    close: () => product.close(),
  },
);
