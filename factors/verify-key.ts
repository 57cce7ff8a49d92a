/**
 * The only place where a key is asked and judged. A factor is refused here by its dates, whatever page or route led to it; a try is counted before
 * anything is compared; the key's next state is written, by compare-and-swap, before a success counts.
 */
import { auditLine, notice } from '../accounts/notices.ts';
import { addPending, type People } from '../accounts/person-store.ts';
import { withPlace } from '../accounts/usual-places.ts';
import { withoutSource } from '../passwords/source-limits.ts';
import type { AuditEvent, Key, OutgoingMessage, Person } from '../accounts/person.ts';
import type { Assurance, Factor, FactorId, FactorMessage, Input, Language, Tools } from './contract.ts';
import { mayTry, settledBySuccess, type AttemptLimits } from '../passwords/attempt-limits.ts';
import { tellOfWrongAnswer, whyNot, withTry, type Alarm } from './attempt-counter.ts';
import { summaryOf } from './key-changes.ts';
import type { Asked, Occasion } from './occasion.ts';
import { activeKey, blockedKey, isReplaced, strongerOf } from './key-record.ts';
import type { SendMessages } from '../messages/send-messages.ts';
import { maySignIn } from './policy/lifecycle.ts';
import type { EffectiveSchedule } from './policy/types.ts';
import type { Reason, Judged } from './reasons.ts';
import type { Registry } from './registry.ts';
import type { Sealing } from './seal-state.ts';
import { sentBefore } from './sent-before.ts';
import { maySend, type SendingLimits } from '../messages/send-limits.ts';

export type { Asked, Occasion } from './occasion.ts';

export interface Proof {
  readonly key: string;
  readonly factor: FactorId;
  readonly assurance: Assurance;
  /** ms */
  readonly at: number;
}

export interface VerifyKey {
  /** Asks for a key of the person: the message, if there is one, is queued when this resolves. */
  challenge(person: Person, keyId: string, occasion: Occasion): Promise<Judged<Asked>>;
  verify(
    personId: string,
    asked: Asked,
    input: Input,
    occasion: Occasion,
  ): Promise<Judged<{ proof: Proof; person: Person }>>;
}

export interface ProofDependencies {
  readonly people: People;
  /** The kinds that this deployment has switched on. */
  readonly registry: Pick<Registry, 'get'>;
  readonly sealing: Sealing;
  readonly limits: AttemptLimits & SendingLimits;
  readonly sendMessages: SendMessages;
  readonly scheduleOf: (factor: FactorId, person: Person, client: string) => Promise<EffectiveSchedule | undefined>;
  readonly toolsFor: (factor: Factor, language?: Language) => Tools<unknown>;
  /** For events that no write of the person goes with: refusals. */
  readonly note: (event: AuditEvent) => void;
  /** For the operator: somebody goes on guessing, or a key may have been copied. */
  readonly alarm?: (alarm: Alarm) => void;
}

export const refusal = (reason: Reason, until?: number) =>
  ({ ok: false, reason, ...(until === undefined ? {} : { until }) }) as const;

