/**
 * Mails about dates through a real mail server: a mistyped date that is corrected, announcements and corrections, with
 * several nodes, across a restart.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createSmtpSender } from '../../adapters/mail/smtp/smtp-sender.ts';
import { createMailGate } from '../../schedules/mail-gate.ts';
import { mailRulesOf } from '../../schedules/mail-rules.ts';
import { createReminders } from '../../schedules/reminders.ts';
import { createOutbox } from '../../messages/outbox.ts';
import { createRelay } from '../../messages/relay.ts';
import { createRenderer } from '../../views/render.ts';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { startSmtp, type SmtpHarness } from '../../test/harness/smtp.ts';
import { until } from '../../test/harness/until.ts';
import type { Services } from '../services.ts';

const hour = 3_600_000;
const minute = 60_000;
const start = Date.parse('2023-10-02T08:00:00Z');
let admin: AdminServices;
let smtp: SmtpHarness;
let running: Node[] = [];

interface Node {
  readonly services: Services;
  /** Runs the job once, as it does every minute; returns for how many people mails were queued. */
  round(): Promise<number>;
  stop(): Promise<void>;
}

/** The background jobs of a server, over the services of one process. */
async function node(): Promise<Node> {
  const services = await admin.open();
  const { settings, people, schedules, clock, storage, secretBox, audit } = services;
  const log = pino({ level: 'silent' });
  const email = createSmtpSender({
    host: '127.0.0.1',
    port: smtp.port,
    security: 'none',
    from: { name: 'Test', address: 'rekey@example.org' },
  });
  const folders = services.registry.all().map(({ id }) => [id, services.registry.folder(id)] as const);
  const renderer = createRenderer({
    factorFolders: Object.fromEntries(folders),
    products: { en: 'Test', nl: 'Test' },
    zone: 'Europe/Brussels',
    report: () => undefined,
  });
  const reminders = createReminders({
    ...mailRulesOf(settings),
    people,
    dates: async () => ({ schedules: await schedules.current(), states: await schedules.mails() }),
    clock,
    log,
    serviceName: (client) => client,
    scheduler: {
      after: (_milliseconds, run) => {
        queueMicrotask(run);
        return () => undefined;
      },
    },
  });
  const outbox = createOutbox({
    storage,
    secretBox,
    clock,
    log,
    senders: { email },
    render: ({ source, template, language, data }) => renderer.message(source, template, language, data),
    gate: createMailGate({ ...mailRulesOf(settings), states: () => schedules.mails() }),
    audit: (lines) => audit.append(lines),
    givenUp: (id, message) => reminders.givenUp(id, message),
  });
  const relay = createRelay({ people, others: [schedules], outbox, audit, clock, log });
  const started = {
    services,
    async round() {
      const reminded = await reminders.round();
      await relay.flush();
      return reminded;
    },
    async stop() {
      await reminders.stop();
      await relay.stop();
      await outbox.stop();
      await email.close();
    },
  };
  running.push(started);
  return started;
}

/** Stops every node and starts two new ones on the same store. */
async function restart(): Promise<readonly Node[]> {
  for (const one of running) await one.stop();
  running = [];
  return [await node(), await node()];
}

/** Other nodes may use the dates that they have read for a second. */
const othersKnow = () => admin.clock.set(admin.clock.now() + 2_000);

/** Runs the job on every node; returns for how many people mails were queued in total. */
async function look(): Promise<number> {
  const counts = await Promise.all(running.map((one) => one.round()));
  return counts.reduce((sum, count) => sum + count, 0);
}

const mailed = () => smtp.delivered.map(({ to: [to = ''], mail }) => `${to}: ${mail.subject}`).toSorted();
const taken = (count: number) => until(`${count} mails are there`, () => smtp.delivered.length === count);
const schedule = (day: string, more = '') =>
  admin.rekey(
    `factor schedule authenticator-app --until-and-including ${day} --zone Europe/Brussels --after re-enrol ${more}`.trim(),
  );
const mails = async (more = '') =>
  (await admin.rekey(`factor mails authenticator-app ${more} --json`.replaceAll(/ +/g, ' '))).json<{
    readonly due: readonly { readonly why: string; readonly mails: number; readonly at: string }[];
    readonly cancelled: { readonly by: string } | null;
  }>();

