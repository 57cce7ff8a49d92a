/** Every store call of a sign-in: how many, of which collection, and of which type. */
import { setTimeout } from 'node:timers/promises';
import { ofOneStore } from '../app/collections.ts';
import { databases } from './databases.ts';
import type { Say } from './growth.ts';
import { load, measured, type Measured } from './measured.ts';
import { explainPlans } from './plans.ts';

const people = 40;
const housekeeping = ofOneStore.map(({ name }) => name);
const shapes: Readonly<Record<string, string>> = {
  get: 'by _id',
  insert: 'by _id',
  replace: 'by _id',
  remove: 'by _id',
  findBy: 'by one index',
  removeBy: 'by one index',
};

export async function roundTrips(say: Say): Promise<void> {
  await roundTripsOn('embedded', say);
  if (databases.isGiven()) await roundTripsOn('mongodb', say);
}

async function roundTripsOn(store: 'embedded' | 'mongodb', say: Say): Promise<void> {
  const server = await measured('product-server.ts', 'no-hash', store, 'counted');
  await server.order('people', people);
  await load(server, people, people, 1);
  // The relay removes their pending items a second later.
  await setTimeout(3_000);
  await counted(server);
  await load(server, people, people, 1);
  const calls = await counted(server);
  const sum = (fits: (collection: string, call: string) => boolean) =>
    Object.entries(calls).reduce((total, [name, count]) => {
      const [collection = '', call = ''] = name.split('.');
      return housekeeping.includes(collection) || !fits(collection, call) ? total : total + count / people;
    }, 0);
  const isEngine = (collection: string) => collection.startsWith('oidc-') || collection === 'interactions';
  const isAudit = (collection: string) => collection === 'audit';

  console.log(`  ${store}: by collection and function, a sign-in with a password and an app`);
  for (const [name, count] of Object.entries(calls).toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`    ${name.padEnd(44)} ${(count / people).toFixed(2).padStart(6)}`);
  const total = sum((collection) => !isAudit(collection));
  // The record of a sign-in also has our steps; the engine itself writes it once more, at the end.
  const steps = (calls['interactions.replace'] ?? 0) / people - 1;
  const own = sum(isEngine) - steps;
  say(`round trips of a sign-in, ${store}`, total.toFixed(1), '≤ 24');
  say('  of which the engine’s own', own.toFixed(1), '≤ 16');
  say('  of which for steps, people and dates', (total - own).toFixed(1), 'the rest');
  say('  beside them the audit, one write for all sign-ins of 150 ms', sum(isAudit).toFixed(1), '≤ 1');
  for (const shape of new Set(Object.values(shapes)))
    say(
      `  ${shape}`,
      sum((_, call) => shapes[call] === shape).toFixed(1),
      shape === 'by _id' ? 'nearly all' : 'bounded',
    );
  say('  of any other shape', sum((_, call) => shapes[call] === undefined).toFixed(1), '0');
  const uri = server.ready['uri'];
  if (typeof uri === 'string') await explainPlans(uri);
  await server.stop();
}

const counted = (server: Measured): Promise<Readonly<Record<string, number>>> => server.order('calls');
