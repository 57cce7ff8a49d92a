/** `explain`: what a sign-in of a person comes to at an instant, and why. */
import { localInstant } from '../../time/calendar.ts';
import { explain, type Explained } from '../use-cases/explain.ts';
import { explainAudit, type ExplainedLine } from '../use-cases/explain-audit.ts';
import { withHints } from './brake-options.ts';
import {
  answer,
  argumentOf,
  refusedAnswer,
  UsageError,
  wholeNumber,
  type Answer,
  type Command,
  type Option,
  type WithServices,
} from './command.ts';
import { table } from './layout.ts';

/** Of every command about a sign-in. */
export const signInOptions: readonly Option[] = [
  { name: 'client', value: 'id', says: 'The relying party.' },
  {
    name: 'at',
    value: 'time',
    says: 'A day, a local time such as 2027-01-01T09:00, or an instant with its offset. Default: now.',
  },
];

/** The same as they were given. Throws a UsageError if one is missing. */
export function signInOf(given: WithServices['given']) {
  const person = argumentOf(given, 'person');
  const client = given.text('client');
  if (client === undefined) throw new UsageError('Say at which relying party: --client <id>.');
  return { person, client, at: given.text('at') };
}

export const explainCommand: Command = {
  noun: 'explain',
  verb: undefined,
  summary:
    'Which keys of a person count at a relying party, whose rule decided each last day, and which pages a sign-in would show. Nothing is written.',
  argument: { name: 'person', says: 'User name or id.' },
  options: [
    ...signInOptions,
    {
      name: 'audit',
      value: 'line',
      says: 'Instead of person, relying party and time: those of this line of the audit trail (`audit list`). By the account and the dates as they are now; what changed since is named.',
    },
  ],
  examples: ['rekey explain an.peeters --client paymaster --at 2027-01-01T09:00', 'rekey explain --audit 1204'],
  needs: 'services',
  async run({ services, given }) {
    const line = wholeNumber(given, 'audit', 1, Number.MAX_SAFE_INTEGER);
    if (line !== undefined) return explainLine({ services, given }, line);
    const asked = signInOf(given);
    const outcome = await explain(services, asked);
    if (!outcome.ok) return refusedAnswer(await withHints(outcome.refusals, asked, services));
    return answer(outcome.value, textOf(outcome.value).join('\n'));
  },
};

async function explainLine(
  { services, given }: Pick<WithServices, 'services' | 'given'>,
  line: number,
): Promise<Answer> {
  const besides = [given.argument, given.text('client'), given.text('at')];
  if (besides.some((one) => one !== undefined))
    throw new UsageError('--audit says person, relying party and time already: leave them out.');
  const outcome = await explainAudit(services, line);
  if (!outcome.ok) return refusedAnswer(outcome.refusals);
  return answer(outcome.value, [...lineText(outcome.value), ...textOf(outcome.value)].join('\n'));
}

function lineText({ line: { number, action, factor, reason }, since }: ExplainedLine): readonly string[] {
  const about = [action, factor, reason].filter((word) => word !== null).join(', ');
  const changed = since.map((one) => [`  ${one.number}`, one.at, one.action]);
  const now = 'By the account and the dates as they are now';
  if (changed.length === 0) return [`Line ${number}: ${about}. ${now}; nothing of them has changed since.`];
  return [`Line ${number}: ${about}. ${now}. Since then:`, table(changed)];
}

const textOf = ({ username, client, at, zone, level, keys, pages, says }: Explained): readonly string[] => [
  `${username} at ${client} (level ${level}), ${localInstant(Date.parse(at), zone)} (${at}):`,
  keys.length > 0 ? table(keys.map((key) => [`  ${key.factor}`, key.says])) : '  no keys',
  `Pages: ${pages.join(' → ')}.`,
  says,
];
