/** The rules of mails about dates, from the configuration of a deployment. */
import type { Settings } from '../config/schema.ts';
import type { MailRules } from './planned-mails.ts';
import type { QuietHours } from './quiet-hours.ts';

export const mailRulesOf = ({
  reminders: { daysBefore, quietHours },
  zone,
  factors,
}: Pick<Settings, 'reminders' | 'zone' | 'factors'>): MailRules => ({
  daysBefore,
  quiet: quietHoursOf(quietHours),
  zone,
  isOffered: (id) => Object.hasOwn(factors, id) && factors[id]?.enabled === true,
});

const quietHoursOf = ({ from, until }: Settings['reminders']['quietHours']): QuietHours => ({
  from: minutesOf(from),
  until: minutesOf(until),
});

/** @param written as in `20:00` */
function minutesOf(written: string): number {
  const [hours = 0, minutes = 0] = written.split(':').map(Number);
  return hours * 60 + minutes;
}
