/**
 * The product with people of many shapes, and what an administrator asks of all of them. Argument: `embedded` or
 * `mongodb`.
 */
import type { StoredPerson } from '../accounts/account-mac.ts';
import type { Collection } from '../adapters/storage/port.ts';
import { scheduleFactor } from '../admin/use-cases/factor-schedule.ts';
import { configurationFacts } from '../admin/configuration-facts.ts';
import { lookAtConfiguration } from '../admin/use-cases/configuration-look.ts';
import { peopleOfFactor } from '../admin/use-cases/factor-people.ts';
import type { Segment } from '../audit/hash-chain.ts';
import { startProduct } from '../test/harness/product.ts';
import { systemClock } from '../time/clock.ts';
import { addLines, countLines, forget } from './audit-lines.ts';
import { client } from './conversation.ts';
import { addMany, totp } from './many-people.ts';
import { addShapes, watchCollections } from './many-shapes.ts';
import { serve } from './served.ts';

const database = process.argv[2] === 'mongodb' ? await (await import('./databases.ts')).databases.open() : undefined;
const collections = new Map<string, Collection<never>>();
const rp = { name: 'Bench', secret: client.secret, redirectUris: [client.redirectUri] };
const product = await startProduct(
  {
    signIn: { order: 'name-first', secureAccount: true },
    factors: { 'authenticator-app': {}, 'email-otp': { recommended: true }, 'token-card': {} },
    log: { level: 'warn' },
    ...(database ? { storage: { mongodb: { uri: database.uri } } } : {}),
    clients: [
      { id: client.id, ...rp },
      { id: 'strict', ...rp, level: 'substantial' },
      { id: 'cards', ...rp, accepts: ['token-card', 'authenticator-app'] },
    ],
  },
  {
    at: systemClock.now(),
    hash: {
      hash: async (secret: string) => `plain ${secret}`,
      matches: async (hash: string, secret: string) => hash === `plain ${secret}`,
    },
    around: (storage) => watchCollections(storage, collections),
  },
);
product.logs.push = () => 0;
const { services } = product;
await product.app.flush();

function collection<T extends object>(name: string): Collection<T> {
  const found = collections.get(name);
  if (!found) throw new Error(`The product has no collection ${name}.`);
  return found;
}

/** What `rekey factor schedule token-card … --dry-run` does. */
async function preflight(): Promise<{ readonly ms: number; readonly people: number; readonly stranded: number }> {
  const begun = performance.now();
  const outcome = await scheduleFactor(services, {
    factor: 'token-card',
    days: { untilAndIncluding: 'in 90 days' },
    zone: 'Europe/Brussels',
    by: 'bench',
    dryRun: true,
  });
  const ms = performance.now() - begun;
  const { looks = [] } = outcome.ok ? outcome.value : outcome;
  return { ms, people: looks[0]?.people ?? 0, stranded: looks[0]?.newlyStranded ?? 0 };
}

async function holders(): Promise<{ readonly ms: number; readonly listed: number; readonly read: number }> {
  const begun = performance.now();
  const found = await peopleOfFactor(services, { factor: 'token-card' });
  if (!found.ok) throw new Error(JSON.stringify(found));
  let [listed, read] = [0, 0];
  for await (const page of found.value.pages()) {
    listed += page.lines.length;
    ({ read } = page);
  }
  return { ms: performance.now() - begun, listed, read };
}

/**
 * What `rekey config check` does, where the configuration that was accepted last took cards everywhere and this one does
 * not enable them.
 */
async function configuration(): Promise<{ readonly ms: number; readonly people: number; readonly stranded: number }> {
  const { 'token-card': _off, ...factors } = services.settings.factors;
  const without = { ...services, settings: { ...services.settings, factors } };
  const accepted = { digest: '', facts: configurationFacts(services), at: 0 };
  const begun = performance.now();
  const { people: counted, newlyStranded } = await lookAtConfiguration(without, { accepted });
  return { ms: performance.now() - begun, people: counted, stranded: newlyStranded };
}

/**
 * Gives a factor this last day. The next decision's time here (ms), and the instant (ms of the machine's clock) of the
 * change.
 */
async function changeDate(sunsetAt: number): Promise<{ readonly here: number; readonly changed: number }> {
  await services.schedules.change('bench', (all) => {
    const rules = [{ scope: { kind: 'all' as const }, sunsetAt }];
    const schedule = {
      factor: 'email-otp',
      zone: 'Europe/Brussels',
      after: 'refuse' as const,
      replacements: [],
      rules,
    };
    return { ...all, 'email-otp': schedule };
  });
  const changed = Date.now();
  const begun = performance.now();
  const now = (await services.schedules.current())['email-otp'];
  if (now?.rules[0]?.sunsetAt !== sunsetAt) throw new Error('The change does not count on the next request.');
  return { here: performance.now() - begun, changed };
}

serve(
  { port: Number(new URL(product.issuer).port), totp, now: product.clock.now(), file: product.file },
  {
    people: (count: number) => addMany(services, count),
    fill: (count: number) => addShapes(services, collection<StoredPerson>('people'), count),
    preflight,
    configuration,
    lines: (count: number) => addLines(services, collection<Segment>('audit'), count),
    forget: () => forget(collections.get('figure-days'), collections.get('figure-marks')),
    count: () => countLines(services),
    holders,
    changeDate,
    advance: (by: number) => {
      product.clock.advance(by);
      return product.clock.now();
    },
    close: async () => {
      await product.close();
      await database?.drop();
    },
  },
);
