/** For the help desk, when a strong key is lost, or somebody else changed an address: thin over the use cases. */
import { allowKey, withdrawPermit } from '../use-cases/key-allow.ts';
import { restoreEmail } from '../use-cases/email-restore.ts';
import { answer, argumentOf, refusedAnswer, UsageError, wholeNumber, type Command, type Given } from './command.ts';

const person = { name: 'person', says: 'User name or id.' };
const reason = {
  name: 'reason',
  value: 'text',
  says: 'Why, and how you know who it is: kept in the audit trail. At least 5 characters.',
};
const shortestReason = 5;
const longestReason = 500;

function reasonOf(given: Given): string {
  const said = (given.text('reason') ?? '').trim();
  if (said.length < shortestReason || said.length > longestReason)
    throw new UsageError(`Say why, in ${shortestReason} to ${longestReason} characters: --reason <text>.`);
  return said;
}

/** Long enough for a telephone call and the way home. */
const defaultHours = 2;
const mostHours = 72;

export const keyAllow: Command = {
  noun: 'key',
  verb: 'allow',
  summary:
    'Lets a person activate one key without first proving the strongest one, which is lost, blocked or ended. Password and a weaker key (or a code to the mailbox) are still asked. The person is told by mail.',
  argument: person,
  options: [
    reason,
    { name: 'hours', value: 'number', says: `How long, 1 to ${mostHours}; default: ${defaultHours}.` },
    { name: 'withdraw', says: 'Take it back.' },
  ],
  examples: ['rekey key allow alice --reason "lost telephone; identity card seen at the desk"'],
  needs: 'services',
  async run({ services, given, by }) {
    const who = argumentOf(given, 'person');
    if (given.is('withdraw')) {
      const outcome = await withdrawPermit(services, { person: who, by });
      if (!outcome.ok) return refusedAnswer(outcome.refusals);
      return answer(outcome.value, `Nothing is allowed to ${outcome.value.username} any more.`);
    }
    const hours = wholeNumber(given, 'hours', 1, mostHours) ?? defaultHours;
    const outcome = await allowKey(services, { person: who, by, reason: reasonOf(given), hours });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { username, until, working } = outcome.value;
    const kept = working.map(({ factor, label }) => [factor, label].filter(Boolean).join(', ')).join('; ');
    const text = [
      `${username} may activate one key until ${until}.`,
      ...(working.length > 0 ? [`These keys still work: ${kept}. Remove what was lost, or it is asked first.`] : []),
    ];
    return answer(outcome.value, text.join('\n'));
  },
};

export const personRestoreEmail: Command = {
  noun: 'person',
  verb: 'restore-email',
  summary:
    'Puts back an e-mail address that was changed within the last seven days. Both addresses are told; keys on the mailbox go with it.',
  argument: person,
  options: [{ name: 'address', value: 'address', says: 'The former address, as its owner says it.' }, reason],
  examples: [
    'rekey person restore-email alice --address alice@example.org --reason "did not change it; called back on the number on file"',
  ],
  needs: 'services',
  async run({ services, given, by }) {
    const address = given.text('address');
    if (address === undefined) throw new UsageError('Say which address: --address <address>.');
    const who = argumentOf(given, 'person');
    const outcome = await restoreEmail(services, { person: who, address, by, reason: reasonOf(given) });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { username, email } = outcome.value;
    return answer(
      outcome.value,
      `The address of ${username} is ${email} again.\nEnd what was opened meanwhile, and look at the keys: \`rekey key list ${username}\`.`,
    );
  },
};