beforeEach(async () => {
  smtp = await startSmtp({ tls: 'none' });
  admin = await adminServices({
    now: start,
    onStoreOfRun: true,
    configuration: `issuer: http://localhost:4000
name: Test
state: state
zone: Europe/Brussels
mail: { outbox: true }
factors:
  authenticator-app: {}
  email-otp: {}
  token-card: { settings: { count: 8, warnAt: 2 } }
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`,
  });
  const keys = [{ factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } }];
  const people = [
    { username: 'an', language: 'nl', groups: ['pilots'] },
    { username: 'bart', language: 'fr' },
    { username: 'chris', language: 'en' },
    { username: 'els', language: 'nl' },
    { username: 'unproven', language: 'nl', emailVerified: false },
  ].map((one) => ({ ...one, email: `${one.username}@example.org`, keys }));
  await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
  await admin.rekey('person disable els');
});
afterEach(async () => {
  for (const one of running) await one.stop();
  running = [];
  await admin.close();
  await smtp.close();
});

test('A-320 a mistyped date that is corrected within an hour is in no mail, and each person gets one mail about the right one', async () => {
  await restart();
  const said = (await schedule('2023-10-31', '--dry-run')).out;
  expect(said).toContain(
    '  from 2023-10-02 11:00 (Europe/Brussels): 3 mails (1 en, 1 fr, 1 nl): announcement of the last day',
  );
  expect(said).toContain(
    '  from 2023-10-24 09:00 (Europe/Brussels): 3 mails (1 en, 1 fr, 1 nl): reminder 7 days before it',
  );
  const real = (await schedule('2023-10-31')).out;
  expect(real.replace(/Written.*/, '')).toBe(said.replace(/Nothing was written.*/, ''));
  admin.clock.set(start + hour - 1);
  expect(await look()).toBe(0);
  // The administrator meant the next year.
  expect((await schedule('2024-10-31')).out).not.toContain('announcement');
  admin.clock.set(start + 3 * hour);
  expect(await look()).toBe(0);
  expect(await mails()).toMatchObject({ cancelled: null });
  expect(mailed()).toEqual([]);

  await schedule('2023-11-30', '--send-now');
  othersKnow();
  expect(await look()).toBe(3);
  await taken(3);
  expect(await look()).toBe(0);
  expect(mailed()).toEqual([
    expect.stringMatching(/^an@example.org: Uw digitale sleutel .* werkt tot en met 30 november 2023$/),
    expect.stringMatching(/^bart@example.org: Votre clé numérique .* jusqu’au 30 novembre 2023 inclus$/),
    expect.stringMatching(/^chris@example.org: Your digital key .* works up to and including 30 November 2023$/),
  ]);
});

test('A-322 a date is announced, moved to a later day, then removed: each person gets one mail about each, and none again after a restart', async () => {
  await restart();
  await schedule('2023-10-31', '--send-now');
  expect(await look()).toBe(3);
  await taken(3);
  // Chris has replaced the key meanwhile, Bart is disabled.
  const [first] = running;
  const chris = await first?.services.people.findByUsername('chris');
  await first?.services.people.change(chris?.id ?? '', (person) => ({
    ...person,
    keys: person.keys.map((key) => ({ ...key, factor: 'email-otp' })),
  }));
  const moved = (await schedule('2024-03-31')).out;
  expect(moved).toContain(': 2 mails (1 fr, 1 nl): correction: the day that was told has moved to a later one');
  await admin.rekey('person disable bart');
  expect(await look()).toBe(0);
  admin.clock.set(start + hour + minute);
  await restart();
  expect(await look()).toBe(1);
  await taken(4);
  expect(smtp.delivered[3]?.to).toEqual(['an@example.org']);
  expect(smtp.delivered[3]?.mail.subject).toMatch(/^Rechtzetting: .* werkt langer, tot en met 31 maart 2024$/);
  expect(smtp.delivered[3]?.mail.text).toContain('zou werken tot en met 31 oktober 2023. Die dag is veranderd.');
  expect(smtp.delivered[3]?.mail.text).toContain('31 maart 2024 (Midden-Europese tijd)');
  await restart();
  expect(await look()).toBe(0);

  const lifted = (await admin.rekey('factor unschedule authenticator-app')).out;
  expect(lifted).toContain(': 1 mail (1 nl): correction: the day that was told does not hold any more');
  admin.clock.set(start + 3 * hour);
  expect(await look()).toBe(1);
  await taken(5);
  expect(smtp.delivered[4]?.mail.subject).toMatch(/^Rechtzetting: .* blijft werken$/);
  await restart();
  admin.clock.set(start + 30 * hour);
  expect(await look()).toBe(0);
  expect(await mails()).toMatchObject({ due: [] });
  const lines = (await admin.rekey('audit list --json --limit 100')).json<
    { action: string; facts: { why?: string } }[]
  >();
  expect(
    lines
      .flatMap(({ action, facts }) => (action.startsWith('person.') && facts.why ? [`${action} ${facts.why}`] : []))
      .toSorted(),
  ).toEqual([
    'person.date-corrected later',
    'person.date-corrected lifted',
    'person.reminded announcement',
    'person.reminded announcement',
    'person.reminded announcement',
  ]);
});

