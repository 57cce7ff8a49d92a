/**
 * docs/retire-a-factor.md, followed by the letter: every command of the page is run, in its order, on its day, and
 * prints what the page says. Between them the installation lives: people sign in, move, and get their mails. 1,000
 * people, or as many as REKEY_TEST_PEOPLE says; always on the embedded store.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { AuditEvent } from '../accounts/person.ts';
import type { Services } from '../admin/services.ts';
import { createSlowHash } from '../passwords/argon2.ts';
import { addDays, dayOf, instantMeant } from '../time/calendar.ts';
import { gotCode, stepOf } from './attacks/visitor.ts';
import { adminServices, type AdminServices } from './harness/admin-services.ts';
import { HttpAgent, type Page } from './harness/http-agent.ts';
import { plainRequest } from './harness/plain-client.ts';
import { missingIn, readRunbook, type RunbookStep } from './harness/runbook.ts';
import {
  moveOn,
  password,
  runbookDeployment,
  runbookPeople,
  startMails,
  startNode,
  type MailServer,
  type RunningNode,
} from './harness/runbook-life.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/retire-a-factor.md'), 'utf8');
const count = Number(process.env['REKEY_TEST_PEOPLE'] ?? '1000');
/** ms; it grows with the number of people, and says nothing about speed. */
const timeLimit = Math.max(600_000, count * 600);
const zone = 'Europe/Brussels';
const issuer = 'http://localhost:4000';
const client = {
  id: 'staff-portal',
  secret: 'a-secret-of-the-relying-party-1',
  redirectUri: 'https://staff.eu.example/callback',
};
let admin: AdminServices;
let tree: Record<string, unknown>;
let services: Services;
let mailServer: MailServer;
let nodes: RunningNode[] = [];
/** What the brake asked for last. */
let stranded = '';
let toMove: string[] = [];
let toSignIn: { readonly username: string; readonly number: string }[] = [];

beforeAll(async () => {
  tree = runbookDeployment(issuer);
  admin = await adminServices({
    configuration: stringify(tree),
    now: Date.parse('2025-04-01T05:00:00Z'),
    onStoreOfRun: true,
  });
  const told = await admin.rekey('person import -', runbookPeople(count, await createSlowHash().hash(password)));
  if (told.exit !== 0) throw new Error(told.err);
  const only = (await admin.rekey('factor holders sms --only --json')).json<
    { readonly id: string; readonly username: string; readonly groups: string[]; readonly disabled: boolean }[]
  >();
  const ordinary = only
    .filter(
      ({ username, groups, disabled }) => username.startsWith('person-') && groups[0] !== 'inspectors' && !disabled,
    )
    .toSorted((a, b) => (a.username < b.username ? -1 : 1));
  toSignIn = ordinary.slice(0, 24).map(({ username }) => ({ username, number: numberOf(username) }));
  toMove = ordinary.slice(24).map(({ id }) => id);
}, timeLimit);
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await mailServer?.stop();
  await admin?.close();
}, 60_000);

const numberOf = (username: string) => `+32470${username.replace('person-', '').padStart(6, '0')}`;

/** The servers as they run with the configuration of now. */
async function startServers(): Promise<void> {
  for (const node of nodes) await node.stop();
  await mailServer?.stop();
  services = await admin.open();
  mailServer = startMails(services);
  const { mails } = mailServer;
  nodes = [await startNode(await admin.open(), mails), await startNode(await admin.open(), mails)];
}

async function goTo(written: string): Promise<void> {
  const meant = instantMeant(written, zone);
  if (typeof meant !== 'number') throw new Error(`${written} is no time.`);
  for (let day = addDays(dayOf(admin.clock.now(), zone), 1); day < written.slice(0, 10); day = addDays(day, 1)) {
    admin.clock.set(Date.parse(`${day}T10:00:00Z`));
    await mailServer.day();
    // Every tenth day somebody signs in, is told, and puts it off.
    if (Number(day.slice(-2)) % 10 === 0) await signInOnce(nodes[0]);
    if (day < '2025-06-28')
      for (const id of toMove.splice(0, Math.ceil(count / 300))) expect(await moveOn(services, id)).toBe(true);
  }
  admin.clock.set(meant);
  await mailServer?.day();
}

