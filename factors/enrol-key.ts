/** Enrolling a kind of key, up to the point where it is proven; binding it to the person is the next write (`enrolments.ts`). */
import { newPendingId } from '../accounts/pending-id.ts';
import type { Person } from '../accounts/person.ts';
import { isFurtherStage } from './contract.ts';
import type { Assurance, Begun as FactorBegun, Factor, FactorId, Input, Outcome, Shows, Tools } from './contract.ts';
import { mayTry, noAttempts } from '../passwords/attempt-limits.ts';
import { countOther, purposeOf, uncountOther } from './attempt-counter.ts';
import { personFacts } from './key-changes.ts';
import { mayEnrol } from './policy/lifecycle.ts';
import type { Occasion } from './occasion.ts';
import { outgoingMessage, refusal, type ProofDependencies } from './proof-dependencies.ts';
import type { Reason, Judged } from './reasons.ts';
import { maySend } from '../messages/send-limits.ts';

export interface Begun {
  readonly factor: FactorId;
  readonly sealed: string;
  readonly shows: Shows;
  readonly expiresAt: number;
  /** Which stage this is, where the factor has several. */
  readonly stage?: string;
  /** What is typed at this stage guesses at no secret. */
  readonly guessed?: false;
  /** Whether an answer led here: there are stages before it. */
  readonly further?: true;
  /** Which live code it waits for, where one was sent. */
  readonly code?: string;
  /** Ids of the messages that were sent for it. */
  readonly messages: readonly string[];
}

export interface Proven {
  readonly secret: unknown;
  readonly assurance: Assurance;
  readonly factor: Factor;
  readonly person: Person;
  /** `Confirmed.unique` */
  readonly unique?: string;
  /** Facts for the audit line of the new key. */
  readonly audit: Readonly<Record<string, string | number>>;
}

export interface EnrolKey {
  begin(person: Person, factorId: FactorId, input: Input, occasion: Occasion): Promise<Judged<Begun>>;
  /** Sends anew what this stage has sent; what was sent before is void. */
  again(person: Person, begun: Begun, input: Input, occasion: Occasion): Promise<Judged<Begun>>;
  /** The proven key, or the next stage. */
  confirm(
    personId: string,
    begun: Begun,
    input: Input,
    occasion: Occasion,
  ): Promise<Judged<{ readonly proven: Proven } | { readonly next: Begun }>>;
}

