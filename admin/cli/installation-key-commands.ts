/** `rekey signing-key …` and `rekey cookie-key …`: the same four verbs for both lists of keys. */
import {
  addInstallationKey,
  listKeys,
  promoteInstallationKey,
  retireInstallationKey,
  signingAlgs,
  type RingName,
  type ListedKey,
} from '../use-cases/installation-keys.ts';
import { answer, argumentOf, refusedAnswer, UsageError, type Command, type Given } from './command.ts';
import { table } from './layout.ts';

const words = {
  signing: { noun: 'signing-key', what: 'signing key', signs: 'signs tokens' },
  cookies: { noun: 'cookie-key', what: 'cookie key', signs: 'signs cookies' },
} as const;
const key = { name: 'key', says: 'Its id, as the list shows it.' };
const force = [
  { name: 'force', says: 'Before its time: where a key is known to be stolen. Needs --reason.' },
  { name: 'reason', value: 'text', says: 'Why, for the audit.' },
];

const verbs = {
  promote: {
    summary: (ring: RingName) =>
      `The key that waits takes the place of the one that ${words[ring].signs}; refused before everybody can have fetched it.`,
    use: promoteInstallationKey,
    said: 'Signs from now on',
  },
  retire: {
    summary: () => 'Takes a key away that was replaced; refused while anything that it signed may still be shown.',
    use: retireInstallationKey,
    said: 'Gone',
  },
} as const;

export const installationKeyCommands: readonly Command[] = (['signing', 'cookies'] as const).flatMap((ring) => [
  listOf(ring),
  addOf(ring),
  changeOf(ring, 'promote'),
  changeOf(ring, 'retire'),
]);

function listOf(ring: RingName): Command {
  return {
    noun: words[ring].noun,
    verb: 'list',
    summary: `Every ${words[ring].what}: which one ${words[ring].signs}, which waits, which may go and when.`,
    options: [],
    needs: 'services',
    async run({ services }) {
      const keys = await listKeys(services, ring);
      return answer(keys, table(keys.map(row)));
    },
  };
}

function addOf(ring: RingName): Command {
  const alg = { name: 'algorithm', value: 'name', says: `${signingAlgs.join(' or ')}.` };
  return {
    noun: words[ring].noun,
    verb: 'add',
    summary: `Makes a new ${words[ring].what}, which waits: every node takes it within seconds, and it signs nothing yet.`,
    options: ring === 'signing' ? [alg] : [],
    ...(ring === 'signing' ? { examples: ['rekey signing-key add --algorithm RS256'] } : {}),
    needs: 'services',
    async run({ services, given, by }) {
      const group = ring === 'signing' ? algorithmOf(given) : 'cookie';
      const outcome = await addInstallationKey(services, { ring, by, group });
      if (!outcome.ok) return refusedAnswer(outcome.refusals);
      const { id, dueFrom } = outcome.value;
      return answer(outcome.value, `Made: ${id}. It may be promoted from ${String(dueFrom)} on.`);
    },
  };
}

function changeOf(ring: RingName, verb: keyof typeof verbs): Command {
  const { summary, use, said } = verbs[verb];
  return {
    noun: words[ring].noun,
    verb,
    summary: summary(ring),
    argument: key,
    options: force,
    needs: 'services',
    async run({ services, given, by }) {
      const asked = { ring, by, key: argumentOf(given, 'key'), forcedBecause: reasonOf(given) };
      const outcome = await use(services, asked);
      if (!outcome.ok) return refusedAnswer(outcome.refusals);
      return answer(outcome.value, `${said}: ${outcome.value.id}.`);
    },
  };
}

function algorithmOf(given: Given): string {
  const written = given.text('algorithm');
  const known = signingAlgs.find((alg) => alg === written);
  if (!known) throw new UsageError(`Say which algorithm: --algorithm ${signingAlgs.join(' or ')}.`);
  return known;
}

function reasonOf(given: Given): string | undefined {
  const reason = given.text('reason')?.trim();
  if (given.is('force') && (reason === undefined || reason === ''))
    throw new UsageError('--force needs a reason: --reason <why>.');
  if (!given.is('force') && reason !== undefined) throw new UsageError('--reason goes with --force.');
  return reason;
}

const row = ({ id, group, status, addedAt, promotedAt, replacedAt, dueFrom }: ListedKey): readonly string[] => [
  id,
  group,
  status,
  promotedAt === null ? `added ${addedAt}` : `signs since ${promotedAt}`,
  replacedAt === null ? '–' : `replaced ${replacedAt}`,
  dueFrom === null ? '–' : `${status === 'next' ? 'may be promoted' : 'may go'} from ${dueFrom}`,
];
