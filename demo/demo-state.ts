/** The present state of a demo: the file's people with their keys, the messages, the last days. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptMessage } from '../adapters/message-store.ts';
import { listFactors, type FactorListing } from '../admin/use-cases/factor-list.ts';
import type { Services } from '../admin/services.ts';
import { dayOf } from '../time/calendar.ts';
import { personFacts } from '../digital-keys/key-changes.ts';
import type { Person } from '../accounts/person.ts';
import type { DemoAddresses } from './addresses.ts';
import type { DemoCard, DemoPeople } from './demo-people.ts';

export interface ShownCard extends DemoCard {
  /** Used positions. */
  readonly spent: readonly number[];
  /** Whether the key is still on. */
  readonly active: boolean;
}

export interface ShownPerson {
  readonly username: string;
  readonly password: string;
  readonly email: string | undefined;
  readonly displayName: string;
  readonly language: string;
  readonly disabled: boolean;
  readonly what: string;
  /** In words. */
  readonly keys: readonly string[];
  readonly cards: readonly ShownCard[];
  /** Secrets of the active authenticator apps, including new ones. */
  readonly totp: readonly string[];
  /** Telephone numbers of active keys. */
  readonly phones: readonly string[];
}

export interface ShownSchedule {
  readonly factor: string;
  readonly name: string;
  readonly status: string;
  /** Written out; absent: none is set. */
  readonly lastDay: string | undefined;
  readonly when: string;
}

export interface DemoState {
  readonly addresses: DemoAddresses;
  /** The name of a factor on the pages. */
  readonly keyName: (factor: string) => string;
  /** Whether an enabled factor sends messages to telephones. */
  readonly sendsSms: boolean;
  /** Waits until all people exist. */
  people(): Promise<readonly ShownPerson[]>;
  messages(): Promise<readonly KeptMessage[]>;
  /** Of every factor that has dates. */
  schedules(): Promise<readonly ShownSchedule[]>;
  moment(instant: number): string;
}

type Dumped = Readonly<Record<string, unknown>>;

const dayLength = 86_400_000;

interface Parts {
  readonly services: Services;
  readonly addresses: DemoAddresses;
  readonly seeded: Promise<DemoPeople>;
  /** Cards that were handed out since, by the person's id. */
  readonly issued: (person: string) => Promise<readonly DemoCard[]>;
  readonly messages: () => Promise<readonly KeptMessage[]>;
}

export function createDemoState(parts: Parts): DemoState {
  const { services, addresses, seeded, messages } = parts;
  const { people, registry, settings } = services;
  const names = new Map(registry.all().map(({ id }) => [id, nameOf(registry.folder(id))]));
  const keyName = (factor: string): string => names.get(factor) ?? factor;
  return {
    addresses,
    keyName,
    sendsSms: registry.all().some(({ id, traits }) => traits.sends === 'sms' && settings.factors[id]?.enabled === true),
    messages,
    async people() {
      const shown: ShownPerson[] = [];
      for (const given of (await seeded).people) {
        const person = await people.findByUsername(given.username);
        if (person) shown.push(await shownPerson(parts, keyName, given, person));
      }
      return shown;
    },
    async schedules() {
      const dated = (await listFactors(services)).filter(({ enabled, zone }) => enabled && zone !== null);
      return dated.map((listed) => shownSchedule(listed, keyName(listed.id), services.clock.now()));
    },
    moment: (instant) =>
      new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: zoneOf(services) }).format(
        instant,
      ),
  };
}

async function shownPerson(
  { services, issued }: Parts,
  keyName: DemoState['keyName'],
  { username, password, cards, what }: DemoPeople['people'][number],
  person: Person,
): Promise<ShownPerson> {
  const secrets = secretsOf(services, person);
  const printed = [...cards, ...(await issued(person.id))];
  return {
    username,
    password,
    email: person.email?.address,
    displayName: personFacts(person).displayName,
    language: person.language,
    disabled: person.disabled,
    what,
    keys: person.keys
      .filter(({ status }) => status !== 'off')
      .map(({ factor, detail, status }) => {
        const name = [keyName(factor), detail].filter(Boolean).join(' ');
        return status === 'blocked' ? `${name} (blocked)` : name;
      }),
    // A card that signs in comes first.
    cards: printed
      .map(({ serial, codes }) => {
        const secret = secrets.find((one) => one['serial'] === serial);
        return { serial, codes, active: secret !== undefined, spent: (secret?.['spent'] ?? []) as readonly number[] };
      })
      .toSorted((one, other) => Number(other.active) - Number(one.active)),
    totp: secrets.flatMap(({ secret }) => (typeof secret === 'string' ? [secret] : [])),
    phones: secrets.flatMap(({ number }) => (typeof number === 'string' ? [number] : [])),
  };
}

/** The secrets of the active keys, as their factors export them. */
const secretsOf = ({ registry, sealing }: Services, person: Person): readonly Dumped[] =>
  person.keys.flatMap((key): readonly Dumped[] => {
    const factor = registry.get(key.factor);
    if (!factor?.transfer || key.status !== 'active' || key.sealed === undefined) return [];
    const secret = sealing.openKey(factor, person.id, key.id, key.sealed);
    return secret === undefined ? [] : [factor.transfer.dump(secret) as Dumped];
  });

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

export const zoneOf = ({ settings }: Services): string =>
  Object.values(settings.factors).find(({ schedule }) => schedule !== undefined)?.schedule?.zone ?? 'UTC';

function inWords(days: number): string {
  if (days === 0) return 'today: it signs in until midnight';
  if (days === 1) return 'tomorrow';
  if (days > 1) return `in ${days} days`;
  return days === -1 ? 'yesterday: it is over' : `${-days} days ago: it is over`;
}
