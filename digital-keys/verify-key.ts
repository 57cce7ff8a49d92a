/**
 * The only place that judges the answer of a key. It checks the dates of the factor, whatever page or route the answer
 * came from; counts a try before it compares anything; and writes the key's next state by compare-and-swap before a
 * success counts.
 */
import { withActivity, withoutRefusal } from '../accounts/activity.ts';
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending, type Updated } from '../accounts/person-store.ts';
import { withPlace } from '../accounts/usual-places.ts';
import { withoutSource } from '../passwords/source-limits.ts';
import type { Key, Person } from '../accounts/person.ts';
import type { Assurance, Factor, FactorId, Input, Proved, Tools } from '../factors/contract.ts';
import { mayTry, settledBySuccess } from '../passwords/attempt-limits.ts';
import { judgeCounted, tellOfWrongAnswer, whyNot, withTry, type WhyNot } from './attempt-counter.ts';
import { challengeKey } from './challenge-key.ts';
import { summaryOf } from './key-changes.ts';
import type { Asked, Occasion } from './occasion.ts';
import { overBecause } from './key-health.ts';
import { activeKey, blockedKey, isReplaced, strongerOf } from './key-record.ts';
import { datesAllow, refusal, type ProofDependencies } from './proof-dependencies.ts';
import { isNoFailure, type Reason, type Judged } from '../factors/reasons.ts';
import { withoutLapsed } from './unfinished-enrolments.ts';
import { awayTools, leaveFor } from './way-back.ts';

export type { Asked, Occasion } from './occasion.ts';

export interface Proof {
  readonly key: string;
  readonly factor: FactorId;
  readonly assurance: Assurance;
  /** ms */
  readonly at: number;
}

/** A proof, and the account as written with it. */
export interface ProvedPerson {
  readonly proof: Proof;
  readonly person: Person;
}

export interface VerifyKey {
  /** Challenges a key of the person; when this resolves, the message is queued if there is one. */
  challenge(person: Person, keyId: string, occasion: Occasion): Promise<Judged<Asked>>;
  verify(personId: string, asked: Asked, input: Input, occasion: Occasion): Promise<Judged<ProvedPerson>>;
  /** Where the browser goes to prove it, if the proof is at another site. */
  leave(asked: Asked, occasion: Occasion): Promise<Judged<{ readonly to: string }>>;
}

export function createVerifyKey(deps: ProofDependencies): VerifyKey {
  return {
    challenge: (person, keyId, occasion) => challengeKey(deps, person, keyId, occasion),
    verify: (personId, asked, input, occasion) => verifyKey(deps, personId, asked, input, occasion),
    leave: (asked, occasion) => leaveToProve(deps, asked, occasion),
  };
}

function leaveToProve(deps: ProofDependencies, asked: Asked, occasion: Occasion) {
  const factor = deps.registry.get(asked.factor);
  if (!factor) return Promise.resolve(refusal('key_not_held_or_expired'));
  const tools = awayTools(deps.toolsFor(factor, occasion.language), asked.away);
  if (asked.expiresAt !== undefined && tools.now >= asked.expiresAt) return Promise.resolve(refusal('code_expired'));
  return leaveFor(factor, tools, deps.sealing.openState(factor, 'challenge', occasion.interaction, asked.sealed));
}

/** One answer, with the facts that decide it. */
interface Answer {
  readonly deps: ProofDependencies;
  readonly personId: string;
  readonly asked: Asked;
  readonly input: Input;
  readonly occasion: Occasion;
  readonly factor: Factor;
  readonly tools: Tools<unknown>;
  /** `undefined` if it cannot be opened: altered, or of another sign-in. */
  readonly challenge: unknown;
  readonly secretOf: (key: Key) => unknown;
}

/** The key that a try counts on, and why a try is not permitted. */
interface Try {
  readonly answered: string;
  /** The key without this try. */
  readonly before?: Key;
  readonly refused?: WhyNot;
}

