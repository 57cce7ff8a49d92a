/**
 * The whole product in this process: its own state folder, a clock that tests move, mails read from memory, a relying
 * party's client.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { movableClock, type MovableClock } from '../../time/clock.ts';
import type { Sms, SmsSender } from '../../adapters/sms/port.ts';
import type { Storage } from '../../adapters/storage/port.ts';
import type { Mail, MailSender } from '../../adapters/mail/port.ts';
import { createApp, type App } from '../../app/create-app.ts';
import { listen } from '../../app/listen.ts';
import { openMail } from '../../app/mail.ts';
import { openSms } from '../../app/sms.ts';
import type { Services } from '../../admin/services.ts';
import { openServices, readDeployment } from '../../app/services.ts';
import { describeMistakes } from '../../config/config-errors.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { SlowHash } from '../../factors/contract.ts';
import type { Person } from '../../accounts/person.ts';
import { freePort } from './free-port.ts';
import { createSlowHash } from '../../passwords/argon2.ts';
import { startRoundRobin, type RoundRobin } from './round-robin.ts';
import { nodesOfRun, ownDatabase } from './test-storage.ts';
import { blankAccount } from './blank-account.ts';

export interface Product {
  readonly issuer: string;
  /** Its configuration. */
  readonly file: string;
  readonly services: Services;
  readonly app: App;
  readonly clock: MovableClock;
  /** Every mail that was sent, oldest first. */
  readonly mails: Mail[];
  /**
   * Every text message that was sent, oldest first; none where the deployment names a gateway, which is then really
   * asked.
   */
  readonly texts: Sms[];
  /** Every line of the log, as written. */
  readonly logs: string[];
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string };
  /** A person with a password and keys, ready to sign in. */
  addPerson(options?: PersonOptions): Promise<NewPerson>;
  /**
   * Waits until the outbox and the relay have nothing pending, and for a mail to `to` whose subject or text matches.
   */
  mailTo(to: string, fits?: RegExp): Promise<Mail>;
  /** The same for a text message to a number. */
  textTo(number: string, fits?: RegExp): Promise<Sms>;
  /** Stops and opens everything again on the same state. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface PersonOptions {
  readonly username?: string;
  readonly password?: string;
  readonly email?: string | null;
  readonly language?: Person['language'];
  readonly groups?: readonly string[];
  readonly disabled?: boolean;
  /** For text messages, E.164. */
  readonly number?: string;
  readonly keys?: readonly ('token-card' | 'email-otp' | 'authenticator-app' | 'sms')[];
}

export interface NewPerson {
  readonly person: Person;
  readonly username: string;
  readonly password: string;
  readonly email: string;
  /** Code by position. */
  readonly card: Readonly<Record<string, string>>;
  /** Base32. */
  readonly totp: string;
  /** E.164. */
  readonly number: string;
}

/** 10 January 2024, 12:00 in Brussels: the token has three weeks left. */
export const start = Date.parse('2024-01-10T11:00:00Z');

export interface ProductOptions {
  readonly at?: number;
  readonly port?: number;
  /** Something between the product and its store. */
  readonly around?: (storage: Storage) => Storage;
  /** Instead of argon2id, where hashing is not what is looked at. */
  readonly hash?: SlowHash;
}

/** Other nodes may keep to the dates that they have read for a second; tests ask at once. */
function letOthersKnow({ schedules }: Services): void {
  const change = schedules.change.bind(schedules);
  Object.assign(schedules, {
    change: async (...given: Parameters<typeof change>) => {
      const changed = await change(...given);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      return changed;
    },
  });
}

/** A real mail server, and what it has taken. */
const recorded = (server: MailSender, mails: Mail[]): MailSender => ({
  async send(sent) {
    const outcome = await server.send(sent);
    if (outcome.kind === 'sent') mails.push(sent);
    return outcome;
  },
  close: () => server.close(),
});

interface Node {
  readonly services: Services;
  readonly app: App;
  readonly server: Server;
}

/** Overrides of the deployment, merged over the test's own. */
export type Overrides = Readonly<Record<string, unknown>>;

