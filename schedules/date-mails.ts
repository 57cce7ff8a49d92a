/**
 * Writes planned mails about last days into an account: the pending mail, and what the person was told, in one change.
 * Pure.
 */
import { notice } from '../accounts/notices.ts';
import { addPending } from '../accounts/person-store.ts';
import type { OutgoingMessage, Person, ToldDate } from '../accounts/person.ts';
import { lastDayBefore } from '../time/calendar.ts';
import type { MailReason, PlannedMail } from './planned-mails.ts';

/** The name of a relying party, in the language of the mail. */
export type ServiceName = (client: string, language: Person['language']) => string;

const templates = {
  announcement: 'key_going',
  reminder: 'key_going',
  later: 'key_later',
  lifted: 'key_lifted',
} as const satisfies Readonly<Record<MailReason, string>>;

export function withDateMails(
  person: Person,
  due: readonly PlannedMail[],
  now: number,
  serviceName: ServiceName,
): Person {
  const written = due.map((mail) => {
    const { tells, name } = mail;
    const items = notice(person, templateOf(mail), dataOf(person, mail, serviceName), now).map((item) =>
      item.kind === 'message' ? { ...item, message: { ...item.message, ...deliveryOf(person, mail) } } : item,
    );
    const { message: _mail, before: _earlier, ...before } = person.reminded?.[name] ?? { days: 0 };
    const told: ToldDate = { ...tells, before, ...(items[0] && { message: items[0].id }) };
    return { items, mark: [name, told] as const };
  });
  const reminded = { ...person.reminded, ...Object.fromEntries(written.map(({ mark }) => mark)) };
  return addPending({ ...person, reminded }, ...written.flatMap(({ items }) => items));
}

/**
 * The account without this mail: what the person was told before counts again. `undefined`: the mail is not the last
 * one.
 */
export function withoutDateMail(person: Person, id: string): Person | undefined {
  const found = Object.entries(person.reminded ?? {}).find(([, { message }]) => message === id);
  if (!found) return undefined;
  const [name, { before }] = found;
  const { [name]: _told, ...others } = person.reminded ?? {};
  return { ...person, reminded: before?.sunsetAt === undefined ? others : { ...others, [name]: before } };
}

const templateOf = ({ why, client }: PlannedMail): string =>
  client === undefined ? templates[why] : `${templates[why]}_at`;

function dataOf(
  { language, reminded }: Person,
  { name, factor, client, zone, sunsetAt }: PlannedMail,
  serviceName: ServiceName,
): OutgoingMessage['data'] {
  const formerSunsetAt = reminded?.[name]?.sunsetAt;
  return {
    factor,
    zone,
    ...(sunsetAt === undefined ? {} : { sunsetAt }),
    ...(formerSunsetAt === undefined ? {} : { formerSunsetAt }),
    ...(client === undefined ? {} : { service: serviceName(client, language) }),
  };
}

/** With the audit event for the moment at which the mail server accepts the mail. */
function deliveryOf(
  { id }: Person,
  { factor, client, why, sunsetAt, zone, tells }: PlannedMail,
): Pick<OutgoingMessage, 'datesOf' | 'whenTaken'> {
  const isCorrection = why === 'later' || why === 'lifted';
  return {
    datesOf: factor,
    whenTaken: {
      actor: 'system',
      action: isCorrection ? 'person.date-corrected' : 'person.reminded',
      person: id,
      factor,
      ...(client === undefined ? {} : { client }),
      facts: {
        why,
        ...(isCorrection ? {} : { daysBefore: tells.days }),
        lastDay: sunsetAt === undefined ? null : lastDayBefore(sunsetAt, zone),
      },
    },
  };
}
