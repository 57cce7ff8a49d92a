/** Mails about the dates of a factor: which are due, and cancelling them. Thin over the use case. */
import { localInstant } from '../../time/calendar.ts';
import { cancelMails, listMails } from '../use-cases/factor-mails.ts';
import { answer, argumentOf, dryRun, refusedAnswer, UsageError, type Command } from './command.ts';
import { withHints } from './brake-options.ts';
import { mailLine, mailsLines } from './mails-lines.ts';

export const factorMails: Command = {
  noun: 'factor',
  verb: 'mails',
  summary: 'Due mails about the dates of a factor: when, to how many people, in which languages, and why.',
  argument: { name: 'factor', says: 'Its id, as `factor list` shows it.' },
  options: [
    {
      name: 'cancel',
      says: 'What the last change of the dates made due does not leave any more; reminders on later days stay.',
    },
    dryRun,
  ],
  examples: ['rekey factor mails sms', 'rekey factor mails sms --cancel'],
  needs: 'services',
  async run({ services, given, by }) {
    const factor = argumentOf(given, 'factor');
    if (!given.is('cancel')) {
      if (given.is('dry-run')) throw new UsageError('--dry-run goes with --cancel.');
      const listed = await listMails(services, factor);
      if (!listed.ok) return refusedAnswer(await withHints(listed.refusals, { factor }, services));
      const { cancelled, zone } = listed.value;
      const said = cancelled
        ? [
            `What the last change made due was cancelled by ${cancelled.by} on ${localInstant(Date.parse(cancelled.at), zone)}.`,
          ]
        : [];
      return answer(listed.value, [...said, ...mailsLines(listed.value)].join('\n'));
    }
    const outcome = await cancelMails(services, { factor, by, dryRun: given.is('dry-run') });
    if (!outcome.ok) return refusedAnswer(await withHints(outcome.refusals, { factor }, services));
    const { stopped, zone, written } = outcome.value;
    const text = [
      'These leave no more:',
      ...(stopped.length > 0
        ? stopped.map((mails) => mailLine(mails, zone))
        : ['  none; nor does what waits for the mail server']),
      ...mailsLines(outcome.value),
      written ? 'Written.' : 'Nothing was written (dry run).',
    ];
    return answer(outcome.value, text.join('\n'));
  },
};
