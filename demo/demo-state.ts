/** The present state of a demo: the file's people with their keys, the messages, the last days. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptMessage } from '../adapters/message-store.ts';
import { listFactors, type FactorListing } from '../admin/use-cases/factor-list.ts';
import type { Services } from '../admin/services.ts';
import { dayOf } from '../time/calendar.ts';
import { withAddresses, type DemoAddresses } from './addresses.ts';
import type { DemoCard, DemoPeople, FurtherStep } from './demo-people.ts';
import { zoneOf } from './demo-zone.ts';
import { lookAtLastDays, type LastDayChoice } from './last-days.ts';
import { shownPerson, type ShownPerson } from './shown-person.ts';
import { shownStory, type ShownStep } from './story.ts';
import { whatHappened, type Happened } from './what-happened.ts';

export interface ShownSchedule {
  readonly factor: string;
  readonly name: string;
  readonly status: string;
  /** Written out; absent: none is set. */
  readonly lastDay: string | undefined;
  readonly when: string;
}

/** With what each last-day button would do; nothing is written. */
export interface CountedSchedule extends ShownSchedule {
  readonly choices: readonly LastDayChoice[];
}

export interface DemoState {
  readonly addresses: DemoAddresses;
  /** What follows every command of this demo. */
  readonly options: string;
  /** The name of a factor on the pages. */
  readonly keyName: (factor: string) => string;
  /** Whether an enabled factor sends messages to telephones. */
  readonly sendsSms: boolean;
  /** Waits until all people exist. */
  people(): Promise<readonly ShownPerson[]>;
  messages(): Promise<readonly KeptMessage[]>;
  /** Of every factor that has dates. */
  schedules(): Promise<readonly ShownSchedule[]>;
  /** The same, with the pre-flights of the buttons. Waits until all people exist: before, they would count nobody. */
  countedSchedules(): Promise<readonly CountedSchedule[]>;
  /** @param counted if it was asked for already. Waits until all people exist. */
  story(counted?: readonly CountedSchedule[]): Promise<readonly ShownStep[]>;
  /** What to try after the story; waits as well. */
  more(): Promise<readonly FurtherStep[]>;
  /** The newest lines of the audit log in words, newest first. */
  happened(atMost: number): Promise<readonly Happened[]>;
  moment(instant: number): string;
}

const dayLength = 86_400_000;

interface Parts {
  readonly services: Services;
  readonly addresses: DemoAddresses;
  /** What is in its file, once all of them have an account. */
  readonly seeded: Promise<DemoPeople>;
  /** What follows every command of this demo. */
  readonly options: string;
  /** Cards that were handed out since, by the person's id. */
  readonly issued: (person: string) => Promise<readonly DemoCard[]>;
  readonly messages: () => Promise<readonly KeptMessage[]>;
}

export function createDemoState(parts: Parts): DemoState {
  const { services, addresses, seeded, messages } = parts;
  const { people, registry, settings } = services;
  const names = new Map(registry.all().map(({ id }) => [id, nameOf(registry.folder(id))]));
  const keyName = (factor: string): string => names.get(factor) ?? factor;
  const schedules = async () => {
    const dated = (await listFactors(services)).filter(({ enabled, zone }) => enabled && zone !== null);
    return dated.map((listed) => shownSchedule(listed, keyName(listed.id), services.clock.now()));
  };
  const counted = { services, client: settings.demo.client, options: parts.options };
  const countedSchedules = async () => {
    await seeded;
    const dated = await schedules();
    return Promise.all(dated.map(async (one) => ({ ...one, choices: await lookAtLastDays(counted, one.factor) })));
  };
  return {
    addresses,
    options: parts.options,
    keyName,
    sendsSms: registry.all().some(({ id, traits }) => traits.sends === 'sms' && settings.factors[id]?.enabled === true),
    messages,
    async people() {
      const shown: ShownPerson[] = [];
      for (const given of (await seeded).people) {
        const person = await people.findByUsername(given.username);
        if (person && person.removedAt === undefined)
          shown.push(await shownPerson({ ...parts, keyName }, given, person));
      }
      return shown;
    },
    schedules,
    countedSchedules,
    async story(given) {
      const { story, people: cast } = await seeded;
      const [first] = given ?? (await countedSchedules());
      const dated = first && {
        isOver: first.status === 'sunset' || first.status === 'purged',
        choices: first.choices,
      };
      return shownStory({ story, people: cast, service: addresses.services[0]?.address ?? '', dated });
    },
    more: async () => (await seeded).more.map((step) => withAddresses(step, addresses)),
    happened: (atMost) => whatHappened(services, { atMost, clientName: (id) => clientName(services, id) }),
    moment: (instant) =>
      new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: zoneOf(services) }).format(
        instant,
      ),
  };
}

function clientName({ settings }: Services, id: string): string {
  const name = settings.clients.find((client) => client.id === id)?.name;
  return (typeof name === 'string' ? name : name?.['en']) ?? id;
}

/** As the pages show it. */
const nameOf = (folder: string): string => {
  const texts = JSON.parse(readFileSync(join(folder, 'locales/en.json'), 'utf8')) as { readonly name: string };
  return texts.name;
};

function shownSchedule({ id, status, lastDay, zone }: FactorListing, name: string, now: number): ShownSchedule {
  if (lastDay === null) return { factor: id, name, status, lastDay: undefined, when: '' };
  const days = Math.round((Date.parse(lastDay) - Date.parse(dayOf(now, zone ?? 'UTC'))) / dayLength);
  const written = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(Date.parse(lastDay));
  return { factor: id, name, status, lastDay: written, when: inWords(days) };
}

function inWords(days: number): string {
  if (days === 0) return 'today: it signs in until midnight';
  if (days === 1) return 'tomorrow';
  if (days > 1) return `in ${days} days`;
  return days === -1 ? 'yesterday: it is over' : `${-days} days ago: it is over`;
}
