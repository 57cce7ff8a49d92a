/** What stands at this moment: the file's people with what has become of their keys, the mails, the card's last day. */
import type { KeptMessage } from '../adapters/kept-messages.ts';
import { listFactors } from '../admin/use-cases/factor-list.ts';
import type { House } from '../compose.ts';
import { dayOf } from '../factors/calendar.ts';
import { personFacts } from '../factors/enrolments.ts';
import type { Person } from '../people/person.ts';
import type { DemoCard, DemoPeople } from './demo-people.ts';

export interface ShownCard extends DemoCard {
  /** Positions that were used up. */
  readonly spent: readonly number[];
  /** Whether it is still a key. */
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
  /** Secrets of the authenticator apps that are keys now, those activated meanwhile included. */
  readonly totp: readonly string[];
}

export interface DemoAddresses {
  readonly issuer: string;
  readonly relyingParty: string;
  readonly helperPage: string;
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string };
}

export interface ShownSchedule {
  readonly name: string;
  readonly status: string;
  /** Written out; absent: none is set. */
  readonly lastDay: string | undefined;
  readonly when: string;
}

export interface DemoState {
  readonly addresses: DemoAddresses;
  /** Waits until everybody is there. */
  people(): Promise<readonly ShownPerson[]>;
  messages(): Promise<readonly KeptMessage[]>;
  schedule(): Promise<ShownSchedule | undefined>;
  moment(instant: number): string;
}

type Dumped = Readonly<Record<string, unknown>>;

export const retiring = 'token-card';

const words: Readonly<Record<string, string>> = {
  'token-card': 'paper card',
  'email-otp': 'code by e-mail',
  'authenticator-app': 'authenticator app',
};
const dayLength = 86_400_000;

export function createDemoState({
  house,
  addresses,
  seeded,
  messages,
}: {
  readonly house: House;
  readonly addresses: DemoAddresses;
  readonly seeded: Promise<DemoPeople>;
  readonly messages: () => Promise<readonly KeptMessage[]>;
}): DemoState {
  const { people, registry, sealing } = house;

  /** What the factors give out of the keys that are on. */
  const secretsOf = (person: Person) =>
    person.keys.flatMap((key): readonly Dumped[] => {
      const factor = registry.get(key.factor);
      if (!factor?.transfer || key.status !== 'active' || key.sealed === undefined) return [];
      const secret = sealing.openKey(factor, person.id, key.id, key.sealed);
      return secret === undefined ? [] : [factor.transfer.dump(secret) as Dumped];
    });

  return {
    addresses,
    messages,
    async people() {
      const shown: ShownPerson[] = [];
      for (const { username, password, cards, what } of (await seeded).people) {
        const person = await people.findByUsername(username);
        if (!person) continue;
        const secrets = secretsOf(person);
        const facts = personFacts(person);
        shown.push({
          username,
          password,
          email: person.email?.address,
          displayName: facts.displayName,
          language: person.language,
          disabled: person.disabled,
          what,
          keys: person.keys
            .filter(({ status }) => status !== 'off')
            .map(({ factor, detail, status }) => {
              const name = [words[factor] ?? factor, detail].filter(Boolean).join(' ');
              return status === 'blocked' ? `${name} (blocked)` : name;
            }),
          cards: cards.map(({ serial, codes }) => {
            const held = secrets.find((secret) => secret['serial'] === serial);
            return { serial, codes, active: held !== undefined, spent: (held?.['spent'] ?? []) as readonly number[] };
          }),
          totp: secrets.flatMap(({ secret }) => (typeof secret === 'string' ? [secret] : [])),
        });
      }
      return shown;
    },
    async schedule() {
      const listed = (await listFactors(house)).find(({ id }) => id === retiring);
      if (!listed) return undefined;
      const { status, lastDay, zone } = listed;
      const name = words[retiring] ?? retiring;
      if (lastDay === null) return { name, status, lastDay: undefined, when: '' };
      const days = Math.round((Date.parse(lastDay) - Date.parse(dayOf(house.clock.now(), zone ?? 'UTC'))) / dayLength);
      const written = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(
        Date.parse(lastDay),
      );
      return { name, status, lastDay: written, when: inWords(days) };
    },
    moment: (instant) =>
      new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: zoneOf(house) }).format(
        instant,
      ),
  };
}

export const zoneOf = ({ settings }: House): string =>
  Object.values(settings.factors).find(({ schedule }) => schedule !== undefined)?.schedule?.zone ?? 'UTC';

function inWords(days: number): string {
  if (days === 0) return 'today: it signs in until midnight';
  if (days === 1) return 'tomorrow';
  if (days > 1) return `in ${days} days`;
  return days === -1 ? 'yesterday: it is over' : `${-days} days ago: it is over`;
}
