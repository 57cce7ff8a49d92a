/** The server is killed at random while people sign in and move from the card to an app: what a person was told has happened, and nothing by halves. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { systemClock } from '../../adapters/clock.ts';
import { createKeptSender, type KeptSender } from '../../adapters/mail/kept/kept-sender.ts';
import { openHouse, readDeployment, type House } from '../../compose.ts';
import { addPerson, deployment, freePort, type NewPerson } from '../harness/product.ts';
import { seeded } from '../harness/storage-wrappers.ts';
import { client, migrate } from './people-on-the-move.ts';

const kills = 50;
const people = 40;
const atOnce = 6;
const chance = seeded(20_240_131);

let folder: string;
let file: string;
let issuer: string;
let house: House;
let kept: KeptSender;
let cast: NewPerson[];
let child: ChildProcess;

beforeAll(async () => {
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
  const factors = {
    'authenticator-app': {},
    'token-card': { settings: { count: 8, warnAt: 2, reuse: 'reusable' }, schedule },
  };
  // Whoever is cut off again and again has tried again and again: no pause for that here.
  const limits = { pauseAfter: 20, blockAfter: 100 };
  await writeFile(file, stringify({ ...deployment(issuer, folder, client, port), factors, limits }));
  const { loaded, registry } = await readDeployment(file, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
  house = await openHouse({ settings: loaded.settings, registry, clock: systemClock, log: pino({ level: 'silent' }) });
  kept = createKeptSender({ storage: house.storage, clock: systemClock });
  cast = await Promise.all(Array.from({ length: people }, () => addPerson(house, { keys: ['token-card'] })));
}, 120_000);
afterAll(async () => {
  child?.kill('SIGKILL');
  await house.close();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(): Promise<number> {
  const begun = performance.now();
  child = fork(join(import.meta.dirname, 'serve.ts'), [file], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
  });
  return performance.now() - begun;
}

test(`D-02, D-04, D-08 killed ${kills} times: nothing acknowledged is lost, nothing stands half done, every notice goes out`, async () => {
  const told = new Set<string>();
  const open = [...cast];
  const readyAfter = [await startServer()];
  let killed = 0;
  const going = { on: true };
  let lastFault: unknown;

  const worker = async (): Promise<void> => {
    for (let person = open.shift(); person && going.on; person = open.shift()) {
      for (;;) {
        try {
          if (await migrate(issuer, person)) told.add(person.person.id);
          break;
        } catch (error) {
          lastFault = error;
          // Cut off by a kill: the person begins again, as people do.
          await new Promise((resolve) => setTimeout(resolve, 30));
          if (!going.on) return;
        }
      }
      // Nobody is left to move while the server is still to be killed: begin anew with somebody.
      if (open.length === 0 && killed < kills)
        open.push(await addPerson(house, { keys: ['token-card'] }).then((one) => (cast.push(one), one)));
    }
  };
  const workers = Array.from({ length: atOnce }, worker);
  while (killed < kills) {
    await new Promise((resolve) => setTimeout(resolve, 100 + chance() * 700));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    killed += 1;
    readyAfter.push(await startServer());
  }
  const patience = setTimeout(() => (going.on = false), 120_000);
  await Promise.all(workers);
  clearTimeout(patience);
  if (!going.on) throw new Error('People cannot finish any more.', { cause: lastFault });

  const mailsOf = async () => {
    const messages = await kept.messages();
    return (email: string) => messages.filter(({ to }) => to === email).length;
  };
  const moved: NewPerson[] = [];
  for (const one of cast) {
    const now = await house.people.get(one.person.id);
    const active = now?.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor);
    // Before or after, never between; and after, where the person was told so.
    expect([['token-card'], ['authenticator-app']]).toContainEqual(active);
    if (told.has(one.person.id)) expect(active).toEqual(['authenticator-app']);
    if (active?.[0] === 'authenticator-app') moved.push(one);
  }
  expect(moved.length).toBeGreaterThan(0);

  // What was leased by a killed process is free after 20 s, and looked for every 15 s.
  const deadline = performance.now() + 90_000;
  for (;;) {
    const count = await mailsOf();
    const owing = await house.people.owing(1);
    if (owing.length === 0 && moved.every(({ email }) => count(email) >= 2)) break;
    if (performance.now() > deadline) throw new Error('Some notices never went out.');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const verified = await house.audit.verify();
  expect(verified).toMatchObject({ ok: true });
  for (const { person } of moved) {
    const lines = await house.audit.list({ limit: 100, after: 0, filter: { person: person.id } });
    expect(lines.filter(({ event }) => event.action === 'key.on')).toHaveLength(2 - 1 + importsOf(lines));
    expect(lines.filter(({ event }) => event.action === 'key.off')).toHaveLength(1);
  }
  console.log(
    `killed ${killed} times, ${moved.length} moved, ${told.size} told; ready after ${Math.round(Math.max(...readyAfter))} ms at most`,
  );
}, 300_000);

/** People of the test are made without audit lines; the number of lines that say so. */
const importsOf = (lines: readonly { readonly event: { readonly facts?: Readonly<Record<string, unknown>> } }[]) =>
  lines.filter(({ event }) => event.facts?.['source'] === 'imported').length;
