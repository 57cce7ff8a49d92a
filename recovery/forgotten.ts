/**
 * Forgotten passwords and user names: mails a code, or the user names of an address. Everybody gets
 * the same answer in the same time, since no account is read before the answer. The account is read a moment later, and
 * again after the right code. These codes have their own limit, so a stranger cannot use up the owner's sign-in codes.
 * docs/decisions/2026-11-30-forgotten-passwords.md
 */
import { auditLine } from '../accounts/notices.ts';
import { addPending, newPendingId, type People } from '../accounts/person-store.ts';
import { maySetPassword } from '../accounts/password-permit.ts';
import type { AuditEvent, OutgoingMessage, Person } from '../accounts/person.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Queue } from '../messages/send-messages.ts';
import { mayTry, noAttempts, raisedByDay, type AttemptLimits } from '../passwords/attempt-limits.ts';
import type { GuessingNetworks } from '../passwords/network-limits.ts';
import { otherSettled, withOther } from '../digital-keys/attempt-counter.ts';
import type { Input, Random } from '../factors/contract.ts';
import { accountsNamed, mayBeMailed } from './forgotten-accounts.ts';
import type { CodeTries } from './code-tries.ts';
import { enterFrom } from './forgotten-networks.ts';
import { checkCode, makeCode, sentCode, type SentCode } from '../factors/kit/one-time-code.ts';
import { normaliseCode } from '../factors/kit/normalise-code.ts';
import type { Judged } from '../factors/reasons.ts';
import { refusal } from '../digital-keys/proof-dependencies.ts';

/** What is mailed if an account has the name. Instants are ms. */
export interface CodeMailed {
  /** Sealed for this sign-in. */
  readonly sealed: string;
  readonly sentAt: number;
  readonly expiresAt: number;
}

export interface Asking {
  readonly what: 'password' | 'username';
  /** As typed: a user name or an address; for a user name only an address. */
  readonly name: string;
  readonly interaction: string;
  readonly client: string;
  /** Network address of the browser. */
  readonly from: string;
}

export interface ForgottenServices {
  /** Refuses with `attempts_paused` where too many are asked for from one network. */
  ask(asking: Asking): Promise<Judged<CodeMailed>>;
  /** After the right code: the account whose mailbox it proves. Five tries a code; then it is `code_expired`. */
  prove(asked: CodeMailed, asking: Omit<Asking, 'what'>, input: Input): Promise<Judged<Person>>;
}

export interface ForgottenParts {
  readonly people: People;
  readonly secretBox: SecretBox;
  readonly random: Random;
  readonly clock: { now(): number };
  readonly queue: Queue;
  readonly networks: GuessingNetworks;
  readonly tries: CodeTries;
  /** `permitted`: only people whom an administrator permits to set a password. */
  readonly forWhom: 'permitted' | 'everyone';
  readonly barsMailbox: (address: string) => boolean;
  /** Runs a work a moment after the answer; the moment does not depend on the work. */
  readonly later: (work: () => Promise<void>) => void;
  readonly note: (event: AuditEvent) => void;
}

const digits = 6;
const minutes = 10;
/** Purpose of the person's one valid code, and of the counts of tries and mails. */
export const resetPurpose = 'reset';
const place = (interaction: string) => `forgotten ${interaction}`;

/** Codes that nobody answers: from the fourth on with a pause between them, at most twenty in thirty days. */
const codeLimits: AttemptLimits = { pauseAfter: 3, blockAfter: Infinity, blockAfterIn30Days: 20 };

export function createForgotten(parts: ForgottenParts): ForgottenServices {
  return {
    ask: (asking) => ask(parts, asking),
    async prove(asked, asking, input) {
      const judged = await prove(parts, asked, asking, input);
      const { client } = asking;
      if (!judged.ok)
        parts.note({
          at: parts.clock.now(),
          actor: 'unknown',
          action: 'password.reset-refused',
          client,
          reason: judged.reason,
        });
      return judged;
    },
  };
}

async function ask(parts: ForgottenParts, asking: Asking): Promise<Judged<CodeMailed>> {
  const { clock, random, secretBox, later } = parts;
  const now = clock.now();
  const entered = await enterFrom(parts, asking.from, now);
  if (!entered.ok) return { ok: false, reason: 'attempts_paused', until: entered.until };
  await entered.left('wrong');
  const lifetime = minutes * 60_000;
  const { code, sent } = makeCode({ random, now, purpose: resetPurpose, digits, lifetime });
  later(() => (asking.what === 'password' ? sendCode(parts, asking, code, sent) : sendNames(parts, asking)));
  const { expiresAt } = sent;
  return { ok: true, value: { sealed: secretBox.seal(sent, place(asking.interaction)), sentAt: now, expiresAt } };
}

const isMailed = ({ barsMailbox, forWhom }: ForgottenParts, person: Person, now: number): boolean =>
  mayBeMailed(person, barsMailbox, now) && (forWhom === 'everyone' || maySetPassword(person, now));

