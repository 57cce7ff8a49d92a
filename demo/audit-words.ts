/** Lines of the audit log in words, for the strip *What just happened*. Pure. */
import type { AuditEvent } from '../accounts/person.ts';
import { shortName } from './short-names.ts';

export interface AuditNames {
  /** The name of an account by its id; absent: it is gone. */
  readonly person: (id: string) => string | undefined;
  /** The name of a relying party by its id. */
  readonly client: (id: string) => string;
  /** The last day that a schedule sets, in words. */
  readonly lastDay: (schedule: unknown) => string;
}

export interface HappenedWords {
  readonly who: string;
  readonly what: string;
}

type Say = (event: AuditEvent, names: AuditNames) => string;

const key = ({ factor }: AuditEvent): string => (factor === undefined ? 'key' : shortName(factor));
const at = ({ client }: AuditEvent, names: AuditNames): string =>
  client === undefined ? '' : ` at ${names.client(client)}`;
const service = ({ client }: AuditEvent, names: AuditNames): string =>
  client === undefined ? 'a service' : names.client(client);
const whose = ({ actor, person }: AuditEvent, names: AuditNames): string =>
  person === undefined || person === actor ? '' : ` of ${names.person(person) ?? 'an account that is gone'}`;

/** Actions that a newcomer can follow; the others stand in `rekey audit list` alone. */
const said: Readonly<Record<string, Say>> = {
  'sign-in.completed': (event, names) => `signed in${at(event, names)} with ${usedIn(event)}`,
  'sign-in.refused': (event, names) => `had the right password, and no key that works${at(event, names)}`,
  'consent.given': (event, names) => `allowed ${service(event, names)} to have what it asked for`,
  'consent.denied': (event, names) => `allowed ${service(event, names)} nothing`,
  'consent.withdrawn': (event, names) => `withdrew what ${service(event, names)} was allowed`,
  'device-code.approved': (event, names) => `confirmed the code of a device${at(event, names)}`,
  'device-code.refused': (event, names) => `did not want the device that showed a code${at(event, names)}`,
  'password.refused': (event, names) => `typed a wrong password${at(event, names)}`,
  'password.changed': () => 'set a new password',
  'key.refused': (event, names) => `was refused with the ${key(event)}${at(event, names)}`,
  'key.blocked': (event) => `has the ${key(event)} blocked, after too many wrong answers`,
  'key.on': (event, names) =>
    event.facts?.['source'] === 'issued'
      ? `handed out a ${key(event)}${whose(event, names)}`
      : `took a new key: ${key(event)}`,
  'key.off': (event, names) => `${offBecause(event)} the ${key(event)}${whose(event, names)}`,
  'key.replaced': (event) => `replaced the ${String(event.facts?.['old'])} by the ${key(event)}: one write, two mails`,
  'retirement.shown': (event, names) =>
    `was told${at(event, names)} that the ${key(event)} ${event.facts?.['over'] === true ? 'has stopped working' : 'ends'}`,
  'retirement.postponed': (event) => `carries on with the ${key(event)} for now`,
  'retirement.refused': (event, names) => `was refused with the ${key(event)}: its last day is over${at(event, names)}`,
  'retirement.stranded': (event, names) => `has no way in since the last day of the ${key(event)}${at(event, names)}`,
  'second-step.postponed': () => 'put off the activation of a first key',
  'schedule.changed': (event, names) =>
    `set the last day of the ${key(event)}: ${names.lastDay(event.facts?.['after'])}`,
  'person.imported': (event, names) => `took in the account${whose(event, names)}`,
  'people.imported': ({ facts }) => `took in ${String(facts?.['people'])} accounts`,
  'person.registered': (event, names) => `registered ${names.person(event.person ?? '') ?? 'a person'}`,
  'activation.issued': (event, names) => `gave a link and a letter for the activation${whose(event, names)}`,
  'activation.done': () => 'activated a key with link and letter',
  'browser.trusted': () => 'trusts this browser for some days',
  'email.changed': () => 'changed the e-mail address',
  'person.disabled': (event, names) => `switched off the account${whose(event, names)}`,
  'person.enabled': (event, names) => `switched on the account${whose(event, names)}`,
  'sessions.ended': (event, names) => `ended all sessions${whose(event, names)}`,
  'demo.started-afresh': () => 'started afresh: the accounts before this are gone',
};

/** The actions that have words. */
export const saidActions: readonly string[] = Object.keys(said);

/** `undefined`: not for this strip. */
export function auditInWords(event: AuditEvent, names: AuditNames): HappenedWords | undefined {
  const says = said[event.action]?.(event, names);
  return says === undefined ? undefined : { who: whoActed(event, names), what: says };
}

function whoActed({ actor, person }: AuditEvent, names: AuditNames): string {
  if (actor === 'demo') return 'The demo';
  if (actor === 'configuration') return 'The configuration';
  if (actor.startsWith('cli:')) return `An administrator (${actor.slice('cli:'.length)})`;
  if (actor === 'system') return 'Rekey';
  const known = names.person(actor) ?? (person === undefined ? undefined : names.person(person));
  return known ?? (actor === 'unknown' ? 'Somebody' : 'An account that is gone');
}

function usedIn({ facts }: AuditEvent): string {
  const factors = typeof facts?.['factors'] === 'string' ? facts['factors'].split(' ').filter(Boolean) : [];
  return ['password', ...factors.map((factor) => shortName(factor))].join(', ');
}

const offBecause = ({ facts }: AuditEvent): string =>
  ({ replaced: 'replaced', removed: 'removed', reissued: 'exchanged' })[String(facts?.['because'])] ?? 'switched off';