export async function startProduct(overrides: Overrides = {}, options: ProductOptions = {}): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-'));
  const port = options.port ?? (await freePort());
  const issuer = `http://localhost:${port}`;
  const client = { id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUri: 'https://rp.example/callback' };
  const file = join(folder, 'deployment.yaml');
  const database = overrides['storage'] === undefined ? await ownDatabase() : undefined;
  // The clock of tests is not the server's: it must not remove what is still there in theirs.
  const storage = database && { storage: { mongodb: { uri: database.uri, serverExpiry: false } } };
  await writeFile(file, stringify({ ...deployment(issuer, folder, client, port), ...storage, ...overrides }));
  const clock = movableClock(options.at ?? start);
  const mails: Mail[] = [];
  const texts: Sms[] = [];
  const logs: string[] = [];
  const mail: MailSender = {
    send: async (sent) => {
      mails.push(sent);
      return { kind: 'sent' };
    },
    close: async () => {},
  };
  const memory: SmsSender = {
    send: async (sent) => {
      texts.push(sent);
      return { kind: 'sent' };
    },
    close: async () => {},
  };
  const { level = 'debug' } = (overrides['log'] ?? {}) as { readonly level?: string };
  const log = pino({ level }, { write: (line: string) => void logs.push(line) });

  let nodes: Node[] = [];
  let balancer: RoundRobin | undefined;
  const open = async () => {
    const { loaded, registry } = await readDeployment(file, {});
    if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
    const { around, hash } = options;
    const count = nodesOfRun();
    // What tests watch is one for all nodes; everything else each has of its own, as processes do.
    const shared = { settings: loaded.settings, registry, clock, log, hash: hash ?? createSlowHash() };
    const start = async (): Promise<Node> => {
      const services = await openServices({ ...shared, ...(around === undefined ? {} : { around }) });
      const gateway = loaded.settings.sms?.twilio ? await openSms(services, mail) : undefined;
      const server = loaded.settings.mail.smtp ? await openMail(services) : undefined;
      const sender = server ? recorded(server, mails) : mail;
      const app = await createApp({ services, mail: sender, sms: gateway ?? memory });
      const web = await listen(app.callback, { host: '127.0.0.1', port: count === 1 ? port : 0 });
      app.start();
      if (count > 1) letOthersKnow(services);
      return { services, app, server: web };
    };
    nodes = await Promise.all(Array.from({ length: count }, start));
    const ports = nodes.map(({ server }) => (server.address() as AddressInfo).port);
    balancer = count === 1 ? undefined : await startRoundRobin(() => ports, port);
  };
  const flush = async () => void (await Promise.all(nodes.map(({ app }) => app.flush())));
  const shut = async () => {
    await balancer?.close();
    for (const { app, services, server } of nodes) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await app.stop();
      await services.close();
    }
  };
  const first = (): Node => {
    const [node] = nodes;
    if (!node) throw new Error('The product is not running.');
    return node;
  };
  await open();

  return {
    issuer,
    file,
    client,
    clock,
    mails,
    texts,
    logs,
    get services() {
      return first().services;
    },
    get app() {
      return { ...first().app, flush };
    },
    addPerson: (given) => addPerson(first().services, given),
    async mailTo(to, fits = /./) {
      const deadline = performance.now() + 60_000;
      for (;;) {
        await flush();
        const found = mails.findLast((one) => one.to === to && (fits.test(one.subject) || fits.test(one.text)));
        if (found) return found;
        if (performance.now() > deadline)
          throw new Error(
            `No mail to ${to} that fits ${fits}; sent: ${mails.map((one) => `${one.to} "${one.subject}"`).join(', ')}`,
          );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async textTo(number, fits = /./) {
      const deadline = performance.now() + 60_000;
      for (;;) {
        await flush();
        const found = texts.findLast((one) => one.to === number && fits.test(one.text));
        if (found) return found;
        if (performance.now() > deadline)
          throw new Error(`No text message to ${number}; sent: ${texts.map(({ to }) => to).join(', ')}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async restart() {
      await shut();
      await open();
    },
    async close() {
      await shut();
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function deployment(issuer: string, folder: string, client: Product['client'], port: number): Overrides {
  return {
    issuer,
    name: { nl: 'Proefdienst', fr: 'Service d’essai', de: 'Testdienst', en: 'Test service' },
    listen: { host: '127.0.0.1', port },
    state: folder,
    mail: { outbox: true },
    signIn: { order: 'key-first' },
    // No reminders: only tests about them expect their mails.
    reminders: { daysBefore: [] },
    factors: {
      'email-otp': { recommended: true },
      'authenticator-app': { recommended: true },
      'token-card': {
        settings: { reuse: 'reusable' },
        schedule: {
          closeEnrolment: '2023-07-19',
          untilAndIncluding: '2024-01-30',
          zone: 'Europe/Brussels',
          after: 're-enrol',
          replacements: ['email-otp', 'authenticator-app'],
        },
      },
    },
    clients: [
      {
        id: client.id,
        name: 'Tax office',
        secret: client.secret,
        redirectUris: [client.redirectUri],
        postLogoutRedirectUris: ['https://rp.example/'],
        refresh: true,
      },
    ],
  };
}

export async function addPerson(services: Services, options: PersonOptions = {}): Promise<NewPerson> {
  const {
    username = `person-${randomBytes(4).toString('hex')}`,
    password = 'Tulpen uit Haarlem 42',
    keys = ['token-card'],
    number = `+32470${String(randomInt(1_000_000)).padStart(6, '0')}`,
  } = options;
  const email = options.email ?? `${username}@example.org`;
  const now = services.clock.now();
  const added = await services.people.add({
    ...blankAccount,
    username,
    givenName: 'An',
    familyName: 'Peeters',
    language: options.language ?? 'nl',
    ...(options.email === null ? {} : { email: { address: email, verifiedAt: now } }),
    groups: options.groups ?? [],
    disabled: options.disabled ?? false,
    createdAt: now,
    password: await services.passwords.make(password, now),
  });
  if (!added.ok) throw new Error('The name is taken.');
  let { person } = added;
  let card: Readonly<Record<string, string>> = {};
  const totp = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  for (const id of keys) {
    const factor = services.registry.get(id);
    if (!factor) throw new Error(`No factor ${id}`);
    const tools = services.toolsFor(factor);
    let secret: unknown;
    if (id === 'token-card') {
      const issued = await factor.issue?.make(tools, personFacts(person));
      if (!issued) throw new Error('No card was issued.');
      secret = issued.secret;
      card = (issued.clear as { codes: Readonly<Record<string, string>> }).codes;
    } else {
      const data = id === 'email-otp' ? { address: email } : id === 'sms' ? { number } : { secret: totp };
      const loaded = await factor.transfer?.load(tools, data);
      if (!loaded?.ok) throw new Error(`No key of ${id}: ${loaded?.reason}`);
      secret = loaded.value;
    }
    const bound = await services.people.change(person.id, (current) => {
      const next = services.enrolments.bind(current, { factor, secret, source: 'imported', by: 'test' }, now).person;
      return { ...next, pending: [] };
    });
    if (bound) person = bound;
  }
  return { person, username, password, email, card, totp, number };
}
