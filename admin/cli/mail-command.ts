/** `mail test`: sends one mail, and shows what the mail server says. */
import { testMail } from '../use-cases/mail-test.ts';
import { answer, argumentOf, refusedAnswer, type Command } from './command.ts';
import { printable } from './layout.ts';

export const mailTest: Command = {
  noun: 'mail',
  verb: 'test',
  summary: 'Sends one mail by the configured server, and says step by step what the server answers.',
  argument: { name: 'address', says: 'Where the mail goes.' },
  options: [],
  needs: 'services',
  async run({ services, given, by, progress }) {
    const say = (line: string) => progress.write?.(`${printable(line)}\n`);
    const outcome = await testMail(services, { to: argumentOf(given, 'address'), by, say });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    return answer(outcome.value, `The server has taken the mail to ${outcome.value.to}.`);
  },
};
