/** `key list` and `key remove`. */
import { removeKey } from '../use-cases/key-remove.ts';
import { showPerson, type KeyListing } from '../use-cases/person-show.ts';
import { answer, argumentOf, refusedAnswer, UsageError, type Command } from './command.ts';
import { table } from './layout.ts';

const person = { name: 'person', says: 'User name or id.' };

export const keyList: Command = {
  noun: 'key',
  verb: 'list',
  summary: 'The keys of a person, those that are off too, without secrets.',
  argument: person,
  options: [],
  needs: 'services',
  async run({ services, given }) {
    const outcome = await showPerson(services, argumentOf(given, 'person'));
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { keys } = outcome.value;
    return answer(keys, keys.length === 0 ? 'No keys.' : table(keys.map(keyRow)));
  },
};

export const keyRemove: Command = {
  noun: 'key',
  verb: 'remove',
  summary: 'Switches one key of a person off, at once; the others stay. The person is told by mail.',
  argument: person,
  options: [
    { name: 'key', value: 'key', says: 'Its id, or the person’s own name for it: `rekey key list` shows both.' },
    { name: 'even-last', says: 'Even if no other key is left that signs in: where it was lost or stolen.' },
  ],
  examples: ['rekey key remove alice --key "my telephone"'],
  needs: 'services',
  async run({ services, given, by }) {
    const key = given.text('key');
    if (key === undefined) throw new UsageError('Say which key: --key <id or name>.');
    const evenLast = given.is('even-last');
    const outcome = await removeKey(services, { person: argumentOf(given, 'person'), key, by, evenLast });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { username, key: removed } = outcome.value;
    const name = [removed.factor, removed.label, removed.detail].filter(Boolean).join(', ');
    const { mustAllow } = outcome.value;
    const told = mustAllow ? [`Until \`rekey key allow ${username}\` ${username} cannot activate another one.`] : [];
    return answer(outcome.value, [`Off: ${name}, of ${username}.`, ...told].join('\n'));
  },
};

export const keyRow = (key: KeyListing): readonly string[] => [
  key.id,
  key.factor,
  key.label ?? '–',
  [key.detail, key.nature].filter(Boolean).join(', ') || '–',
  key.status === 'off'
    ? `off since ${key.offAt ?? '?'} (${key.offBecause ?? '?'})`
    : [key.status, key.over].filter(Boolean).join(', '),
  `${key.source} ${key.boundAt}`,
  key.lastUsedAt === null ? 'never used' : `used ${key.lastUsedAt}`,
];
