/**
 * Explains what a person saw, from a line of the audit log: its person, relying party and instant. Uses the account and
 * the dates as they are now, and names their later changes.
 */
import type { AuditAction } from '../../accounts/audit-actions.ts';
import type { AuditLine } from '../../audit/hash-chain.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { explainSignIn, noClient, zoneFor, type Explained } from './explain.ts';
import type { AheadParts } from './sign-in-ahead.ts';

export interface ExplainedLine extends Explained {
  readonly line: {
    readonly number: number;
    readonly action: string;
    readonly factor: string | null;
    readonly reason: string | null;
  };
  /** Later changes of the account and of the dates, the oldest first: lines of the audit log. At most `mostTold`. */
  readonly since: readonly { readonly number: number; readonly at: string; readonly action: string }[];
}

type Parts = AheadParts & Pick<Services, 'people' | 'audit'>;

/** How many later changes are named. */
const mostTold = 20;

/** @param number of the line, as `audit list` shows it */
export async function explainAudit(services: Parts, number: number): Promise<Outcome<ExplainedLine>> {
  const [line] = await services.audit.list({ after: number - 1, limit: 1 });
  if (line?.seq !== number)
    return refuse('audit_line_unknown', `There is no line ${number} in the audit log, or it was dropped by its age.`);
  const { at, person: id, client, action, factor = null, reason = null } = line.event;
  if (id === undefined || client === undefined)
    return refuse(
      'audit_line_no_sign_in',
      `Line ${number} (${action}) names no person at a relying party: it is of no sign-in.`,
    );
  const person = await services.people.get(id);
  if (!person) return refuse('person_unknown', `The account of line ${number} is there no more.`);
  if (!services.settings.clients.some((one) => one.id === client)) return noClient(client);
  const zone = zoneFor(services, person, await services.schedules.current());
  const explained = await explainSignIn(services, { person, client, at, zone });
  const since = (await changesSince(services, number, id)).map(({ seq, event }) => ({
    number: seq,
    at: new Date(event.at).toISOString(),
    action: event.action,
  }));
  return done({ ...explained, line: { number, action, factor, reason }, since });
}

/** Reads the later lines once, in slices. */
async function changesSince({ audit }: Parts, number: number, person: string): Promise<readonly AuditLine[]> {
  const found: AuditLine[] = [];
  for (let after = number; found.length < mostTold;) {
    const lines = await audit.list({ after, limit: slice });
    found.push(...lines.filter(({ event }) => isChange(event, person)));
    after = lines.at(-1)?.seq ?? after;
    if (lines.length < slice) break;
  }
  return found.slice(0, mostTold);
}

/** Lines read at once. */
const slice = 1_000;

const isChange = ({ action, person }: AuditLine['event'], whose: string): boolean =>
  action === 'schedule.changed' || (person === whose && changes.has(action));

/** Actions that change an account in a way that can affect a sign-in. */
const changes: ReadonlySet<string> = new Set<AuditAction>([
  'key.on',
  'key.off',
  'key.blocked',
  'key.unblocked',
  'permit.given',
  'permit.used',
  'permit.withdrawn',
  'extension.given',
  'extension.lifted',
  'personal-day.set',
  'personal-day.lifted',
  'person.disabled',
  'person.enabled',
  'person.unblocked',
  'email.changed',
  'email.restored',
  'retirement.postponed',
  'second-step.postponed',
]);
