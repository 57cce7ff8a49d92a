/** `rekey person activation`: a link by mail, and the paper code for a letter. Thin over the use case. */
import { longestActivation } from '../../config/activation-schema.ts';
import { refuse } from '../refusals.ts';
import { issueLetter } from '../use-cases/desk-letter.ts';
import { answer, argumentOf, refusedAnswer, wholeNumber, type Command } from './command.ts';
import { createFile } from './issue-command.ts';
import { drawLetter, letterOption } from './letter-file.ts';

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
    letterOption,
  ],
  examples: ['rekey person activation an.peeters --letter letter.pdf --reason "identity card seen at the desk"'],
  needs: 'services',
  async run({ services, given, by, folder, clock, drawPages }) {
    const days = wholeNumber(given, 'days', 1, longestActivation);
    const reason = given.text('reason')?.trim();
    const name = given.text('letter');
    // Made before the activation is issued: without it the code would be lost.
    const file = name === undefined ? undefined : await createFile(folder, name);
    if (name !== undefined && !file)
      return refusedAnswer(refuse('file_exists', `${name} exists already, or cannot be made.`).refusals);
    const outcome = await issueLetter(services, { person: argumentOf(given, 'person'), by, days, reason });
    if (!outcome.ok) {
      await file?.remove();
      return refusedAnswer(outcome.refusals);
    }
    const { letter, activation: _id, ...facts } = outcome.value;
    const { username, email, until } = facts;
    const said = `${username} can activate a key until ${until}. A link is mailed to ${email}.`;
    if (!file)
      return answer(
        { ...facts, paperCode: letter.code, language: letter.language },
        `${said}\nThe code for the letter, which is shown once: ${letter.code}`,
      );
    await file.write(await drawLetter(await drawPages(), letter, clock));
    return answer({ ...facts, letter: file.name }, `${said}\nPrint ${file.name}, hand it out, and delete the file.`);
  },
};