test('A-321 due mails are listed and cancelled, audited, on every node and across a restart; reminders on later days stay', async () => {
  await restart();
  await schedule('2023-11-30');
  expect((await mails()).due.map(({ why, mails: number, at }) => [why, number, at])).toEqual([
    ['announcement', 3, '2023-10-02T09:00:00.000Z'],
    ['reminder', 3, '2023-10-31T08:00:00.000Z'],
    ['reminder', 3, '2023-11-23T08:00:00.000Z'],
    ['reminder', 3, '2023-11-29T08:00:00.000Z'],
  ]);
  const looked = await admin.rekey('factor mails authenticator-app --cancel --dry-run');
  expect(looked.out).toContain('Nothing was written');
  const told = await admin.rekey('factor mails authenticator-app --cancel');
  expect(told.out).toMatch(/^These leave no more:\n {2}from 2023-10-02 11:00 \(Europe\/Brussels\): 3 mails/);
  expect(await mails()).toMatchObject({ cancelled: { by: 'cli:ann' } });
  const [line] = (await admin.rekey('audit list --json')).json<Record<string, unknown>[]>().toReversed();
  expect(line).toMatchObject({
    action: 'mails.cancelled',
    actor: 'cli:ann',
    factor: 'authenticator-app',
    facts: { stopped: [{ why: 'announcement', mails: 3 }] },
  });
  const again = await admin.rekey('factor mails authenticator-app --cancel --json');
  expect([again.exit, again.json()]).toMatchObject([1, { refused: [{ code: 'mails_not_due' }] }]);
  admin.clock.set(start + 5 * hour);
  await restart();
  expect(await look()).toBe(0);
  admin.clock.set(Date.parse('2023-10-31T08:00:00Z'));
  expect(await look()).toBe(3);
  await taken(3);
});

test('A-324 a group whose announced day is extended gets a correction, and nobody else; a mail about a relying party names it', async () => {
  await restart();
  await schedule('2023-10-31', '--send-now');
  expect(await look()).toBe(3);
  await taken(3);
  await admin.rekey(
    'factor schedule authenticator-app --group pilots --extend --reason later --until-and-including 2023-12-31 --send-now',
  );
  othersKnow();
  expect(await look()).toBe(1);
  await taken(4);
  expect(smtp.delivered[3]?.mail.subject).toMatch(/^Rechtzetting: .* werkt langer, tot en met 31 december 2023$/);

  const ofClient = await admin.rekey(
    'factor schedule authenticator-app --client tax --until-and-including 2023-10-20 --send-now',
  );
  expect(ofClient.out).toContain('3 mails (1 en, 1 fr, 1 nl): announcement of the last day for sign-ins at tax');
  othersKnow();
  expect(await look()).toBe(3);
  await taken(7);
  expect(mailed()).toContainEqual(
    expect.stringMatching(/^chris@example.org: At tax your digital key .* works up to and including 20 October 2023$/),
  );
  await admin.rekey('factor unschedule authenticator-app --client tax --send-now');
  othersKnow();
  expect(await look()).toBe(3);
  await taken(10);
  expect(mailed()).toContainEqual(
    expect.stringMatching(/^chris@example.org: Correction: the day for .* at tax no longer holds$/),
  );
  expect(await look()).toBe(0);
});
