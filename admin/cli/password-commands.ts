/** A new password for a person: thin over the use case. No command takes, sets or shows a password. */
import { invitePerson, resetPassword, type PasswordPermitted } from '../use-cases/password-reset.ts';
import type { Outcome } from '../refusals.ts';
import { answer, argumentOf, refusedAnswer, UsageError, wholeNumber, type Answer, type Command } from './command.ts';

const person = { name: 'person', says: 'User name or id.' };
const mostDays = 30;
const daysOption = (most: number, usual: number) => ({
  name: 'days',
  value: 'number',
  says: `How long the person may do it, 1 to ${most}; default: ${usual}.`,
});
const resetDays = 7;
const inviteDays = 14;
const shortestReason = 5;
const longestReason = 500;

function tell(outcome: Outcome<PasswordPermitted>, sentence: string): Answer {
  if (!outcome.ok) return refusedAnswer(outcome.refusals);
  const { username, email, until } = outcome.value;
  return answer(
    outcome.value,
    `${sentence.replace('{username}', username)}\nUntil ${until} the person can choose a password: a sign-in, "User name or password forgotten?", and the code that is then mailed to ${email}.`,
  );
}

export const passwordReset: Command = {
  noun: 'password',
  verb: 'reset',
  summary:
    'Voids the password of a person and ends all sessions and tokens. The person is told by mail and chooses a new one, behind a code to the mailbox and a key of the account where one works beside it.',
  argument: person,
  options: [
    {
      name: 'reason',
      value: 'text',
      says: 'Why, and how you know who it is: kept in the audit trail. At least 5 characters.',
    },
    daysOption(mostDays, resetDays),
  ],
  examples: ['rekey password reset alice --reason "forgot it; identity card seen at the desk"'],
  needs: 'services',
  async run({ services, given, by }) {
    const reason = (given.text('reason') ?? '').trim();
    if (reason.length < shortestReason || reason.length > longestReason)
      throw new UsageError(`Say why, in ${shortestReason} to ${longestReason} characters: --reason <text>.`);
    const days = wholeNumber(given, 'days', 1, mostDays) ?? resetDays;
    const outcome = await resetPassword(services, { person: argumentOf(given, 'person'), by, reason, days });
    return tell(outcome, 'The password of {username} is void, and all sessions and tokens are ended.');
  },
};

export const personInvite: Command = {
  noun: 'person',
  verb: 'invite',
  summary:
    'Lets a person without a password set one: a mail says how. The code that is mailed during the sign-in proves the address too.',
  argument: person,
  options: [daysOption(mostDays, inviteDays)],
  examples: ['rekey person invite alice'],
  needs: 'services',
  async run({ services, given, by }) {
    const days = wholeNumber(given, 'days', 1, mostDays) ?? inviteDays;
    const outcome = await invitePerson(services, { person: argumentOf(given, 'person'), by, days });
    return tell(outcome, '{username} is invited.');
  },
};