async function verifyKey(
  deps: ProofDependencies,
  personId: string,
  asked: Asked,
  input: Input,
  occasion: Occasion,
): Promise<Judged<ProvedPerson>> {
  const factor = deps.registry.get(asked.factor);
  if (!factor) return refusal('key_not_held_or_expired');
  const tools = awayTools(deps.toolsFor(factor, occasion.language), asked.away);
  const challenge = deps.sealing.openState(factor, 'challenge', occasion.interaction, asked.sealed);
  const secretOf = secretOpener(deps, factor, personId);
  const answer: Answer = { deps, personId, asked, input, occasion, factor, tools, challenge, secretOf };

  const counted = await deps.people.update(personId, (current) => countTry(answer, current));
  const { answered, refused, before }: Try = counted?.result ?? { answered: asked.key };
  const account = counted?.account;
  if (!account) return refuse(answer, answered, refused?.reason ?? 'key_not_held_or_expired', refused?.until);
  const key = account.keys.find(({ id }) => id === answered);
  if (!key || key.sealed === undefined) return refuse(answer, answered, 'key_not_held_or_expired');

  const tried = { people: deps.people, personId, before, counted: key };
  const judged = await judgeCounted(tried, () => judge(answer, account, key));
  if (!judged.ok && isNoFailure(judged.reason)) return refuse(answer, answered, judged.reason);
  if (!judged.ok) {
    const alarms = await tellOfWrongAnswer(deps.people, personId, key, judged.reason, tools.now, deps.limits);
    for (const alarm of alarms) deps.alarm?.(alarm);
    if (judged.isOfFactor) await keepRefusal(answer);
    return refuse(answer, answered, judged.isOfFactor && key.status === 'blocked' ? 'key_blocked' : judged.reason);
  }
  return keepProof(answer, key, judged.value);
}

/** Opens a key's secret state once, for the check of the format and for the answer itself. */
function secretOpener({ sealing }: ProofDependencies, factor: Factor, personId: string): Answer['secretOf'] {
  let opened: { readonly sealed: string; readonly secret: unknown } | undefined;
  return ({ id, sealed = '' }) => {
    if (opened?.sealed !== sealed) opened = { sealed, secret: sealing.openKey(factor, personId, id, sealed) };
    return opened.secret;
  };
}

/** Refuses, and writes an audit event. */
function refuse(
  { deps, personId, asked, occasion: { client }, tools }: Answer,
  key: string,
  reason: Reason,
  until?: number,
): ReturnType<typeof refusal> {
  deps.note({
    at: tools.now,
    actor: personId,
    action: 'key.refused',
    person: personId,
    factor: asked.factor,
    key,
    client,
    reason,
  });
  return refusal(reason, until);
}

/** Counts one more try on the key that answers; not if no try is permitted now, or if the input cannot be an answer. */
function countTry(answer: Answer, current: Person): Updated<Try> {
  const { asked, tools, deps } = answer;
  const answered = answeringKey(answer, current);
  const key = activeKey(current, answered);
  if (!key || current.disabled) {
    const reason = blockedKey(current, answered) ? 'key_blocked' : 'key_not_held_or_expired';
    return { result: { answered, refused: { reason } } };
  }
  const may = mayTry(key.attempts, tools.now, deps.limits);
  if (may.kind !== 'yes') return { result: { answered, refused: whyNot(may) } };
  if (isReplaced(asked, key)) return { result: { answered, refused: { reason: 'code_replaced' } } };
  if (isMalformed(answer, key)) return { result: { answered, refused: { reason: 'code_malformed' } } };
  return { account: withTry(current, key, tools.now, deps.limits), result: { answered, before: key } };
}

/** The key that an answer claims to come from, if several were challenged; otherwise the challenged one. */
function answeringKey({ deps, factor, asked, input }: Answer, person: Person): string {
  const { among = [] } = asked;
  if (!factor.select || among.length === 0) return asked.key;
  const keys = [asked.key, ...among].flatMap((id) => {
    const key = activeKey(person, id);
    const secret = key && deps.sealing.openKey(factor, person.id, id, key.sealed ?? '');
    return secret === undefined ? [] : [{ id, secret }];
  });
  const secrets = keys.map(({ secret }) => secret);
  const claimed = factor.select(secrets, input);
  return (claimed === undefined ? undefined : keys[claimed]?.id) ?? asked.key;
}

/** An input that cannot be an answer is no try: it is refused before one is counted. */
function isMalformed({ factor, challenge, input, secretOf }: Answer, key: Key): boolean {
  if (factor.wellFormed === undefined || challenge === undefined) return false;
  const secret = secretOf(key);
  return secret !== undefined && !factor.wellFormed(secret, challenge, input);
}

/** A proof with the key's next state, sealed: the factor's own schema has read it. */
type SealedProof = Proved<unknown, unknown> & { readonly sealed: string };

/** `isOfFactor`: the factor itself refused. */
type Verdict =
  | { readonly ok: true; readonly value: SealedProof }
  | { readonly ok: false; readonly reason: Reason; readonly isOfFactor: boolean };

const no = (reason: Reason): Verdict => ({ ok: false, reason, isOfFactor: false });

