/**
 * The installation in which a runbook is followed: `eu-login.yaml` without dates, its people, and what happens between
 * two steps of the page.
 */
import { parse } from 'yaml';
import { pino } from 'pino';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Mail } from '../../adapters/mail/port.ts';
import type { Collection } from '../../adapters/storage/port.ts';
import type { Sms } from '../../adapters/sms/port.ts';
import type { Services } from '../../admin/services.ts';
import { createApp } from '../../app/create-app.ts';
import { purgeRound } from '../../app/purge-round.ts';
import { openRenderer } from '../../app/drawing.ts';
import { listen } from '../../app/listen.ts';
import { writerOf } from '../../app/sms.ts';
import { exchangeKey } from '../../digital-keys/exchange-key.ts';
import { createOutbox } from '../../messages/outbox.ts';
import { outboxEntries, type Queued } from '../../messages/outbox-store.ts';
import { createRelay } from '../../messages/relay.ts';
import { createMailGate } from '../../schedules/mail-gate.ts';
import { mailRulesOf } from '../../schedules/mail-rules.ts';
import { createReminders } from '../../schedules/reminders.ts';

export const totp = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
export const password = 'Tulpen uit Haarlem 42';

/**
 * The deployment as it comes, but for its addresses and gateways, without dates of text messages, and with a relying
 * party that takes nothing else.
 */
export function runbookDeployment(issuer: string): Record<string, unknown> {
  const folder = join(import.meta.dirname, '../../config/deployments');
  const tree = parse(readFileSync(join(folder, 'eu-login.yaml'), 'utf8')) as Record<string, never> & {
    readonly branding: { readonly logo: string };
    readonly sms: Readonly<Record<string, unknown>>;
    readonly factors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly clients: readonly Readonly<Record<string, unknown>>[];
  };
  const { twilio: _gateway, ...sms } = tree.sms;
  const { schedule: _dates, ...ofSms } = tree.factors['sms'] ?? {};
  const fleet = {
    id: 'fleet',
    name: 'Fleet',
    redirectUris: ['https://fleet.eu.example/callback'],
    level: 'substantial',
    accepts: ['sms'],
  };
  return {
    ...tree,
    issuer,
    listen: { host: '127.0.0.1' },
    state: 'state',
    mail: { outbox: true },
    branding: { ...tree.branding, logo: join(folder, tree.branding.logo) },
    sms: { ...sms, outbox: true },
    factors: { ...tree.factors, sms: ofSms },
    clients: [...tree.clients, fleet].map((client) => ({ ...client, secret: 'a-secret-of-the-relying-party-1' })),
  };
}

/**
 * Lines of an import. Six in ten hold text messages, four in ten nothing else; three of these have no mailbox, and had
 * a stronger key, so that a text message does not permit giving an address.
 */
export function runbookPeople(count: number, passwordHash: string): string {
  const languages = ['nl', 'fr', 'de', 'en'];
  const special = ['an.peeters', 'els.maes', 'tom.jacobs', 'old.account'];
  return Array.from({ length: count }, (_, index) => {
    const username = special[index] ?? `person-${index}`;
    const lost = index >= 1 && index <= 3;
    const email = lost ? undefined : `${username}@eu.example`;
    const number = `+32470${String(index).padStart(6, '0')}`;
    const sms = { factor: 'sms', data: { number } };
    const app = { factor: 'authenticator-app', data: { secret: totp } };
    const kind = index < special.length ? 0 : index % 10;
    return JSON.stringify({
      username,
      language: languages[index % languages.length],
      email,
      bar: lost ? 'high' : undefined,
      groups: [index % 200 === 10 ? 'inspectors' : index % 3 === 1 ? 'partners' : 'staff'],
      disabled: index % 100 === 30,
      passwordHash,
      keys: kind < 4 ? [sms] : kind < 6 ? [sms, app] : [app],
    });
  }).join('\n');
}

export interface MailServer {
  readonly mails: Mail[];
  /**
   * What the leader does on this day: deletes what is due, looks who is due, and sends. Ends when every mail of the day
   * has left: a clock that moves on by a day while a mail is being sent would end its lease.
   */
  day(): Promise<void>;
  stop(): Promise<void>;
}

