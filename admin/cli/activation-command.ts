/** `rekey person activation`: a link by mail, and the paper code for a letter. Thin over the use case. */
import { longestActivation } from '../../config/activation-schema.ts';
import { issueActivation } from '../use-cases/activation-issue.ts';
import { answer, argumentOf, refusedAnswer, wholeNumber, type Command } from './command.ts';

export const personActivation: Command = {
  noun: 'person',
  verb: 'activation',
  summary:
    'Lets a person come in, for the first time or after every key was lost: a link is mailed, and the code for a letter is shown once. Neither opens anything alone. An earlier link and code are void.',
  argument: { name: 'person', says: 'User name or id.' },
  options: [
    {
      name: 'days',
      value: 'number',
      says: `How long link and code can be used, 1 to ${longestActivation}; default: \`activation.days\`.`,
    },
    { name: 'reason', value: 'text', says: 'Why, and how you know who it is: kept in the audit trail.' },
  ],
  examples: ['rekey person activation an.peeters --reason "identity card seen at the desk"'],
  needs: 'services',
  async run({ services, given, by }) {
    const days = wholeNumber(given, 'days', 1, longestActivation);
    const reason = given.text('reason')?.trim();
    const outcome = await issueActivation(services, { person: argumentOf(given, 'person'), by, days, reason });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { username, email, until, paperCode } = outcome.value;
    return answer(
      outcome.value,
      `${username} can activate a key until ${until}. A link is mailed to ${email}.\nThe code for the letter, which is shown once: ${paperCode}`,
    );
  },
};
