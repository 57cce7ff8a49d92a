/** The demo beside the provider: a sample relying party, and a helper page with everything that a person would have. */
import type { Logger } from 'pino';
import { isKeptSender } from '../adapters/mail/store/store-sender.ts';
import type { MailSender } from '../adapters/mail/port.ts';
import { importPeople } from '../admin/use-cases/person-import.ts';
import type { Services } from '../admin/services.ts';
import type { DeploymentFiles } from '../config/find-deployment.ts';
import { addressesOf, type DemoAddresses } from './addresses.ts';
import { readDemoPeople, type DemoPeople } from './demo-people.ts';
import { commandOptions } from './command-options.ts';
import { createDemoState } from './demo-state.ts';
import { greeting, introduction } from './greeting.ts';
import { createEvents } from './helper-page/events.ts';
import type { IssuedCards } from './issued-cards.ts';
import { openSites } from './open-sites.ts';
import { markRunning } from './running-mark.ts';
import { startAfresh } from './start-afresh.ts';

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
    options: commandOptions(files, settings.storage.mongodb !== undefined),
    issued: async (person) => (await issuedCards?.of(person)) ?? [],
    messages: async () => (isKeptSender(mail) ? mail.messages() : []),
  });
  const afresh = once(async () =>
    startAfresh({
      services,
      lines: (await seeded).lines,
      async forgetShown() {
        await issuedCards?.empty();
        if (isKeptSender(mail)) await mail.empty();
      },
    }),
  );
  const sites = await openSites({ services, state, events, log, startAfresh: afresh });
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

/** Several calls at once are one. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}

const toStandardOutput = (text: string): void => {
  process.stdout.write(text);
};

/** An account that exists already stays as it is. */
async function seed(services: Services, log: Logger): Promise<DemoPeople> {
  const given = await readDemoPeople(services.settings.demo.people);
  const { added, present, refused } = await importPeople(services, { lines: given.lines, by });
  if (refused.length > 0) log.warn({ event: 'demo.people-refused', refused });
  log.info({ event: 'demo.people', added, present });
  return given;
}
