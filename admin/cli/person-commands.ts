/** `person import`, `person export`, `person show` and `person unblock`. */
import { createReadStream, ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { refuse } from '../refusals.ts';
import { exportPeople } from '../use-cases/person-export.ts';
import type { ImportReport } from '../use-cases/import-report.ts';
import { importPeople, type ImportLine } from '../use-cases/person-import.ts';
import { showPerson, type ActivationListing, type PersonListing } from '../use-cases/person-show.ts';
import { unblockPerson } from '../use-cases/person-unblock.ts';
import { answer, argumentOf, dryRun, exits, refusedAnswer, type Command } from './command.ts';
import { count, table } from './layout.ts';
import { progressLine } from './progress-line.ts';
import { readLines } from './read-lines.ts';

export const personImport: Command = {
  noun: 'person',
  verb: 'import',
  summary: 'Takes people in from a file of JSON lines; a name that is there already is left as it is.',
  argument: { name: 'file', says: 'The file, or `-` for standard input.' },
  options: [
    {
      name: 'update',
      says: 'Who is there already is changed: what stands in the line, and nothing else. Keys and passwords stay unless the line has them; keys go only to an account that never had one.',
    },
    dryRun,
  ],
  examples: ['rekey person import staff.jsonl --update --dry-run'],
  needs: 'services',
  async run({ services, given, by, folder, input, progress }) {
    const name = argumentOf(given, 'file');
    const file = resolve(folder, name);
    if (name !== '-' && !(await isFile(file)))
      return refusedAnswer(refuse('file_unreadable', `${name} cannot be read.`).refusals);
    const source = name === '-' ? (input as AsyncIterable<Buffer | string>) : createReadStream(file);
    const bar = progressLine(progress);
    const options = { by, dryRun: given.is('dry-run'), update: given.is('update') };
    const report = await importPeople(services, { lines: withProgress(source, name, bar), ...options });
    bar.end();
    const exit = report.stopped ? exits.unavailable : report.refused.length > 0 ? exits.refused : exits.done;
    return answer(report, describeImport(report, options.dryRun, options.update), exit);
  },
};

/** How far a file is read, in bytes; nothing for standard input, whose length is unknown. */
async function* withProgress(
  source: AsyncIterable<Buffer | string>,
  name: string,
  bar: ReturnType<typeof progressLine>,
): AsyncGenerator<ImportLine> {
  const { size } = source instanceof ReadStream ? await stat(source.path) : { size: undefined };
  for await (const line of readLines(source)) {
    if (size !== undefined && source instanceof ReadStream)
      bar.show({ phase: 'read', collection: `${name} (bytes)`, done: source.bytesRead, of: size });
    yield line;
  }
}

const linesOf = (numbers: readonly number[]): string => numbers.map((line) => `line ${line}`).join(', ');

function describeImport(
  { added, changed, present, refused, same, weak, stopped }: ImportReport,
  isDry: boolean,
  isUpdate: boolean,
): string {
  return [
    ...refused.map(({ line, faults }) => `line ${line}: ${faults.join('; ')}`),
    ...same.map(({ line, as }) => `line ${line}: is the person of line ${as} (names are one whatever their spelling)`),
    ...(weak.length > 0 ? [`Passwords that nobody could set today: ${linesOf(weak)}.`] : []),
    isUpdate
      ? `${added} added, ${changed} changed, ${present} as they were, ${refused.length} refused.`
      : `${added} added, ${present} there already, ${refused.length} refused.`,
    ...(isDry ? ['Nothing was written (dry run).'] : []),
    ...(stopped
      ? [
          `It stopped: ${stopped.says}. All before line ${stopped.before} is dealt with as said${stopped.also.length > 0 ? `, and so is ${linesOf(stopped.also)}` : ''}; run it again with the whole file.`,
        ]
      : []),
  ].join('\n');
}

export const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => !found.isDirectory(),
    () => false,
  );

export const personExport: Command = {
  noun: 'person',
  verb: 'export',
  summary:
    'Gives all people out as JSON lines that `person import` takes. Passwords leave as hashes, keys sealed under this installation’s root key.',
  options: [
    {
      name: 'output',
      value: 'file',
      says: 'Write there (mode 600) instead of standard output; the file must not exist.',
    },
    {
      name: 'clear-keys',
      says: 'Keys as their factors write them, for an installation with another root key. For some kinds, such as authenticator apps, that is the clear secret.',
    },
  ],
  needs: 'services',
  async run({ services, given, folder, output }) {
    const name = given.text('output');
    const lines = exportPeople(services, { clearKeys: given.is('clear-keys') });
    let people = 0;
    if (name === undefined) {
      for await (const line of lines) output(`${line}\n`);
      return answer(undefined, '');
    }
    const file = await open(resolve(folder, name), 'wx', 0o600).catch(() => undefined);
    if (!file) return refusedAnswer(refuse('file_exists', `${name} exists already, or cannot be made.`).refusals);
    try {
      for await (const line of lines) {
        await file.write(`${line}\n`);
        people += 1;
      }
    } finally {
      await file.close();
    }
    return answer({ people, file: name }, `${count(people, 'person', 'people')} written to ${name}.`);
  },
};

