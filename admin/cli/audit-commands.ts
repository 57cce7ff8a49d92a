/** `audit list`, `audit verify` and `audit accept`. */
import type { AuditFilter } from '../../audit/audit-log.ts';
import type { AuditLine } from '../../audit/hash-chain.ts';
import { acceptAudit } from '../use-cases/audit-accept.ts';
import { verifyAudit } from '../use-cases/audit-verify.ts';
import { findPerson } from '../use-cases/person-show.ts';
import { answer, refusedAnswer, UsageError, wholeNumber, type Command, type Given } from './command.ts';
import { count, table } from './layout.ts';

export const auditList: Command = {
  noun: 'audit',
  verb: 'list',
  summary: 'Lines of the audit trail: the newest, or from a line on.',
  options: [
    { name: 'limit', value: 'number', says: 'How many lines at most (50).' },
    { name: 'after', value: 'line', says: 'The first ones behind this line, instead of the newest.' },
    { name: 'person', value: 'person', says: 'Only about this person (user name or id).' },
    { name: 'factor', value: 'factor', says: 'Only about this factor.' },
    { name: 'action', value: 'name', says: 'Only this action (`key.off`), or all of a noun (`key`).' },
    { name: 'actor', value: 'name', says: 'Only what this one did: a person’s id, `cli:<user>`, `configuration`.' },
    { name: 'since', value: 'instant', says: 'From this instant on, such as 2024-01-31T00:00:00+01:00.' },
    { name: 'until', value: 'instant', says: 'Before this instant.' },
  ],
  needs: 'services',
  async run({ services, given }) {
    const limit = wholeNumber(given, 'limit', 1, 100_000) ?? 50;
    const after = wholeNumber(given, 'after', 0, Number.MAX_SAFE_INTEGER);
    const who = given.text('person');
    const found = who === undefined ? undefined : await findPerson(services, who);
    if (found && !found.ok) return refusedAnswer(found.refusals);
    const filter: AuditFilter = {
      ...textsOf(given, ['factor', 'action', 'actor'] as const),
      ...instantsOf(given),
      ...(found ? { person: found.value.id } : {}),
    };
    const lines = await services.audit.list({ limit, filter, ...(after === undefined ? {} : { after }) });
    return answer(
      lines.map(({ event, writtenAt, ...line }) => ({
        ...line,
        ...event,
        at: iso(event.at),
        writtenAt: iso(writtenAt),
      })),
      lines.length === 0 ? 'No lines.' : table(lines.map(cells)),
    );
  },
};

const iso = (instant: number): string => new Date(instant).toISOString();

function textsOf<Name extends string>(given: Given, names: readonly Name[]): Partial<Record<Name, string>> {
  const pairs = names.map((name) => [name, given.text(name)]).filter(([, text]) => text !== undefined);
  return Object.fromEntries(pairs) as Partial<Record<Name, string>>;
}

function instantsOf(given: Given): { since?: number; until?: number } {
  const pairs = (['since', 'until'] as const).flatMap((name) => {
    const written = given.text(name);
    if (written === undefined) return [];
    const instant = Date.parse(written);
    if (Number.isNaN(instant) || !/^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(written))
      throw new UsageError(`--${name} takes an instant with its offset, such as 2024-01-31T00:00:00+01:00.`);
    return [[name, instant] as const];
  });
  return Object.fromEntries(pairs);
}

function cells({ seq, event }: AuditLine): readonly string[] {
  const { at, actor, action, person, factor, key, client, reason, facts } = event;
  const about = Object.entries({ person, factor, key, client, reason }).filter(([, value]) => value !== undefined);
  const words = about.map(([name, value]) => `${name}=${String(value)}`);
  return [String(seq), iso(at), actor, action, [...words, ...(facts ? [JSON.stringify(facts)] : [])].join(' ')];
}

export const auditVerify: Command = {
  noun: 'audit',
  verb: 'verify',
  summary: 'Reads the whole trail and names the first line that was altered or is missing.',
  options: [
    {
      name: 'known',
      value: 'line:hash',
      says: 'A line noted elsewhere, which must still stand there: shows an end that was cut off.',
    },
  ],
  needs: 'services',
  async run({ services, given }) {
    const written = given.text('known');
    const [, line, hash] = /^(\d{1,15}):([A-Za-z0-9_-]{43})$/.exec(written ?? '') ?? [];
    if (written !== undefined && hash === undefined)
      throw new UsageError('--known takes <line>:<hash>, as `audit verify` prints it.');
    const outcome = await verifyAudit(services, hash === undefined ? {} : { known: { line: Number(line), hash } });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { entries, head } = outcome.value;
    const note = entries === 0 ? '' : `\nNote elsewhere, to prove later that nothing was cut off: ${entries}:${head}`;
    return answer(outcome.value, `${count(entries, 'line', 'lines')}, each as it was written.${note}`);
  },
};

const shortestReason = 5;
const longestReason = 500;

export const auditAccept: Command = {
  noun: 'audit',
  verb: 'accept',
  summary:
    'After a restore: takes the trail as it is for whole, though its sealed head knows of later lines. Stop all nodes first. Written to the trail, and sealed anew.',
  options: [
    { name: 'reason', value: 'text', says: 'Why the lines are missing: kept in the trail. At least 5 characters.' },
  ],
  examples: ['rekey audit accept --reason "restored the backup of 30 January after a disk failed"'],
  needs: 'services',
  async run({ services, given, by }) {
    const reason = (given.text('reason') ?? '').trim();
    if (reason.length < shortestReason || reason.length > longestReason)
      throw new UsageError(`Say why, in ${shortestReason} to ${longestReason} characters: --reason <text>.`);
    const outcome = await acceptAudit(services, { by, reason });
    if (!outcome.ok) return refusedAnswer(outcome.refusals);
    const { told, entries, head } = outcome.value;
    return answer(
      outcome.value,
      `Accepted: ${told} The trail is whole again, with ${entries} lines, and ends with ${head}.`,
    );
  },
};