async function sendCode(parts: ForgottenParts, asking: Asking, code: string, sent: SentCode): Promise<void> {
  const { sentAt: now, expiresAt } = sent;
  const found = await accountsNamed(parts.people, asking.name);
  const mailed = found.filter((person) => isMailed(parts, person, now));
  // An address of several accounts: its reader learns the user names, one of which leads on.
  if (mailed.length > 1) return sendNames(parts, asking);
  await mail(parts, asking, mailed, now, {
    action: 'password.reset-asked',
    template: 'password_code',
    data: { code, minutes },
    expiresAt,
    codeId: sent.id,
  });
}

async function sendNames(parts: ForgottenParts, asking: Asking): Promise<void> {
  const now = parts.clock.now();
  const found = await accountsNamed(parts.people, asking.name, { byAddress: true });
  const mailed = found.filter((person) => isMailed(parts, person, now));
  const names = mailed.map(({ username }) => username).join('\n');
  const data = { names, count: mailed.length };
  await mail(parts, asking, mailed, now, { action: 'username.mailed', template: 'usernames', data });
}

interface Letter {
  readonly action: 'password.reset-asked' | 'username.mailed';
  readonly template: string;
  readonly data: OutgoingMessage['data'];
  readonly expiresAt?: number;
  readonly codeId?: string;
}

/** Counts the mail on the first of these accounts, with its audit line, and queues it; nothing where there is none. */
async function mail(
  { people, queue }: ForgottenParts,
  { client }: Asking,
  [first]: readonly Person[],
  now: number,
  { action, template, data, expiresAt, codeId }: Letter,
): Promise<void> {
  if (!first) return;
  const counted = await people.change(first.id, (current) => {
    const attempts = current.otherAttempts[resetPurpose] ?? noAttempts;
    const same = current.email?.address === first.email?.address && !current.disabled;
    if (!same || mayTry(attempts, now, codeLimits).kind !== 'yes') return undefined;
    const codes =
      codeId === undefined ? {} : { codes: { ...current.codes, [resetPurpose]: liveCode(codeId, current) } };
    const account = withOther({ ...current, ...codes }, resetPurpose, raisedByDay(attempts, now));
    return addPending(account, auditLine({ at: now, actor: 'unknown', action, person: first.id, client }));
  });
  if (!counted?.email) return;
  const message: OutgoingMessage = {
    channel: 'email',
    to: counted.email.address,
    language: counted.language,
    source: 'core',
    template,
    data: { ...data, at: now },
    queuedAt: now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  await queue([{ id: newPendingId(), message }]);
}

async function prove(
  parts: ForgottenParts,
  asked: CodeMailed,
  { name, interaction, from }: Omit<Asking, 'what'>,
  input: Input,
): Promise<Judged<Person>> {
  const { people, secretBox, tries, clock } = parts;
  const now = clock.now();
  const typed = normaliseCode(input, digits);
  if (!typed.ok) return typed;
  const kept = sentCode.safeParse(secretBox.open(asked.sealed, place(interaction)));
  if (!kept.success) return refusal('key_state_unreadable');
  const entered = await enterFrom(parts, from, now);
  if (!entered.ok) return { ok: false, reason: 'attempts_paused', until: entered.until };
  let was: 'wrong' | 'no guess' = 'wrong';
  try {
    // Counted before it is compared; too many: it is as if its time were over.
    if (!(await tries.count(kept.data.id, kept.data.expiresAt))) return refusal('code_expired');
    const checked = checkCode({ sent: kept.data, purpose: resetPurpose, input, now });
    if (!checked.ok) return checked;
    const proved = await take(people, await accountsNamed(people, name), kept.data.id, now);
    if (proved.ok) was = 'no guess';
    return proved;
  } finally {
    await entered.left(was);
  }
}

/** The code proves an address that nothing has proved before: that of an invited person. */
const mailboxProved = (person: Person, now: number): Person =>
  person.email && person.email.verifiedAt === undefined
    ? { ...person, email: { ...person.email, verifiedAt: now } }
    : person;

/** The code counts for the address that it was mailed to. */
const liveCode = (codeId: string, { email }: Person): string => `${codeId} ${email?.address ?? ''}`;

/** Uses up the code, where it was mailed for one of these accounts and is the newest of it. */
async function take(people: People, found: readonly Person[], codeId: string, now: number): Promise<Judged<Person>> {
  for (const { id } of found) {
    const updated = await people.update(id, (current) => {
      if (current.codes?.[resetPurpose] !== liveCode(codeId, current)) return { result: 'not this one' as const };
      if (current.disabled) return { result: 'shut' as const };
      return { account: mailboxProved(otherSettled(current, resetPurpose), now), result: 'shut' as const };
    });
    if (updated?.account) return { ok: true, value: updated.account };
    if (updated?.result === 'shut') return refusal('account_disabled');
  }
  return refusal(found.some(({ codes }) => codes?.[resetPurpose] !== undefined) ? 'code_replaced' : 'code_wrong');
}