/** Checks the dates, the expiry of the challenge, and then the answer. */
async function judge(answer: Answer, counted: Person, key: Key): Promise<Verdict> {
  const { deps, asked, factor, tools, occasion, challenge, input, secretOf } = answer;
  if (!(await datesAllow(deps, factor.id, counted, occasion))) return no('key_not_held_or_expired');
  if (asked.expiresAt !== undefined && tools.now >= asked.expiresAt) return no('code_expired');
  const secret = secretOf(key);
  if (secret === undefined || challenge === undefined) return no('key_state_unreadable');
  const over = overBecause(factor.health(secret, tools.now, tools.settings), tools.now);
  if (over === 'key_expired') return no(over);
  const outcome = await factor.verify(tools, secret, challenge, input);
  if (!outcome.ok) return { ok: false, reason: outcome.reason, isOfFactor: true };
  if (over !== undefined) return no(over);
  const sealed = deps.sealing.sealKey(factor, answer.personId, key.id, outcome.value.secret);
  return { ok: true, value: { ...outcome.value, sealed } };
}

/** Writes the key's next state; only then does the proof count. */
async function keepProof(answer: Answer, key: Key, outcome: SealedProof): Promise<Judged<ProvedPerson>> {
  const { deps, personId, factor, tools } = answer;
  const assurance = factor.assure(outcome.facts, tools.settings);
  const { secret, sealed } = outcome;
  const proved = { key, sealed, secret, assurance, warning: warningOf(answer, key, secret) };
  const person = await deps.people.change(personId, (current) => withProof(answer, current, proved));
  // Another request used the same answer, or the key or the account was ended, between comparing and writing.
  if (!person) return refuse(answer, key.id, 'code_used');
  return { ok: true, value: { proof: { key: key.id, factor: factor.id, assurance, at: tools.now }, person } };
}

/** For the list of the last sign-ins. */
async function keepRefusal({ deps, personId, factor, occasion, tools: { now: at } }: Answer): Promise<void> {
  const { client, device } = occasion;
  await deps.people.change(personId, (current) =>
    withActivity(current, { at, what: 'code-wrong', factor: factor.id, client, ...(device && { device }) }),
  );
}

interface ProvedKey {
  /** As it was when the answer was compared. */
  readonly key: Key;
  /** Its next secret state, sealed. */
  readonly secret: unknown;
  readonly sealed: string;
  readonly assurance: Assurance;
  /** The mail that the key must be renewed soon, if this is the first proof after which it must. */
  readonly warning: Warning | undefined;
}

interface Warning {
  readonly template: 'key_low' | 'key_ends';
  readonly data: { readonly until?: number };
}

function warningOf({ factor, tools, secretOf }: Answer, key: Key, next: unknown): Warning | undefined {
  const isHealthy = ({ lastUsedAt, boundAt }: Key) =>
    factor.health(secretOf(key), lastUsedAt ?? boundAt, tools.settings).kind === 'healthy';
  const health = factor.health(next, tools.now, tools.settings);
  if (health.kind === 'healthy' || !isHealthy(key)) return undefined;
  return health.kind === 'renew-soon' && health.left === undefined
    ? { template: 'key_ends', data: { until: health.until } }
    : { template: 'key_low', data: {} };
}

/** The account with the proof; `undefined` if the key has changed since the answer was compared. */
function withProof(
  { asked, occasion, factor, tools: { now } }: Answer,
  current: Person,
  { key, secret, sealed, assurance, warning }: ProvedKey,
): Person | undefined {
  const before = current.keys.find(({ id }) => id === key.id);
  if (!before || before.status === 'off' || before.sealed !== key.sealed || current.disabled) return undefined;
  if (isReplaced(asked, before)) return undefined;
  const { askedAt: _answered, askedFor: _code, lastUsedOn: _earlier, ...rest } = before;
  const { device } = occasion;
  const proved: Key = {
    ...rest,
    status: 'active',
    sealed,
    lastUsedAt: now,
    ...(device === undefined ? {} : { lastUsedOn: device }),
    attempts: settledBySuccess(before.attempts),
    ...summaryOf(factor, secret),
    ...strongerOf(before, assurance),
  };
  const keys = current.keys.map((other) => (other.id === key.id ? proved : other));
  const { client, passwordFrom, passwordBrowser } = occasion;
  const passwordAttempts = withoutSource(current.passwordAttempts, passwordFrom, passwordBrowser);
  const { id } = current;
  const event = { at: now, actor: id, action: 'key.proved', person: id, factor: factor.id, key: key.id, client };
  const told = warning?.template ?? (factor.traits.fallback ? 'key_used' : undefined);
  const signedIn = { at: now, what: 'signed-in', factor: factor.id, client, ...(device && { device }) } as const;
  const finished = withoutLapsed(withoutRefusal(current, 'password-wrong', occasion.passwordAt), now);
  const place = { network: passwordFrom, browser: passwordBrowser };
  return addPending(
    { ...withPlace(withActivity(finished, signedIn), place, now), passwordAttempts, keys },
    auditLine(event),
    ...(told === undefined ? [] : notice(current, told, { factor: factor.id, ...warning?.data }, now)),
  );
}
