/**
 * A deployment whose server runs in its own process and is killed while people move from the card to an app. This
 * process opens the store too, and checks what must be true afterwards on every store.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { systemClock } from '../../time/clock.ts';
import { createKeptSender } from '../../adapters/mail/store/store-sender.ts';
import type { Services } from '../../admin/services.ts';
import { openServices, readDeployment } from '../../app/services.ts';
import { freePort } from '../harness/free-port.ts';
import { deployment, type NewPerson } from '../harness/product.ts';
import { client } from './people-on-the-move.ts';

export interface ServerToKill {
  readonly issuer: string;
  readonly services: Services;
  /** Starts the server; returns how long (ms) it took to be ready. */
  start(): Promise<number>;
  /** `kill -9`, where it runs. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** @param over changes of the deployment, beside the settings of the card */
export async function serverToKill(card: object, over: object = {}): Promise<ServerToKill> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-crash-'));
  const file = join(folder, 'deployment.yaml');
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const schedule = {
    closeEnrolment: '2023-07-19',
    untilAndIncluding: '2099-01-30',
    zone: 'Europe/Brussels',
    after: 're-enrol',
  };
  const settings = {
    ...deployment(issuer, folder, client, port),
    factors: { 'authenticator-app': {}, 'token-card': { settings: card, schedule } },
    // People who are interrupted try again and again: no pause for that here.
    limits: { pauseAfter: 20, blockAfter: 100 },
    ...over,
  };
  await writeFile(file, stringify(settings));
  const { loaded, registry } = await readDeployment(file, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
  const log = pino({ level: 'silent' });
  const services = await openServices({ settings: loaded.settings, registry, clock: systemClock, log });

  let child: ChildProcess | undefined;
  const kill = async () => {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  };
  return {
    issuer,
    services,
    async start() {
      const begun = performance.now();
      const started = fork(join(import.meta.dirname, 'serve.ts'), [file], {
        execArgv: ['--disable-warning=ExperimentalWarning'],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        started.once('message', () => resolve());
        started.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
      });
      return performance.now() - begun;
    },
    kill,
    async close() {
      await kill();
      await services.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Checks everybody who has moved: the account is before the move or after it, never between, and after it if the person
 * was told so.
 */
export async function movedOf(
  services: Services,
  people: readonly NewPerson[],
  told: ReadonlySet<string>,
): Promise<readonly NewPerson[]> {
  const moved: NewPerson[] = [];
  for (const one of people) {
    const now = await services.people.get(one.person.id);
    const active = now?.keys.filter(({ status }) => status === 'active').map(({ factor }) => factor);
    expect([['token-card'], ['authenticator-app']]).toContainEqual(active);
    if (told.has(one.person.id)) expect(active).toEqual(['authenticator-app']);
    if (active?.[0] === 'authenticator-app') moved.push(one);
  }
  return moved;
}

/**
 * Waits until nothing is pending and everyone has both mails; then the audit log is complete and has each change once.
 */
export async function allIsSaid(services: Services, moved: readonly NewPerson[]): Promise<void> {
  // The lease of a killed process ends after 20 s, and is looked for every 15 s.
  const kept = createKeptSender({ storage: services.storage, clock: systemClock });
  const deadline = performance.now() + 90_000;
  for (;;) {
    const messages = await kept.messages();
    const isTold = ({ email }: NewPerson) => messages.filter(({ to }) => to === email).length >= 2;
    if ((await services.people.withPending(1)).length === 0 && moved.every(isTold)) break;
    if (performance.now() > deadline) throw new Error('Some notices never went out.');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect(await services.audit.verify()).toMatchObject({ ok: true });
  for (const { person } of moved) {
    const lines = await services.audit.list({ limit: 100, after: 0, filter: { person: person.id } });
    const count = (action: string) => lines.filter(({ event }) => event.action === action).length;
    // People of the test are created without audit events, except those that need them.
    const imported = lines.filter(({ event }) => event.facts?.['source'] === 'imported').length;
    expect([count('key.on'), count('key.off')]).toEqual([1 + imported, 1]);
  }
}
