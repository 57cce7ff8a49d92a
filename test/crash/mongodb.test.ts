/**
 * D-02, D-03, D-08 on MongoDB: the database server and the product are killed (-9) in turn while people sign in and
 * move from the card to an app. Everything that they were told has happened, once. Larger: REKEY_CRASH_SIGN_INS=500
 * REKEY_CRASH_MIGRATIONS=200 npm test -- test/crash/mongodb
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { neededSource } from '../harness/mongodb-source.ts';
import { startMongodb, type MongodbServer } from '../harness/mongodb-server.ts';
import { addPerson, type NewPerson } from '../harness/product.ts';
import { seeded } from '../harness/storage-wrappers.ts';
import { withMongodb } from '../harness/with-mongodb.ts';
import { allIsSaid, serverToKill, movedOf, type ServerToKill } from './server-to-kill.ts';
import { migrate, signIn, type SignedIn } from './people-on-the-move.ts';

const signIns = Number(process.env['REKEY_CRASH_SIGN_INS'] ?? 24);
const migrations = Number(process.env['REKEY_CRASH_MIGRATIONS'] ?? 10);
const each = 8;
const atOnce = 6;
const chance = seeded(20_240_131);

let server: MongodbServer;
let at: ServerToKill;
const going = { on: true };

const moment = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Again and again, as people do after an interruption. */
async function untilDone<R>(what: () => Promise<R>): Promise<R | undefined> {
  for (;;) {
    try {
      return await what();
    } catch (error) {
      if (!going.on) throw error;
      await moment(50);
    }
  }
}

/** A few at a time: every code of a card is hashed, and the queue is limited. */
async function newPeople(count: number): Promise<readonly NewPerson[]> {
  const people: NewPerson[] = [];
  await crowd(Array.from({ length: count }, () => async () => void people.push(await addPerson(at.services))));
  return people;
}

/** All of them, several at a time. */
async function crowd(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...tasks];
  const worker = async () => {
    for (let task = left.shift(); task; task = left.shift()) await task();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

withMongodb('MongoDB', () => {
  beforeAll(async () => {
    server = await startMongodb();
    at = await serverToKill(
      { count: 40, warnAt: 2, reuse: 'single-use' },
      { storage: { mongodb: { uri: server.uri(server.newDatabase()) } } },
    );
  }, 200_000);
  afterAll(async () => {
    going.on = false;
    await at.close();
    await server.stop();
  });

  test(
    'killed in turn, server and product: nothing acknowledged is lost, nothing is doubled',
    async () => {
      const killsServer = (await neededSource()).kind !== 'given';
      const cards = await newPeople(Math.ceil(signIns / each));
      const movers = await newPeople(migrations);
      await at.start();

      const kills = { server: 0, node: 0 };
      const progress = { completed: 0 };
      const told = new Set<string>();
      const signedIn = new Map<NewPerson, SignedIn[]>(cards.map((person) => [person, []]));
      const tasks = [
        ...movers.map((person) => async () => {
          if ((await untilDone(() => migrate(at.issuer, person))) === true) told.add(person.person.id);
          progress.completed += 1;
        }),
        ...cards.map((person) => async () => {
          const list = signedIn.get(person) ?? [];
          const mine = cards.indexOf(person) < cards.length - 1 ? each : signIns - each * (cards.length - 1);
          while (list.length < mine) {
            // On a machine of any speed some run after the kill of the server, and some after the kill of the product.
            if (list.length > mine / 2) while (kills.server + kills.node < 2) await moment(20);
            const done = await untilDone(() => signIn(at.issuer, person));
            if (done) list.push(done);
            progress.completed += 1;
          }
        }),
      ];
      const working = { on: true };
      const killer = async () => {
        for (let round = 0; working.on; round += 1) {
          const before = progress.completed;
          await moment(500 + chance() * 1_500);
          // On a slow machine nobody would get through between two kills. The first two come in any case: people wait
          // for them.
          if (round > 1) while (working.on && progress.completed === before) await moment(20);
          if (!working.on) break;
          if (killsServer && round % 2 === 0) {
            await server.kill();
            kills.server += 1;
            await moment(chance() * 1_000);
            await server.restart();
          } else {
            await at.kill();
            kills.node += 1;
            await at.start();
          }
        }
      };
      const patience = setTimeout(() => (going.on = false), 120_000 + 6_000 * (signIns + migrations));
      const killing = killer();
      await crowd(tasks).finally(() => (working.on = false));
      clearTimeout(patience);
      await killing;
      expect(kills.node + kills.server).toBeGreaterThan(1);

      // No code of a card was accepted twice, each accepted one is used, and no authorization code gave tokens twice.
      for (const [person, list] of signedIn) {
        expect(list.map(({ exchanges }) => exchanges)).toEqual(list.map(() => 1));
        const positions = list.map(({ position }) => position);
        expect(new Set(positions).size).toBe(positions.length);
        const spent = await spentOf(person);
        expect(positions.filter((position) => !spent.has(position))).toEqual([]);
      }
      const moved = await movedOf(at.services, movers, told);
      expect(moved).toHaveLength(migrations);
      await allIsSaid(at.services, moved);
      console.log(
        `on ${server.kind}: ${signIns} sign-ins, ${migrations} migrations (${told.size} told at once), server killed ${kills.server} times, product ${kills.node} times`,
      );
    },
    360_000 + 8_000 * (signIns + migrations),
  );
});

/** Used positions of a person's card. */
async function spentOf({ person }: NewPerson): Promise<ReadonlySet<string>> {
  const now = await at.services.people.get(person.id);
  const factor = at.services.registry.get('token-card');
  const key = now?.keys.find((one) => one.factor === 'token-card');
  if (!factor?.transfer || key?.sealed === undefined) throw new Error('The card is gone.');
  const secret = at.services.sealing.openKey(factor, person.id, key.id, key.sealed);
  const { spent } = factor.transfer.dump(secret) as { readonly spent: readonly (number | string)[] };
  return new Set(spent.map(String));
}