/** Reminders, outbox and relay of a server, without its rests between two mails. */
export function startMails(services: Services): MailServer {
  const { settings, people, schedules, clock, storage, secretBox, audit } = services;
  const log = pino({ level: 'silent' });
  const mails: Mail[] = [];
  const renderer = openRenderer(services);
  const scheduler = {
    after: (_milliseconds: number, run: () => void) => {
      queueMicrotask(run);
      return () => undefined;
    },
  };
  const reminders = createReminders({
    ...mailRulesOf(settings),
    people,
    dates: async () => ({ schedules: await schedules.current(), states: await schedules.mails() }),
    clock,
    log,
    serviceName: (client) => client,
    scheduler,
  });
  const sender = {
    send: async (mail: Mail) => {
      mails.push(mail);
      return { kind: 'sent' } as const;
    },
  };
  // A collection is declared once: the outbox and this look share it.
  const entries = storage.collection(outboxEntries);
  const outbox = createOutbox({
    storage: { ...storage, collection: <T extends object>() => entries as unknown as Collection<T> },
    secretBox,
    clock,
    log,
    senders: { email: sender },
    render: writerOf(renderer),
    gate: createMailGate({ ...mailRulesOf(settings), states: () => schedules.mails() }),
    audit: (lines) => audit.append(lines),
    givenUp: (id, message) => reminders.givenUp(id, message),
  });
  const relay = createRelay({ people, others: [schedules], outbox, audit, clock, log, removeAfter: 0 });
  return {
    mails,
    async day() {
      await reminders.round();
      await purgeRound(services);
      await relay.flush();
      while (await isAnyDue(entries, clock.now())) await pause(20);
    },
    async stop() {
      await reminders.stop();
      await relay.stop();
      await outbox.stop();
    },
  };
}

/** Whether a message is being sent, or could be now. */
async function isAnyDue(entries: Collection<Queued>, now: number): Promise<boolean> {
  const found = await entries.findBy('open', 'all', 1_000);
  return found.some(({ value: { status, nextAt } }) => status === 'sending' || nextAt <= now);
}

/** A person who has nothing but text messages activates the app in its place, as the wizard writes it. */
export async function moveOn(services: Services, id: string): Promise<boolean> {
  const factor = services.registry.get('authenticator-app');
  const loaded = factor && (await factor.transfer?.load(services.toolsFor(factor), { secret: totp }));
  if (!factor || !loaded?.ok) throw new Error('The app cannot be activated.');
  const secret = loaded.value;
  const now = services.clock.now();
  let moved = false;
  await services.people.change(id, (person) => {
    const old = person.keys.find((key) => key.factor === 'sms' && key.status === 'active');
    const proven = { factor, secret, assurance: { strength: 'substantial' }, unique: undefined, audit: {} };
    const { account, result } = exchangeKey(
      services.enrolments,
      person,
      { proven: proven as never, replaces: old?.id, client: 'staff-portal' },
      now,
    );
    moved = account !== undefined && result !== undefined;
    return account ?? person;
  });
  return moved;
}

export interface RunningNode {
  readonly port: number;
  readonly texts: Sms[];
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** One server process' worth: services of its own on the same store, and a port. Its mails are added to `mails`. */
export async function startNode(services: Services, mails: Mail[]): Promise<RunningNode> {
  const texts: Sms[] = [];
  const sms = {
    send: async (sent: Sms) => {
      texts.push(sent);
      return { kind: 'sent' } as const;
    },
    close: async () => {},
  };
  const mail = {
    send: async (sent: Mail) => {
      mails.push(sent);
      return { kind: 'sent' } as const;
    },
    close: async () => {},
  };
  const app = await createApp({ services, mail, sms });
  const server = await listen(app.callback, { host: '127.0.0.1', port: 0 });
  return {
    port: (server.address() as AddressInfo).port,
    texts,
    flush: () => app.flush(),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await app.stop();
    },
  };
}