/** With name, password and a text message; the dialog is put off. The last page. */
async function signInOnce(node: RunningNode | undefined, someone = toSignIn.shift()): Promise<Page> {
  if (!node || !someone) throw new Error('There is no node, or nobody left.');
  const before = node.texts.length;
  const agent = new HttpAgent({ origins: { [issuer]: node.port } });
  let seen = await agent.get(plainRequest(issuer, client).url);
  seen = await agent.submit(seen, { username: someone.username, password, action: 'continue' });
  if (stepOf(seen) === 'prove-key') {
    const text = await textTo(node, someone.number, before);
    seen = await agent.submit(seen, { code: /^\d{6}/.exec(text)?.[0] ?? '', action: 'continue' });
    if (stepOf(seen) === 'phase-out') seen = await agent.submit(seen, { action: 'postpone' });
  }
  await node.flush();
  return seen;
}

/** The text message that left after the first `before`; on a busy machine it comes later than the page. */
async function textTo(node: RunningNode, number: string, before: number): Promise<string> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await pause(20)) {
    await node.flush();
    const found = node.texts.slice(before).findLast(({ to }) => to === number);
    if (found) return found.text;
  }
  throw new Error(`No text message to ${number}.`);
}

/** Before midnight a text message opens the service, after it not, on both nodes. Who has an extension goes on. */
async function night(): Promise<void> {
  const midnight = Date.parse('2025-07-01T00:00:00+02:00');
  admin.clock.set(midnight - 60_000);
  for (const node of nodes) expect(gotCode(await signInOnce(node))).toBe(true);
  admin.clock.set(midnight - 1);
  for (const node of nodes) expect(gotCode(await signInOnce(node))).toBe(true);
  admin.clock.set(midnight);
  for (const node of nodes) {
    const seen = await signInOnce(node);
    expect([gotCode(seen), stepOf(seen)]).toEqual([false, 'phase-out']);
    expect(seen.body).not.toContain('value="postpone"');
    expect(gotCode(await signInOnce(node, { username: 'an.peeters', number: '+32470000000' }))).toBe(true);
    admin.clock.advance(120_000);
  }
}

let refusalExpected = false;
async function follow(step: RunbookStep): Promise<void> {
  if (step.kind === 'mark') {
    if (step.words[0] === 'at') await goTo(step.words[1] ?? '');
    else if (step.words[0] === 'night') await night();
    else if (step.words[0] === 'refused') refusalExpected = true;
    else throw new Error(`Line ${step.line}: nobody knows what ${step.words.join(' ')} means.`);
  } else if (step.kind === 'configuration') {
    await configure(step.yaml);
  } else await runCommand(step);
}

async function configure(yaml: string): Promise<void> {
  const { clients, ...rest } = parse(yaml) as { readonly clients: readonly { readonly id: string }[] };
  const merged = (tree['clients'] as readonly { readonly id: string }[]).map((one) => ({
    ...one,
    ...clients.find(({ id }) => id === one.id),
  }));
  tree = { ...tree, ...rest, clients: merged };
  await writeFile(admin.file, stringify(tree));
  await startServers();
}

async function runCommand({ words, prints, line, into }: Extract<RunbookStep, { kind: 'command' }>): Promise<void> {
  const told = await admin.rekey(words.map((word) => (word === 'N' ? stranded : word)));
  const answer = told.out + told.err;
  const whole = `line ${line}: rekey ${words.join(' ')}\n${answer.slice(0, 3_000)}`;
  expect({ whole, exit: told.exit }).toEqual({ whole, exit: refusalExpected ? 1 : 0 });
  const printed = prints.map((written) => written.replace(/^N /, `${stranded} `));
  expect({ whole, missing: missingIn(answer, printed) }).toEqual({ whole, missing: undefined });
  refusalExpected = false;
  stranded = /--accept-stranded (\d+)/.exec(told.err)?.[1] ?? stranded;
  if (into !== undefined) expect(told.out.trim().split('\n').length).toBeGreaterThan(1);
}

test(
  'A-370 every command of the page does on its day what the page says',
  async () => {
    const steps = readRunbook(page);
    for (const step of steps) await follow(step);
    expect(steps.filter(({ kind }) => kind === 'command').length).toBeGreaterThan(25);
    // Nothing on the page is passed by.
    expect(page.match(/^```(sh|text|yaml)$/gm)).toHaveLength((page.match(/^```$/gm) ?? []).length);
    expect(page.match(/^rekey /gm)).toHaveLength(steps.filter(({ kind }) => kind === 'command').length);
  },
  timeLimit,
);