export function createVerifyKey(dependencies: ProofDependencies): VerifyKey {
  const {
    people,
    registry,
    sealing,
    limits,
    scheduleOf,
    toolsFor,
    sendMessages,
    note,
    alarm = () => {},
  } = dependencies;

  const datesAllow = async (factor: FactorId, person: Person, occasion: Occasion): Promise<boolean> => {
    const schedule = await scheduleOf(factor, person, occasion.client);
    if (schedule === undefined || maySignIn(schedule.status)) return true;
    return occasion.purpose === 're-enrolment' && schedule.status === 'sunset' && schedule.after === 're-enrol';
  };

  const ask = (person: Person, key: Key, factor: Factor): Judged<{ readonly key: Key; readonly secret: unknown }> => {
    const secret = sealing.openKey(factor, person.id, key.id, key.sealed ?? '');
    if (secret === undefined) return refusal('key_state_unreadable');
    const may = mayTry(key.attempts, toolsFor(factor).now, limits);
    if (may.kind === 'blocked') return refusal('key_blocked');
    if (may.kind === 'paused') return refusal('attempts_paused', may.until);
    return { ok: true, value: { key, secret } };
  };

  /** The key that an answer claims to come from, where several were asked; else the one that was asked. */
  const answering = (person: Person, asked: Asked, factor: Factor, input: Input): string => {
    const { among = [] } = asked;
    if (!factor.select || among.length === 0) return asked.key;
    const keys = [asked.key, ...among].flatMap((id) => {
      const key = activeKey(person, id);
      const secret = key && sealing.openKey(factor, person.id, id, key.sealed ?? '');
      return secret === undefined ? [] : [{ id, secret }];
    });
    const claimed = factor.select(
      keys.map(({ secret }) => secret),
      input,
    );
    return (claimed === undefined ? undefined : keys[claimed]?.id) ?? asked.key;
  };

  return {
    async challenge(person, keyId, occasion) {
      const key = activeKey(person, keyId);
      const factor = key && registry.get(key.factor);
      if (!key || !factor || !(await datesAllow(key.factor, person, occasion)))
        return refusal('key_not_held_or_expired');
      const tools = toolsFor(factor);
      const kin = factor.select ? person.keys.filter((other) => other.factor === key.factor && other !== key) : [];
      const judged = [key, ...kin.filter(({ status }) => status === 'active')].map((one) => ask(person, one, factor));
      const [first, ...others] = judged.flatMap((one) => (one.ok ? one.value : []));
      if (!first) return judged.find((one) => !one.ok) ?? refusal('key_not_held_or_expired');
      const again = (until: number | undefined): Judged<Asked> => {
        const before = sentBefore(first.key, factor, occasion, sealing, tools.now);
        const paused = until === undefined ? {} : { pausedUntil: until };
        return before ? { ok: true, value: { ...before, ...paused } } : refusal('sending_paused', until);
      };
      if (factor.traits.sends !== undefined) {
        const allowed = maySend(person.sendings, tools.now, limits);
        if (!allowed.ok) return again(allowed.until);
      }
      const { key: asked, secret } = first;
      const outcome = await factor.challenge(
        tools,
        secret,
        others.map((one) => one.secret),
      );
      if (!outcome.ok) return outcome;
      const { challenge, shows, messages = [], expiresAt } = outcome.value;
      const owed = messages.map(outgoingMessage(factor, occasion, tools.now));
      const sealed = sealing.sealState('challenge', occasion.interaction, challenge);
      const { interaction, client, purpose, browser } = occasion;
      const askedFor =
        browser && expiresAt !== undefined
          ? { sealed, interaction, client, purpose, browser: browser.digest, shows, expiresAt }
          : undefined;
      const by = { key: asked.id, from: occasion.passwordFrom, askedFor };
      const dispatched = await sendMessages(person, owed, tools.now, by);
      if (!dispatched.ok) return dispatched.reason === 'sending_paused' ? again(dispatched.until) : dispatched;
      const health = factor.health(secret, tools.now, tools.settings);
      return {
        ok: true,
        value: {
          key: asked.id,
          factor: factor.id,
          sealed,
          shows,
          detail: asked.detail,
          ...(others.length === 0 ? {} : { among: others.map((one) => one.key.id) }),
          ...(health.kind === 'renew-soon' ? { left: health.left } : {}),
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(messages.length === 0 ? {} : { sentAt: tools.now }),
          messages: dispatched.value,
        },
      };
    },

    async verify(personId, asked, input, occasion) {
      const factor = registry.get(asked.factor);
      if (!factor) return refusal('key_not_held_or_expired');
      const tools = toolsFor(factor);
      const { now } = tools;
      let answered = asked.key;
      const refuse = (reason: Reason, until?: number) => {
        const { client } = occasion;
        note({
          at: now,
          actor: personId,
          action: 'key.refused',
          person: personId,
          factor: asked.factor,
          key: answered,
          client,
          reason,
        });
        return refusal(reason, until);
      };

      const challenge = sealing.openState(factor, 'challenge', occasion.interaction, asked.sealed);
      let opened: { readonly sealed: string | undefined; readonly secret: unknown } | undefined;
      /** Opened once for the form of the answer and for the answer itself. */
      const secretOf = ({ id, sealed = '' }: Key): unknown => {
        if (opened?.sealed !== sealed) opened = { sealed, secret: sealing.openKey(factor, personId, id, sealed) };
        return opened.secret;
      };
      /** What cannot be an answer is no try: it is told before one is counted. */
      const isMalformed = (key: Key): boolean =>
        factor.wellFormed !== undefined &&
        challenge !== undefined &&
        secretOf(key) !== undefined &&
        !factor.wellFormed(secretOf(key), challenge, input);
      let refusedBecause: { reason: Reason; until?: number } | undefined;
      const counted = await people.change(personId, (current) => {
        refusedBecause = undefined;
        answered = answering(current, asked, factor, input);
        const key = activeKey(current, answered);
        if (!key || current.disabled) {
          refusedBecause = { reason: blockedKey(current, answered) ? 'key_blocked' : 'key_not_held_or_expired' };
          return undefined;
        }
        const may = mayTry(key.attempts, now, limits);
        if (may.kind !== 'yes') refusedBecause = whyNot(may);
        else if (isReplaced(asked, key)) refusedBecause = { reason: 'code_replaced' };
        else if (isMalformed(key)) refusedBecause = { reason: 'code_malformed' };
        if (refusedBecause) return undefined;
        return withTry(current, key, now, limits);
      });
      if (!counted) return refuse(refusedBecause?.reason ?? 'key_not_held_or_expired', refusedBecause?.until);
      const key = counted.keys.find(({ id }) => id === answered);
      if (!key || key.sealed === undefined) return refuse('key_not_held_or_expired');
      const refuseTry = async (reason: Reason, said: Reason = reason) => {
        for (const told of await tellOfWrongAnswer(people, personId, key, reason, now, limits)) alarm(told);
        return refuse(said);
      };
      if (!(await datesAllow(factor.id, counted, occasion))) return refuseTry('key_not_held_or_expired');
      if (asked.expiresAt !== undefined && now >= asked.expiresAt) return refuseTry('code_expired');

      const secret = secretOf(key);
      if (secret === undefined || challenge === undefined) return refuseTry('key_state_unreadable');
      const outcome = await factor.verify(tools, secret, challenge, input);
      if (!outcome.ok) return refuseTry(outcome.reason, key.status === 'blocked' ? 'key_blocked' : outcome.reason);

      const assurance = factor.assure(outcome.value.facts, tools.settings);
      const next = sealing.sealKey(personId, key.id, outcome.value.secret);
      const runsLow =
        factor.health(secret, now, tools.settings).kind === 'healthy' &&
        factor.health(outcome.value.secret, now, tools.settings).kind !== 'healthy';
      const written = await people.change(personId, (current) => {
        const held = current.keys.find(({ id }) => id === key.id);
        if (!held || held.status === 'off' || held.sealed !== key.sealed || current.disabled) return undefined;
        if (isReplaced(asked, held)) return undefined;
        const { askedAt: _answered, askedFor: _code, ...rest } = held;
        const proved: Key = {
          ...rest,
          status: 'active',
          sealed: next,
          lastUsedAt: now,
          attempts: settledBySuccess(held.attempts),
          ...summaryOf(factor, outcome.value.secret),
          ...strongerOf(held, assurance),
        };
        const keys = current.keys.map((other) => (other.id === key.id ? proved : other));
        const { client, passwordFrom, passwordBrowser } = occasion;
        const passwordAttempts = withoutSource(current.passwordAttempts, passwordFrom, passwordBrowser);
        const event = {
          at: now,
          actor: personId,
          action: 'key.proved',
          person: personId,
          factor: factor.id,
          key: key.id,
          client,
        };
        return addPending(
          { ...withPlace(current, { network: passwordFrom, browser: passwordBrowser }, now), passwordAttempts, keys },
          auditLine(event),
          ...(runsLow
            ? notice(current, 'key_low', { factor: factor.id }, now)
            : factor.traits.fallback
              ? notice(current, 'key_used', { factor: factor.id }, now)
              : []),
        );
      });
      // Somebody else spent the same answer, or the key or the account went, between comparing and writing.
      if (!written) return refuse('code_used');
      return { ok: true, value: { proof: { key: key.id, factor: factor.id, assurance, at: now }, person: written } };
    },
  };
}

/** A factor's message as the outbox takes it. */
export const outgoingMessage =
  (factor: Factor, { language }: Occasion, now: number) =>
  ({ channel, to, template, data, expiresAt }: FactorMessage): OutgoingMessage => ({
    channel,
    to,
    template,
    data,
    expiresAt,
    language,
    source: factor.id,
    queuedAt: now,
  });
