/** The demo beside the provider: a sample relying party, and a helper page with everything that a person would have. */
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { isKeptSender } from '../adapters/mail/store/store-sender.ts';
import type { MailSender } from '../adapters/mail/port.ts';
import { scheduleFactor } from '../admin/use-cases/factor-schedule.ts';
import { newlyStranded } from '../admin/use-cases/brake.ts';
import { importPeople } from '../admin/use-cases/person-import.ts';
import type { Services } from '../admin/services.ts';
import { addDays, dayOf } from '../time/calendar.ts';
import type { DeploymentFiles } from '../config/find-deployment.ts';
import { levels } from '../factors/policy/types.ts';
import { addressesOf, type DemoAddresses } from './addresses.ts';
import { readDemoPeople, type DemoPeople } from './demo-people.ts';
import { createDemoState, zoneOf, type DemoState } from './demo-state.ts';
import { greeting, introduction } from './greeting.ts';
import { createEvents, type Events } from './helper-page/events.ts';
import { cardReaderRoutes, cardResponder } from './card-reader/routes.ts';
import type { IssuedCards } from './issued-cards.ts';
import { helperPageRoutes, type LastDay } from './helper-page/routes.ts';
import { nationalApp } from './national-app/routes.ts';
import { relyingPartiesRoutes } from './relying-party/services.ts';
import { markRunning } from './running-mark.ts';
import { openSite, type Site } from './site.ts';

export interface DemoParts {
  readonly services: Services;
  /** The cards that the command line has handed out. */
  readonly issuedCards?: IssuedCards | undefined;
  /** The sender of this deployment; its mails are shown when it keeps them. */
  readonly mail: MailSender;
  readonly log: Logger;
  /** Warnings of the configuration, to be printed. */
  readonly files?: DeploymentFiles;
  /** Prints the addresses. Default: standard output. */
  readonly say?: (text: string) => void;
}

export interface Demo {
  readonly addresses: DemoAddresses;
  close(): Promise<void>;
}

const by = 'demo';

/**
 * Call it once the provider listens: it returns when both sites listen, and people are added afterwards (`/demo.json`
 * waits for them). Rejects with `PortTaken`, whose message is the whole line to show.
 */
export async function startDemo(parts: DemoParts): Promise<Demo> {
  const { services, issuedCards, mail, log, files, say = toStandardOutput } = parts;
  const { settings } = services;
  const addresses = addressesOf(services);
  const events = createEvents();
  const seeded = seed(services, log);
  seeded.catch((error: unknown) => log.error({ event: 'demo.people-missing', err: error }));
  const state = createDemoState({
    services,
    addresses,
    seeded,
    issued: async (person) => (await issuedCards?.of(person)) ?? [],
    messages: async () => (isKeptSender(mail) ? mail.messages() : []),
  });
  const sites = await openSites(parts, state, events);
  const unmark = await markRunning(settings.state, settings.listen.port);
  say(greeting(addresses, files));
  const introduced = seeded.then((given) => say(introduction(given, addresses))).catch(() => undefined);
  const stopListening = isKeptSender(mail) ? mail.onMessage(events.changed) : () => {};

  return {
    addresses,
    async close() {
      stopListening();
      events.close();
      await Promise.all(sites.map((site) => site.close()));
      // Close the services after this: not before all people were added.
      await introduced;
      await unmark();
    },
  };
}

/** The relying parties and the helper page; the first is closed again if the second cannot open. */
async function openSites({ services, log }: DemoParts, state: DemoState, events: Events): Promise<readonly Site[]> {
  const { settings, clock } = services;
  const { relyingPartyPort, helperPort } = settings.demo;
  const { host } = settings.listen;
  const { addresses } = state;
  const { pages, told } = relyingPartiesRoutes({
    issuer: settings.issuer,
    origin: addresses.relyingParty,
    services: addresses.services.map((service) => ({
      ...service,
      post: clientOf(services, service.id)?.tokenEndpointAuthMethod === 'client_secret_post',
    })),
    levels: new Map(levels.map((level) => [settings.acr[level], level])),
    keyName: state.keyName,
    zone: zoneOf(services),
    helperPage: addresses.helperPage,
    log,
  });
  const relyingParty = await openSite({
    host,
    port: relyingPartyPort,
    variable: 'REKEY_DEMO_RELYING_PARTY_PORT',
    log,
    routes: pages,
    forPrograms: told,
  });
  const helperPage = await openSite({
    host,
    port: helperPort,
    variable: 'REKEY_DEMO_HELPER_PORT',
    log,
    routes: inTurn(
      helperPageRoutes({
        state,
        events,
        setLastDay: (day, factor) => setLastDay(services, day, factor),
        now: () => clock.now(),
      }),
      cardReaderRoutes({
        provider: new URL(settings.issuer).origin,
        helperPage: addresses.helperPage,
        now: () => clock.now(),
      }),
    ),
    forPrograms: servicesOfOthers(services, state),
  }).catch(async (error: unknown) => {
    await relyingParty.close();
    throw error;
  });
  return [relyingParty, helperPage];
}

/** What our provider asks outside: whether a card was revoked, and the provider of a national app. */
function servicesOfOthers({ settings, clock }: Services, state: DemoState): Middleware {
  const { helperPage } = state.addresses;
  const now = () => clock.now();
  const citizens = async () =>
    (await state.people()).map(({ username, displayName }) => ({ sub: `citizen ${username}`, name: displayName }));
  return inTurn(cardResponder({ now }), nationalApp({ ours: settings.issuer, helperPage, people: citizens, now }));
}

const inTurn =
  (first: Middleware, second: Middleware): Middleware =>
  (ctx, next) =>
    first(ctx, () => second(ctx, next) as Promise<void>) as Promise<void>;

const toStandardOutput = (text: string): void => {
  process.stdout.write(text);
};

const clientOf = ({ settings }: Services, id: string) => settings.clients.find((client) => client.id === id);

/** An account that exists already stays as it is. */
async function seed(services: Services, log: Logger): Promise<DemoPeople> {
  const given = await readDemoPeople(services.settings.demo.people);
  const { added, present, refused } = await importPeople(services, { lines: given.lines, by });
  if (refused.length > 0) log.warn({ event: 'demo.people-refused', refused });
  log.info({ event: 'demo.people', added, present });
  return given;
}

/** A sentence if it was refused. */
async function setLastDay(services: Services, day: LastDay, factor: string): Promise<string | undefined> {
  const zone = (await services.schedules.current())[factor]?.zone ?? zoneOf(services);
  const today = dayOf(services.clock.now(), zone);
  const days = { 'in-ten-days': 10, tonight: 0, yesterday: -1 } as const;
  const untilAndIncluding = addDays(today, days[day]);
  const request = { factor, by, days: { untilAndIncluding }, zone };
  // The button uses the same confirmation as an administrator, and accepts its warnings: nobody is really locked out
  // here.
  const looked = await scheduleFactor(services, { ...request, dryRun: true });
  const looks = looked.ok ? looked.value.looks : looked.looks;
  const accepted = looks && { stranded: newlyStranded(looks), reason: 'A button of the demo was pressed.' };
  const outcome = await scheduleFactor(services, { ...request, accepted });
  return outcome.ok ? undefined : outcome.refusals.map(({ says }) => says).join(' ');
}