export const personShow: Command = {
  noun: 'person',
  verb: 'show',
  summary: 'What is known of a person, without secrets.',
  argument: { name: 'person', says: 'User name or id.' },
  options: [],
  needs: 'services',
  async run({ services, given }) {
    const outcome = await showPerson(services, argumentOf(given, 'person'));
    return outcome.ok ? answer(outcome.value, describe(outcome.value)) : refusedAnswer(outcome.refusals);
  },
};

const failures = (number: number): string => count(number, 'failure', 'failures');

export const personUnblock: Command = {
  noun: 'person',
  verb: 'unblock',
  summary:
    'Lifts what too many failures have blocked or slowed: keys, activations, the password. Keys stay as they are; the person is told by mail.',
  argument: { name: 'person', says: 'User name or id.' },
  options: [dryRun],
  examples: ['rekey person unblock alice --dry-run'],
  needs: 'services',
  async run({ services, given, by }) {
    const outcome = await unblockPerson(services, {
      person: argumentOf(given, 'person'),
      by,
      dryRun: given.is('dry-run'),
    });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { username, keys, other, password, written } = outcome.value;
    const rows = [
      ...keys.map((key) => [key.factor, key.detail, `${key.wasBlocked ? 'blocked, ' : ''}${failures(key.failures)}`]),
      ...Object.entries(other).map(([purpose, number]) => [purpose, '', failures(number)]),
      ...(password > 0 ? [['password', '', failures(password)]] : []),
    ];
    const told = written ? `All of it is lifted for ${username}.` : 'Nothing was written (dry run).';
    return answer(outcome.value, `${table(rows)}\n${told}`);
  },
};

const marksOf = ({ emailVerified, sharedMailbox }: PersonListing): readonly string[] => [
  ...(emailVerified ? [] : ['(not verified)']),
  ...(sharedMailbox ? ['(shared mailbox)'] : []),
];

/** Link and letter are made together, so that there is one moment for both. */
function describeActivation({ status, issuedAt, until, openedAt, activatedAt, triesLeft }: ActivationListing): string {
  switch (status) {
    case 'issued':
      return `link mailed and letter made ${issuedAt}, not opened yet; until ${until}`;
    case 'opened':
      return `link opened ${openedAt ?? '?'}, not finished; ${count(triesLeft, 'try', 'tries')} left for the code; until ${until}`;
    case 'activated':
      return `done ${activatedAt ?? '?'}`;
    case 'expired':
      return `expired ${until}, not used`;
    case 'locked':
      return `locked: too many wrong codes; issue another one`;
    case 'void':
      return `void: the account has another address by now; issue another one`;
  }
}

function describe(person: PersonListing): string {
  const facts = [
    ['user name', person.username],
    ['id', person.id],
    ['name', [person.givenName, person.familyName].filter(Boolean).join(' ') || '–'],
    ['language', person.language],
    ['e-mail', person.email === null ? '–' : [person.email, ...marksOf(person)].join(' ')],
    ['groups', person.groups.join(', ') || '–'],
    ['account', person.disabled ? 'disabled' : 'active'],
    ['password', person.password ? 'set' : 'not set'],
    ...(person.mayActivateUntil === null ? [] : [['may activate a key until', person.mayActivateUntil]]),
    ...(person.maySetPasswordUntil === null ? [] : [['may set a password until', person.maySetPasswordUntil]]),
    ...(person.activation === null ? [] : [['activation', describeActivation(person.activation)]]),
    ['since', person.createdAt],
  ];
  const keys = person.keys.map((key) => [
    key.factor,
    key.detail,
    key.status === 'off' ? `off since ${key.offAt ?? '?'} (${key.offBecause ?? '?'})` : key.status,
    `${key.source} ${key.boundAt}`,
    key.lastUsedAt === null ? 'never used' : `used ${key.lastUsedAt}`,
  ]);
  return [table(facts), '', keys.length === 0 ? 'No keys.' : table(keys)].join('\n');
}
