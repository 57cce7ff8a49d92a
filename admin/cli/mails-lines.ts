/** Mails that are due, in sentences: why, how many, when, in which languages. */
import { localInstant } from '../../time/calendar.ts';
import type { DueMails, MailsListing } from '../use-cases/factor-mails.ts';
import { count } from './layout.ts';

export const mailsLines = ({ due, zone }: Pick<MailsListing, 'due' | 'zone'>): readonly string[] =>
  due.length === 0
    ? ['No mail about these dates is due.']
    : ['Mails that are due:', ...due.map((mails) => mailLine(mails, zone))];

export function mailLine({ why, daysBefore, client, at, mails, languages }: DueMails, zone: string): string {
  const where = client === null ? '' : ` for sign-ins at ${client}`;
  const by = Object.entries(languages)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([language, number]) => `${number} ${language}`)
    .join(', ');
  return `  from ${localInstant(Date.parse(at), zone)}: ${count(mails, 'mail', 'mails')} (${by}): ${reason(why, daysBefore)}${where}`;
}

function reason(why: DueMails['why'], daysBefore: number | null): string {
  switch (why) {
    case 'announcement':
      return 'announcement of the last day';
    case 'reminder':
      return `reminder ${count(daysBefore ?? 0, 'day', 'days')} before it`;
    case 'later':
      return 'correction: the day that was told has moved to a later one';
    case 'lifted':
      return 'correction: the day that was told does not hold any more';
  }
}
