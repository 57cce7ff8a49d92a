/**
 * D-02, D-03, D-08 on MongoDB: the database server and the product are killed (-9) in turn while people sign in and move from the card to an app.
 * What they were told has happened, once. Larger: REKEY_CRASH_SIGN_INS=500 REKEY_CRASH_MIGRATIONS=200 npm test -- test/crash/mongodb
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { systemClock } from '../../adapters/clock.ts';
import { createKeptSender } from '../../adapters/mail/kept/kept-sender.ts';
import { openHouse, readDeployment, type House } from '../../compose.ts';
import { neededSource } from '../harness/mongodb-source.ts';
import { startMongodb, type MongodbServer } from '../harness/mongodb-server.ts';
import { addPerson, deployment, freePort, type NewPerson } from '../harness/product.ts';
import { seeded } from '../harness/storage-wrappers.ts';
import { withMongodb } from '../harness/with-mongodb.ts';
import { client, migrate, signIn, type SignedIn } from './people-on-the-move.ts';

const signIns = Number(process.env['REKEY_CRASH_SIGN_INS'] ?? 24);
const migrations = Number(process.env['REKEY_CRASH_MIGRATIONS'] ?? 10);
const each = 8;
const atOnce = 6;
const chance = seeded(20_240_131);

let folder: string;
let file: string;
let issuer: string;
let server: MongodbServer;
let house: House;
let node: ChildProcess | undefined;
const going = { on: true };

const moment = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function startNode(): Promise<void> {
  const child = fork(join(import.meta.dirname, 'serve.ts'), [file], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  node = child;
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
  });
}

async function killNode(): Promise<void> {
  const child = node;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Again and again, as people do who were cut off. */
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

/** A few at a time: every code of a card is hashed, and no more than so many may wait. */
async function newPeople(count: number): Promise<readonly NewPerson[]> {
  const people: NewPerson[] = [];
  await crowd(Array.from({ length: count }, () => async () => void people.push(await addPerson(house))));
  return people;
}

/** All of it, some at a time. */
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
    folder = await mkdtemp(join(tmpdir(), 'rekey-crash-'));
    file = join(folder, 'deployment.yaml');
    const port = await freePort();
    issuer = `http://localhost:${port}`;
    const schedule = {
      closeEnrolment: '2023-07-19',
      untilAndIncluding: '2099-01-30',
      zone: 'Europe/Brussels',
      after: 're-enrol',
    };
    const settings = {
      ...deployment(issuer, folder, client, port),
      factors: {
        'authenticator-app': {},
        'token-card': { settings: { count: 40, warnAt: 2, reuse: 'single-use' }, schedule },
      },
      // Whoever is cut off again and again has tried again and again: no pause for that here.
      limits: { pauseAfter: 20, blockAfter: 100 },
      storage: { mongodb: { uri: server.uri(server.newDatabase()) } },
    };
    await writeFile(file, stringify(settings));
    const { loaded, registry } = await readDeployment(file, {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
    house = await openHouse({
      settings: loaded.settings,
      registry,
      clock: systemClock,
      log: pino({ level: 'silent' }),
    });
  }, 200_000);
  afterAll(async () => {
    going.on = false;
    await killNode();
    await house.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    'killed in turn, server and product: nothing acknowledged is lost, nothing is doubled',
    async () => {
      const killsServer = (await neededSource()).kind !== 'given';
      const cards = await newPeople(Math.ceil(signIns / each));
      const movers = await newPeople(migrations);
      await startNode();

      const told = new Set<string>();
      const signedIn = new Map<NewPerson, SignedIn[]>(cards.map((person) => [person, []]));
      const tasks = [
        ...movers.map((person) => async () => {
          if ((await untilDone(() => migrate(issuer, person))) === true) told.add(person.person.id);
        }),
        ...cards.map((person) => async () => {
          const list = signedIn.get(person) ?? [];
          const mine = cards.indexOf(person) < cards.length - 1 ? each : signIns - each * (cards.length - 1);
          while (list.length < mine) {
            const done = await untilDone(() => signIn(issuer, person));
            if (done) list.push(done);
          }
        }),
      ];
      const working = { on: true };
      const kills = { server: 0, node: 0 };
      const killer = async () => {
        for (let turn = 0; working.on; turn += 1) {
          await moment(500 + chance() * 1_500);
          if (!working.on) break;
          if (killsServer && turn % 2 === 0) {
            await server.kill();
            kills.server += 1;
            await moment(chance() * 1_000);
            await server.restart();
          } else {
            await killNode();
            kills.node += 1;
            await startNode();
          }
        }
      };
      const patience = setTimeout(() => (going.on = false), 40_000 + 4_000 * (signIns + migrations));
      const killing = killer();
      await crowd(tasks).finally(() => (working.on = false));
      clearTimeout(patience);
      await killing;
      expect(kills.node + kills.server).toBeGreaterThan(1);

      // No code of a card was accepted twice, each that was is spent, and no authorization code gave tokens twice.
      for (const [person, list] of signedIn) {
        expect(list.map(({ exchanges }) => exchanges)).toEqual(list.map(() => 1));
        const positions = list.map(({ position }) => position);
        expect(new Set(positions).size).toBe(positions.length);
        const spent = await spentOf(person);
        expect(positions.filter((position) => !spent.has(position))).toEqual([]);
      }
      const moved: NewPerson[] = [];
      for (const person of movers) {
        const now = await house.people.get(person.person.id);
        const active = now?.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor);
        expect([['token-card'], ['authenticator-app']]).toContainEqual(active);
        if (told.has(person.person.id)) expect(active).toEqual(['authenticator-app']);
        if (active?.[0] === 'authenticator-app') moved.push(person);
      }
      expect(moved).toHaveLength(migrations);

      // What was leased by a killed process is free after 20 s, and looked for every 15 s.
      const kept = createKeptSender({ storage: house.storage, clock: systemClock });
      const deadline = performance.now() + 90_000;
      for (;;) {
        const messages = await kept.messages();
        const isTold = ({ email }: NewPerson) => messages.filter(({ to }) => to === email).length >= 2;
        if ((await house.people.owing(1)).length === 0 && moved.slice(0, 50).every(isTold)) break;
        if (performance.now() > deadline) throw new Error('Some notices never went out.');
        await moment(500);
      }
      expect(await house.audit.verify()).toMatchObject({ ok: true });
      for (const { person } of moved) {
        const lines = await house.audit.list({ limit: 100, after: 0, filter: { person: person.id } });
        const imported = lines.filter(({ event }) => event.facts?.['source'] === 'imported').length;
        expect(lines.filter(({ event }) => event.action === 'key.on')).toHaveLength(1 + imported);
        expect(lines.filter(({ event }) => event.action === 'key.off')).toHaveLength(1);
      }
      console.log(
        `on ${server.kind}: ${signIns} sign-ins, ${migrations} migrations (${told.size} told at once), server killed ${kills.server} times, product ${kills.node} times`,
      );
    },
    240_000 + 6_000 * (signIns + migrations),
  );
});

/** Positions of a person's card that are used up. */
async function spentOf({ person }: NewPerson): Promise<ReadonlySet<string>> {
  const now = await house.people.get(person.id);
  const factor = house.registry.get('token-card');
  const key = now?.keys.find((one) => one.factor === 'token-card');
  if (!factor?.transfer || key?.sealed === undefined) throw new Error('The card is gone.');
  const secret = house.sealing.openKey(factor, person.id, key.id, key.sealed);
  const { spent } = factor.transfer.dump(secret) as { readonly spent: readonly (number | string)[] };
  return new Set(spent.map(String));
}
