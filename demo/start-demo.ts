/** The demo beside the provider: a sample relying party, and a helper page with everything that a person would have in hand. */
import type { Logger } from 'pino';
import { isKeptSender } from '../adapters/mail/kept/kept-sender.ts';
import type { MailSender } from '../adapters/mail/port.ts';
import { scheduleFactor } from '../admin/use-cases/factor-schedule.ts';
import { importPeople } from '../admin/use-cases/person-import.ts';
import type { House } from '../compose.ts';
import { addDays, dayOf } from '../factors/calendar.ts';
import { levels } from '../factors/policy/terms.ts';
import { readDemoPeople, type DemoPeople } from './demo-people.ts';
import { createDemoState, retiring, zoneOf, type DemoAddresses } from './demo-state.ts';
import { createEvents } from './helper-page/events.ts';
import { helperPageRoutes, type LastDay } from './helper-page/routes.ts';
import { relyingPartyRoutes } from './relying-party/routes.ts';
import { markRunning } from './running-mark.ts';
import { openSite } from './site.ts';

export interface DemoParts {
  readonly house: House;
  /** The sender of this deployment; its mails are shown when it keeps them. */
  readonly mail: MailSender;
  readonly log: Logger;
  /** Takes the few lines that tell where to go. Default: standard output. */
  readonly say?: (text: string) => void;
}

export interface Demo {
  readonly addresses: DemoAddresses;
  close(): Promise<void>;
}

const by = 'demo';

/**
 * Call it once the provider listens: it returns when both sites listen too, and the people come in behind it (`/demo.json` waits for them).
 * Rejects with `PortTaken`, whose message is the whole line to show.
 */
export async function startDemo({ house, mail, log, say = toStandardOutput }: DemoParts): Promise<Demo> {
  const { settings, clock } = house;
  const { relyingPartyPort, helperPort } = settings.demo;
  const { host } = settings.listen;
  const addresses = addressesOf(house);
  const events = createEvents();

  const helperSite = { host, port: helperPort, variable: 'REKEY_DEMO_HELPER_PORT', log };
  const relyingPartySite = { host, port: relyingPartyPort, variable: 'REKEY_DEMO_RELYING_PARTY_PORT', log };
  const seeded = seed(house, log);
  seeded.catch((error: unknown) => log.error({ event: 'demo.people-missing', err: error }));
  const state = createDemoState({
    house,
    addresses,
    seeded,
    messages: async () => (isKeptSender(mail) ? mail.messages() : []),
  });
  const relyingParty = await openSite({
    ...relyingPartySite,
    routes: relyingPartyRoutes({
      issuer: settings.issuer,
      client: { ...addresses.client, post: clientOf(house)?.tokenEndpointAuthMethod === 'client_secret_post' },
      origin: addresses.relyingParty,
      levels: new Map(levels.map((level) => [settings.acr[level], level])),
      zone: zoneOf(house),
      helperPage: addresses.helperPage,
      log,
    }),
  });
  const helperPage = await openSite({
    ...helperSite,
    routes: helperPageRoutes({ state, events, setLastDay: (day) => setLastDay(house, day), now: () => clock.now() }),
  }).catch(async (error: unknown) => {
    await relyingParty.close();
    throw error;
  });
  const unmark = await markRunning(settings.state, settings.listen.port);
  say(greeting(addresses));
  const introduced = seeded.then(({ people }) => say(introduction(people, addresses))).catch(() => undefined);
  const stopListening = isKeptSender(mail) ? mail.onMessage(events.changed) : () => {};

  return {
    addresses,
    async close() {
      stopListening();
      events.close();
      await Promise.all([relyingParty.close(), helperPage.close()]);
      // Whoever closes the house next must not pull it away from under the people who are coming in.
      await introduced;
      await unmark();
    },
  };
}

const toStandardOutput = (text: string): void => {
  process.stdout.write(text);
};

const greeting = ({ issuer, relyingParty, helperPage }: DemoAddresses): string => `
  Rekey is running.

  Sign in here        ${relyingParty}
  People and mails    ${helperPage}
  The provider        ${issuer}/.well-known/openid-configuration

`;

/** The cast, and what to do first. */
const introduction = (people: DemoPeople['people'], { relyingParty, helperPage }: DemoAddresses): string => {
  const width = Math.max(...people.map(({ username }) => username.length));
  const wide = Math.max(...people.map(({ password }) => password.length));
  const cast = people.map(
    ({ username, password, what }) => `    ${username.padEnd(width)}  ${password.padEnd(wide)}  ${what}`,
  );
  const first = people[0]?.username ?? '';
  return `  People (name, password, what to try)
${cast.join('\n')}

  What to try first
    1. Open ${relyingParty} and sign in as ${first} with the paper card; its codes are on ${helperPage}.
    2. You are told that the card is going: activate a new key, in four steps, and come back signed in.
    3. On ${helperPage} let the card end yesterday, and sign in with a card again.

`;
};

const clientOf = ({ settings }: House) => settings.clients.find(({ id }) => id === settings.demo.client);

function addressesOf(house: House): DemoAddresses {
  const { settings } = house;
  const relyingParty = `http://localhost:${settings.demo.relyingPartyPort}`;
  return {
    issuer: settings.issuer,
    relyingParty,
    helperPage: `http://localhost:${settings.demo.helperPort}`,
    client: {
      id: settings.demo.client,
      secret: clientOf(house)?.secret ?? '',
      redirectUri: `${relyingParty}/callback`,
    },
  };
}

/** Whoever is there already stays as he is. */
async function seed(house: House, log: Logger): Promise<DemoPeople> {
  const given = await readDemoPeople(house.settings.demo.people);
  const { added, present, refused } = await importPeople(house, { lines: given.lines, by });
  if (refused.length > 0) log.warn({ event: 'demo.people-refused', refused });
  log.info({ event: 'demo.people', added, present });
  return given;
}

/** A sentence when it was refused. */
async function setLastDay(house: House, day: LastDay): Promise<string | undefined> {
  const zone = zoneOf(house);
  const today = dayOf(house.clock.now(), zone);
  const days = { 'in-ten-days': 10, tonight: 0, yesterday: -1 } as const;
  const untilAndIncluding = addDays(today, days[day]);
  const outcome = await scheduleFactor(house, { factor: retiring, by, days: { untilAndIncluding }, zone });
  return outcome.ok ? undefined : outcome.refusals.map(({ says }) => says).join(' ');
}