test('A-371 mails: announced, corrected and announced anew, each person once; reminders to those who still have it', () => {
  const about = mailServer.mails.filter(({ listId }) => listId === 'key-dates.localhost');
  expect(about.filter(({ text, html }) => /UTC/.test(text) || html === undefined)).toEqual([]);
  const told = (words: RegExp) => about.filter(({ subject, text }) => words.test(`${subject}\n${text}`));
  const corrections = told(/^(Correction|Rechtzetting|Berichtigung)/);
  // Everybody who was told on 8 April that it is 30 June and still had the key on 1 May; before that, those with more
  // time.
  expect(corrections.length).toBeGreaterThan(count / 3);
  expect(new Set(corrections.map(({ to }) => to)).size).toBe(corrections.length);
  expect(corrections.every(({ text }) => /\b(7|20|31)\.? (juli|juillet|Juli|July) 2025/.test(text))).toBe(true);
  // 8 April, 6 May, 31 May, 23 June, 29 June: nobody more often; people who moved before get fewer.
  const times = new Map<string, number>();
  for (const { to } of told(/30\.? (juni|juin|Juni|June) 2025/).filter((mail) => !corrections.includes(mail)))
    times.set(to, (times.get(to) ?? 0) + 1);
  expect(Math.max(...times.values())).toBe(5);
  expect(new Set(about.map(({ messageId }) => messageId)).size).toBe(about.length);
  expect([...times.values()].filter((number) => number < 5).length).toBeGreaterThan(count / 5);
});

/** From the lines alone, by a count of its own: who held what when a key came. */
function countedByHand(events: readonly AuditEvent[]) {
  const held = new Map<string, string[]>();
  const leaving = new Map<string, string>();
  const counts: Record<string, number> = {};
  const add = (name: string) => void (counts[name] = (counts[name] ?? 0) + 1);
  for (const { action, factor = '', person = '', facts, actor } of events) {
    const keys = held.get(person) ?? [];
    const isSms = factor === 'sms';
    if (action === 'key.on') {
      if (isSms) add(facts?.['source'] === 'enrolled' ? 'enrolled' : 'given');
      // The line of a key that is replaced stands before that of the new one.
      const before = [...keys, ...(leaving.has(person) ? [leaving.get(person)] : [])];
      leaving.delete(person);
      if (!isSms && facts?.['source'] === 'enrolled' && before.length > 0 && before.every((one) => one === 'sms'))
        add('moved');
      held.set(person, [...keys, factor]);
    } else if (action === 'key.off') {
      if (isSms) add(facts?.['because'] === 'replaced' ? 'replaced' : actor === person ? 'removed' : 'reset');
      if (facts?.['because'] === 'replaced') leaving.set(person, factor);
      held.set(
        person,
        keys.filter((_, index) => index !== keys.indexOf(factor)),
      );
    } else if (isSms && action === 'keys.purged') {
      add('deleted');
      held.set(
        person,
        keys.filter((one) => one !== factor),
      );
    } else if (isSms && action === 'extension.given') add('extended');
    else if (isSms && action.startsWith('retirement.')) {
      add(action.slice('retirement.'.length));
      if (action === 'retirement.postponed' && facts?.['times'] === 1) add('postponed-first');
    }
  }
  const people = [...held.values()].filter((keys) => keys.includes('sms')).length;
  return { counts, people };
}

test('A-372 the figures are those of the audit log, counted independently', async () => {
  const { counts, now } = (await admin.rekey('factor progress sms --json')).json<{
    readonly counts: Readonly<Record<string, number>>;
    readonly now: { readonly people: number; readonly disabled: number };
  }>();
  const byHand = countedByHand((await services.audit.list({ limit: 1_000_000 })).map(({ event }) => event));
  expect(Object.fromEntries(Object.entries(counts).filter(([, number]) => number > 0))).toEqual(byHand.counts);
  expect(now.people + now.disabled).toBe(byHand.people);
  for (const name of ['asked', 'shown', 'postponed']) expect([name, byHand.counts[name] ?? 0]).not.toEqual([name, 0]);
  expect(byHand.counts['moved']).toBeGreaterThan(count / 5);
  expect(byHand.counts['extended']).toBe(1);
});
