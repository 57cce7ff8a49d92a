import { localInstant } from '../../time/calendar.ts';
import { explain } from '../use-cases/explain.ts';
import { withHints } from './brake-options.ts';
import { answer, argumentOf, refusedAnswer, UsageError, type Command } from './command.ts';
import { table } from './layout.ts';

export const explainCommand: Command = {
  noun: 'explain',
  verb: undefined,
  summary:
    'Which keys of a person count at a relying party, whose rule decided each last day, and which pages a sign-in would show. Nothing is written.',
  argument: { name: 'person', says: 'User name or id.' },
  options: [
    { name: 'client', value: 'id', says: 'The relying party.' },
    {
      name: 'at',
      value: 'time',
      says: 'A day, a local time such as 2027-01-01T09:00, or an instant with its offset. Default: now.',
    },
  ],
  examples: ['rekey explain an.peeters --client paymaster --at 2027-01-01T09:00'],
  needs: 'services',
  async run({ services, given }) {
    const person = argumentOf(given, 'person');
    const client = given.text('client');
    if (client === undefined) throw new UsageError('Say at which relying party: --client <id>.');
    const outcome = await explain(services, { person, client, at: given.text('at') });
    if (!outcome.ok) return refusedAnswer(await withHints(outcome.refusals, { client }, services));
    const { username, at, zone, level, keys, pages, says } = outcome.value;
    const text = [
      `${username} at ${client} (level ${level}), ${localInstant(Date.parse(at), zone)} (${at}):`,
      keys.length > 0 ? table(keys.map((key) => [`  ${key.factor}`, key.says])) : '  no keys',
      `Pages: ${pages.join(' → ')}.`,
      says,
    ];
    return answer(outcome.value, text.join('\n'));
  },
};
