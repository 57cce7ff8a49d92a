/**
 * The code with which a person says *this was not me*: it stands in the mails about a change of the account, and counts
 * once, for some days. Pure but for chance; `person-store.ts` calls it for every write, so that no caller can forget
 * it. What a report does: `digital-keys/reported-change.ts`.
 * docs/decisions/2026-11-30-this-was-not-me.md
 */
import { hash, randomBytes } from 'node:crypto';
import type { ChangeReport } from './person-history.ts';
import type { PendingItem, Person } from './person.ts';

/** The mails about changes that a thief would make. */
export const reportable: ReadonlySet<string> = new Set([
  'key_on',
  'key_off',
  'email_changed_old',
  'email_changed_new',
  'password_changed',
]);

/** How long (ms) a code counts: as long as a former address can be restored. */
export const reportableFor = 7 * 86_400_000;
/** The earliest and the latest codes of many are kept, so that many changes push out neither. */
const keptOfEach = 20;

/** Digits and capital letters without I, L, O and U, which look like others: 5 bits a character, 80 in all. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 16;
const written = new RegExp(`^[${alphabet}]{${length}}$`);

const drawCode = (): string => Array.from(randomBytes(length), (byte) => alphabet[byte % 32]).join('');
const inFours = (code: string): string => code.match(/.{4}/g)?.join('-') ?? code;

/** The account keeps no code, but this. */
const digestOf = (code: string): string => hash('sha256', `this was not me ${code}`, 'base64url');

/** The digest of a typed code: small letters, spaces, dashes and look-alikes are forgiven. `undefined`: it is none. */
export function readReportCode(typed: string): string | undefined {
  const code = typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}.]/gu, '')
    .replaceAll(/[IL]/g, '1')
    .replaceAll('O', '0');
  return written.test(code) ? digestOf(code) : undefined;
}

/** The codes that count at an instant (ms). */
export const liveReports = ({ reports = [] }: Pick<Person, 'reports'>, now: number): readonly ChangeReport[] =>
  reports.filter(({ until }) => now < until);

const isNotice = (item: PendingItem): item is Extract<PendingItem, { readonly kind: 'message' }> =>
  item.kind === 'message' && item.message.source === 'core' && reportable.has(item.message.template);

/** The account with a code in the new mails about a change: one for all mails of one write. */
export function withReportCode(before: Person, after: Person): Person {
  const known = new Set(before.pending.map(({ id }) => id));
  const isNew = (item: PendingItem) => !known.has(item.id) && isNotice(item);
  const first = after.pending.find(isNew);
  if (!first || !isNotice(first)) return after;
  const code = drawCode();
  const at = first.message.queuedAt;
  const reports = [...liveReports(after, at), { digest: digestOf(code), at, until: at + reportableFor }];
  const reportCode = inFours(code);
  return {
    ...after,
    reports:
      reports.length > 2 * keptOfEach ? [...reports.slice(0, keptOfEach), ...reports.slice(-keptOfEach)] : reports,
    pending: after.pending.map((item) =>
      isNotice(item) && isNew(item)
        ? { ...item, message: { ...item.message, data: { ...item.message.data, reportCode } } }
        : item,
    ),
  };
}