export function createEnrolKey(dependencies: ProofDependencies): EnrolKey {
  const { people, registry, sealing, limits, scheduleOf, toolsFor, sendMessages, note } = dependencies;

  const open = async (factorId: FactorId, person: Person, client: string): Promise<boolean> => {
    const schedule = await scheduleOf(factorId, person, client);
    return schedule === undefined || mayEnrol(schedule.status);
  };

  type Start = (factor: Factor, tools: Tools<unknown>) => Promise<Outcome<FactorBegun<unknown>> | Refusal>;

  /** The states of the keys of this family that the person has: working or blocked. */
  const heldBy = (person: Person, { id, traits: { family = id } }: Factor): readonly unknown[] =>
    person.keys.flatMap((key) => {
      const kin = key.status === 'off' ? undefined : registry.get(key.factor);
      if (!kin || (kin.traits.family ?? kin.id) !== family) return [];
      return sealing.openKey(kin, person.id, key.id, key.sealed ?? '') ?? [];
    });

  /** Keeps a stage: what it sends is queued when this resolves. */
  const keep = async (
    person: Person,
    factor: Factor,
    { pending, shows, messages = [], expiresAt, stage, guessed }: FactorBegun<unknown>,
    occasion: Occasion,
    now: number,
  ): Promise<Judged<Begun>> => {
    const code = messages.length === 0 ? undefined : { purpose: purposeOf(factor.id), id: newPendingId() };
    const dispatched = await sendMessages(person, messages.map(outgoingMessage(factor, occasion, now)), now, {
      from: occasion.passwordFrom,
      ...(code === undefined ? {} : { code }),
    });
    if (!dispatched.ok) return dispatched;
    const sealed = sealing.sealState('pending', occasion.interaction, pending);
    const named = {
      ...(stage === undefined ? {} : { stage }),
      ...(guessed === undefined ? {} : { guessed }),
      ...(code === undefined ? {} : { code: code.id }),
    };
    return { ok: true, value: { factor: factor.id, sealed, shows, expiresAt, ...named, messages: dispatched.value } };
  };

  const start = async (person: Person, factorId: FactorId, occasion: Occasion, by: Start): Promise<Judged<Begun>> => {
    const factor = registry.get(factorId);
    if (!factor || !factor.traits.selfService) return refusal('choice_unknown');
    if (!(await open(factorId, person, occasion.client))) return refusal('enrolment_closed');
    const tools = toolsFor(factor, occasion.language);
    const may = mayTry(person.otherAttempts[purposeOf(factorId)] ?? noAttempts, tools.now, limits);
    if (may.kind === 'blocked') return refusal('key_blocked');
    if (may.kind === 'paused') return refusal('attempts_paused', may.until);
    if (factor.traits.sends !== undefined) {
      const allowed = maySend(person.sendings, tools.now, limits);
      if (!allowed.ok) return refusal('sending_paused', allowed.until);
    }
    const outcome = await by(factor, tools);
    return outcome.ok ? keep(person, factor, outcome.value, occasion, tools.now) : outcome;
  };

  return {
    begin: (person, factorId, input, occasion) =>
      start(person, factorId, occasion, (factor, tools) =>
        factor.begin(tools, personFacts(person), input, heldBy(person, factor)),
      ),

    again: (person, { factor: factorId, sealed, further }, input, occasion) =>
      start(person, factorId, occasion, async (factor, tools) => {
        if (!factor.again || further === undefined)
          return factor.begin(tools, personFacts(person), input, heldBy(person, factor));
        const pending = sealing.openState(factor, 'pending', occasion.interaction, sealed);
        return pending === undefined ? refusal('key_state_unreadable') : factor.again(tools, pending);
      }).then((judged) => (judged.ok && further ? { ...judged, value: { ...judged.value, further } } : judged)),

    async confirm(personId, begun, input, occasion) {
      const factor = registry.get(begun.factor);
      if (!factor) return refusal('choice_unknown');
      const tools = toolsFor(factor);
      const counted = await countOther(people, personId, purposeOf(begun.factor), tools.now, limits);
      const refuse = (reason: Reason, about: Omit<Refusal, 'ok' | 'reason'> = {}): Refusal => {
        const { client } = occasion;
        note({
          at: tools.now,
          actor: personId,
          action: 'enrolment.refused',
          person: personId,
          factor: begun.factor,
          client,
          reason,
        });
        return { ok: false, reason, ...about };
      };
      if (!counted.ok) return refuse(counted.reason, aboutOf(counted));
      if (!(await open(begun.factor, counted.value, occasion.client))) return refuse('enrolment_closed');
      if (tools.now >= begun.expiresAt) return refuse('code_expired');
      if (begun.code !== undefined && counted.value.codes?.[purposeOf(begun.factor)] !== begun.code)
        return refuse('code_replaced');
      const pending = sealing.openState(factor, 'pending', occasion.interaction, begun.sealed);
      if (pending === undefined) return refuse('key_state_unreadable');
      const outcome = await factor.confirm(tools, pending, input);
      const guesses = outcome.ok ? !isFurtherStage(outcome.value) : outcome.reason !== 'code_malformed';
      const counts = begun.guessed !== false && guesses;
      if (!counts) await uncountOther(people, personId, purposeOf(begun.factor));
      if (!outcome.ok) return refuse(outcome.reason, aboutOf(outcome));
      const { value } = outcome;
      if (isFurtherStage(value)) {
        const next = await keep(counted.value, factor, value, occasion, tools.now);
        if (!next.ok) return refuse(next.reason, aboutOf(next));
        return { ok: true, value: { next: { ...next.value, further: true } } };
      }
      const { secret, facts, unique, audit = {} } = value;
      const bindsUnder = unique === undefined ? {} : { unique };
      const assurance = factor.assure(facts, tools.settings);
      return {
        ok: true,
        value: { proven: { secret, assurance, factor, person: counted.value, audit, ...bindsUnder } },
      };
    },
  };
}

type Refusal = Extract<Judged<never>, { readonly ok: false }>;

const aboutOf = ({ ok: _no, reason: _why, ...about }: Refusal) => about;
