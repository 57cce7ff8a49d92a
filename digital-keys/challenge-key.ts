/**
 * Challenges a key of a person: refuses one that may not be used now, makes the challenge, and queues its message.
 * Called through `verify-key.ts`.
 */
import { defined } from '../accounts/defined.ts';
import type { Key, Person } from '../accounts/person.ts';
import { maySend } from '../messages/send-limits.ts';
import { mayTry } from '../passwords/attempt-limits.ts';
import { whyNot } from './attempt-counter.ts';
import type { Challenged, Factor, Tools } from '../factors/contract.ts';
import { overBecause, shownOf } from './key-health.ts';
import { activeKey } from './key-record.ts';
import type { Asked, Occasion } from './occasion.ts';
import { datesAllow, outgoingMessage, refusal, type ProofDependencies } from './proof-dependencies.ts';
import type { Judged, Reason } from '../factors/reasons.ts';
import { sentBefore } from './sent-before.ts';
import { awayOf } from './way-back.ts';

/** What asking takes: nothing that writes but the sending of messages. */
export type AskingDependencies = Pick<
  ProofDependencies,
  'registry' | 'sealing' | 'limits' | 'sendMessages' | 'scheduleOf' | 'toolsFor'
>;

/** A key with its opened secret state. */
interface OpenKey {
  readonly key: Key;
  readonly secret: unknown;
}

/** One challenge to one person, with the facts that decide it. */
interface Asking {
  readonly deps: AskingDependencies;
  readonly person: Person;
  readonly factor: Factor;
  readonly tools: Tools<unknown>;
  readonly occasion: Occasion;
}

/** Challenges a key of the person; when this resolves, the message is queued if there is one. */
export async function challengeKey(
  deps: AskingDependencies,
  person: Person,
  keyId: string,
  occasion: Occasion,
): Promise<Judged<Asked>> {
  const key = activeKey(person, keyId);
  const factor = key && deps.registry.get(key.factor);
  if (!key || !factor || !(await datesAllow(deps, key.factor, person, occasion)))
    return refusal('key_not_held_or_expired');
  const tools = deps.toolsFor(factor);
  const asking: Asking = { deps, person, factor, tools, occasion };
  const judged = [key, ...siblingsOf(person, key, factor)].map((one) => openIfAllowed(asking, one));
  const [first, ...others] = judged.flatMap((one) => (one.ok ? one.value : []));
  if (!first) return judged.find((one) => !one.ok) ?? refusal('key_not_held_or_expired');
  if (factor.traits.sends !== undefined) {
    const allowed = maySend(person.sendings, tools.now, deps.limits);
    if (!allowed.ok) return askForSentCode(asking, first.key, 'sending_paused', allowed.until);
  }
  const secrets = others.map((one) => one.secret);
  const outcome = await factor.challenge(tools, first.secret, secrets);
  if (!outcome.ok) return outcome;
  const sealed = deps.sealing.sealState(factor, 'challenge', occasion.interaction, outcome.value.challenge);
  const sent = await send(asking, first.key, sealed, outcome.value);
  if (sent.ok) return { ok: true, value: askedOf(asking, first, others, sealed, outcome.value, sent.value) };
  const isPaused = sent.reason === 'sending_paused' || sent.reason === 'messages_paused';
  return isPaused ? askForSentCode(asking, first.key, sent.reason, sent.until) : sent;
}

/** The other active keys of the same factor, if one challenge is enough for all of them. */
function siblingsOf(person: Person, key: Key, factor: Factor): readonly Key[] {
  if (!factor.select) return [];
  return person.keys.filter((other) => other.factor === key.factor && other !== key && other.status === 'active');
}

function openIfAllowed({ deps, person, factor, tools }: Asking, key: Key): Judged<OpenKey> {
  const secret = deps.sealing.openKey(factor, person.id, key.id, key.sealed ?? '');
  if (secret === undefined) return refusal('key_state_unreadable');
  const may = mayTry(key.attempts, tools.now, deps.limits);
  if (may.kind !== 'yes') {
    const { reason, until } = whyNot(may);
    return refusal(reason, until);
  }
  const over = overBecause(factor.health(secret, tools.now, tools.settings), tools.now);
  return over === undefined ? { ok: true, value: { key, secret } } : refusal(over);
}

/** No further message may be sent now: use the code that was just sent, if there is one. */
function askForSentCode(
  { deps, factor, tools, occasion }: Asking,
  key: Key,
  reason: Reason,
  until: number | undefined,
): Judged<Asked> {
  const before = sentBefore(key, factor, occasion, deps.sealing, tools.now);
  if (!before) return refusal(reason, until);
  return { ok: true, value: until === undefined ? before : { ...before, pausedUntil: until } };
}

/** Queues the messages of the factor; returns their ids. */
function send(
  { deps, person, factor, tools: { now }, occasion }: Asking,
  key: Key,
  sealed: string,
  { shows, messages = [], expiresAt }: Challenged<unknown>,
): Promise<Judged<readonly string[]>> {
  const { interaction, client, purpose, browser, passwordFrom: from } = occasion;
  const askedFor =
    browser && expiresAt !== undefined
      ? { sealed, interaction, client, purpose, browser: browser.digest, shows, expiresAt }
      : undefined;
  const outgoing = messages.map(outgoingMessage(factor, occasion, now));
  return deps.sendMessages(person, outgoing, now, { key: key.id, from, askedFor });
}

function askedOf(
  { factor, tools, occasion }: Asking,
  { key, secret }: OpenKey,
  others: readonly OpenKey[],
  sealed: string,
  { shows, messages = [], expiresAt, leaves }: Challenged<unknown>,
  sent: readonly string[],
): Asked {
  return {
    key: key.id,
    factor: factor.id,
    sealed,
    shows,
    detail: key.detail,
    ...defined({
      among: others.length === 0 ? undefined : others.map((one) => one.key.id),
      ...shownOf(factor.health(secret, tools.now, tools.settings)),
      expiresAt,
      away: awayOf(leaves, tools, occasion.interaction),
      sentAt: messages.length === 0 ? undefined : tools.now,
    }),
    messages: sent,
  };
}
