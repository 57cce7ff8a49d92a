/** `session end`, `person disable`, `person enable` and `person revoke-browsers`. */
import {
  disablePerson,
  enablePerson,
  endSessions,
  revokeBrowsers,
  type AccountEnded,
} from '../use-cases/account-end.ts';
import { answer, argumentOf, refusedAnswer, type Command } from './command.ts';

const reason = { name: 'reason', value: 'text', says: 'Why: it stands in the audit trail, beside who did it.' };

function accountCommand(
  about: Pick<Command, 'noun' | 'verb' | 'summary'>,
  act: typeof disablePerson,
  tell: (ended: AccountEnded) => string,
): Command {
  return {
    ...about,
    argument: { name: 'person', says: 'User name or id.' },
    options: [reason],
    examples: [`rekey ${about.noun} ${about.verb} alice --reason "telephone stolen"`],
    needs: 'services',
    async run({ services, given, by }) {
      const text = given.text('reason');
      const outcome = await act(services, {
        person: argumentOf(given, 'person'),
        by,
        ...(text === undefined ? {} : { reason: text }),
      });
      return outcome.ok ? answer(outcome.value, tell(outcome.value)) : refusedAnswer(outcome.refusals);
    },
  };
}

export const sessionEnd = accountCommand(
  {
    noun: 'session',
    verb: 'end',
    summary:
      'Ends all sessions and tokens of a person, and any sign-in that is under way, at the next request on every node; relying parties are told by back-channel log-out.',
  },
  endSessions,
  ({ username }) => `All sessions and tokens of ${username} are ended.`,
);

export const personDisable = accountCommand(
  {
    noun: 'person',
    verb: 'disable',
    summary:
      'Switches an account off, at once: no sign-in, session or token of it goes on, and no browser is trusted for it.',
  },
  disablePerson,
  ({ username, changed }) => (changed ? `${username} is disabled.` : `${username} was disabled already.`),
);

export const personEnable = accountCommand(
  {
    noun: 'person',
    verb: 'enable',
    summary: 'Lets a disabled account sign in again, with the keys that it has. What was ended stays ended.',
  },
  enablePerson,
  ({ username, changed }) => (changed ? `${username} is enabled.` : `${username} was not disabled.`),
);

export const personRevokeBrowsers = accountCommand(
  {
    noun: 'person',
    verb: 'revoke-browsers',
    summary: 'Takes the trust from all browsers of a person: the second step is asked in each of them again.',
  },
  revokeBrowsers,
  ({ username, changed }) =>
    changed ? `No browser of ${username} is trusted any more.` : `${username} has no trusted browser.`,
);
