/** Enrols a key up to its proof; the next write binds it to the account (`exchange-key.ts`). */
import { defined } from '../accounts/defined.ts';
import { newPendingId } from '../accounts/pending-id.ts';
import type { Person } from '../accounts/person.ts';
import { isFurtherStage } from '../factors/contract.ts';
import type {
  Assurance,
  Begun as FactorBegun,
  Factor,
  FactorId,
  Input,
  Outcome,
  Shows,
  Tools,
} from '../factors/contract.ts';
import { mayTry, noAttempts } from '../passwords/attempt-limits.ts';
import { countOther, purposeOf, uncountOther, whyNot } from './attempt-counter.ts';
import { personFacts } from './key-changes.ts';
import { mayEnrol } from '../factors/policy/lifecycle.ts';
import type { Away, Occasion } from './occasion.ts';
import { outgoingMessage, refusal, type ProofDependencies } from './proof-dependencies.ts';
import { isNoFailure, type Judged } from '../factors/reasons.ts';
import { maySend } from '../messages/send-limits.ts';
import { unfinishedOf, withUnfinished } from './unfinished-enrolments.ts';
import { awayOf, awayTools, leaveFor } from './way-back.ts';

export interface Begun {
  readonly factor: FactorId;
  readonly sealed: string;
  readonly shows: Shows;
  /** It is proved at another site. */
  readonly away?: Away;
  readonly expiresAt: number;
  /** The stage, if the factor has several. */
  readonly stage?: string;
  /** This stage asks for no secret. */
  readonly guessed?: false;
  /** It was begun at this instant (ms), in an earlier sign-in. */
  readonly begunAt?: number;
  /** Whether there are earlier stages. */
  readonly further?: true;
  /** The id of the valid code that it waits for, if one was sent. */
  readonly code?: string;
  /** Ids of the messages sent for it. */
  readonly messages: readonly string[];
}

export interface Proven {
  readonly secret: unknown;
  readonly assurance: Assurance;
  readonly factor: Factor;
  readonly person: Person;
  /** `Confirmed.unique` */
  readonly unique?: string;
  /** `Confirmed.formerly` */
  readonly formerly?: readonly string[];
  /** Facts for the audit event of the new key. */
  readonly audit: Readonly<Record<string, string | number>>;
}

export interface EnrolKey {
  /**
   * Goes on with what the person began in an earlier sign-in, where the factor permits it (`resume`).
   * @param anew begins from the start all the same
   */
  begin(person: Person, factorId: FactorId, input: Input, occasion: Occasion, anew?: boolean): Promise<Judged<Begun>>;
  /** Sends again what this stage has sent; the former code becomes void. */
  again(person: Person, begun: Begun, input: Input, occasion: Occasion): Promise<Judged<Begun>>;
  /** The proved key, or the next stage. */
  confirm(
    personId: string,
    begun: Begun,
    input: Input,
    occasion: Occasion,
  ): Promise<Judged<{ readonly proven: Proven } | { readonly next: Begun }>>;
  /** Where the browser goes to prove the new key, if that is at another site. */
  leave(begun: Begun, occasion: Occasion): Promise<Judged<{ readonly to: string }>>;
}

function leaveToConfirm(deps: ProofDependencies, begun: Begun, occasion: Occasion) {
  const factor = deps.registry.get(begun.factor);
  if (!factor) return Promise.resolve(refusal('choice_unknown'));
  const tools = awayTools(deps.toolsFor(factor, occasion.language), begun.away);
  if (tools.now >= begun.expiresAt) return Promise.resolve(refusal('code_expired'));
  return leaveFor(factor, tools, deps.sealing.openState(factor, 'pending', occasion.interaction, begun.sealed));
}

export function createEnrolKey(deps: ProofDependencies): EnrolKey {
  return {
    begin: (person, factorId, input, occasion, anew = false) => {
      const resumed = anew ? undefined : resumable(deps, person, factorId, occasion);
      return resumed ? resume(deps, person, resumed, occasion) : beginFirst(deps, person, factorId, input, occasion);
    },
    again: (person, begun, input, occasion) => sendAgain(deps, person, begun, input, occasion),
    confirm: (personId, begun, input, occasion) => confirmKey(deps, personId, begun, input, occasion),
    leave: (begun, occasion) => leaveToConfirm(deps, begun, occasion),
  };
}

interface Resumable {
  readonly factor: Factor;
  readonly state: unknown;
  readonly at: number;
}

const placeOf = ({ id }: Person) => `account ${id}`;

/** What the person began in an earlier sign-in, if it can be opened and still counts. */
function resumable(
  { registry, sealing, toolsFor }: ProofDependencies,
  person: Person,
  factorId: FactorId,
  occasion: Occasion,
): Resumable | undefined {
  const factor = registry.get(factorId);
  if (!factor?.resume) return undefined;
  const { now } = toolsFor(factor, occasion.language);
  const kept = unfinishedOf(person, factorId, { signIn: occasion.interaction, now });
  const state = kept && sealing.openState(factor, 'pending', placeOf(person), kept.sealed);
  return kept && state !== undefined ? { factor, state, at: kept.at } : undefined;
}

async function resume(
  deps: ProofDependencies,
  person: Person,
  { factor: { id }, state, at }: Resumable,
  occasion: Occasion,
): Promise<Judged<Begun>> {
  const judged = await start(
    deps,
    person,
    id,
    occasion,
    async (factor, tools) => factor.resume?.(tools, state) ?? refusal('choice_unknown'),
  );
  return judged.ok ? { ...judged, value: { ...judged.value, begunAt: at } } : judged;
}

/** From its start. One that may be finished later is kept on the account, in the place of an earlier one. */
const beginFirst = (
  deps: ProofDependencies,
  person: Person,
  factorId: FactorId,
  input: Input,
  occasion: Occasion,
): Promise<Judged<Begun>> =>
  start(deps, person, factorId, occasion, async (factor, tools) => {
    const begun = await factor.begin(tools, personFacts(person), input, keptSecrets(deps, person, factor));
    if (!begun.ok || !factor.resume) return begun;
    const sealed = deps.sealing.sealState(factor, 'pending', placeOf(person), begun.value.pending);
    const kept = { sealed, at: tools.now, signIn: occasion.interaction };
    await deps.people.change(person.id, (current) => withUnfinished(current, factorId, kept));
    return begun;
  });

type Refusal = Extract<Judged<never>, { readonly ok: false }>;
type Start = (factor: Factor, tools: Tools<unknown>) => Promise<Outcome<FactorBegun<unknown>> | Refusal>;

async function isOpen(
  { scheduleOf }: ProofDependencies,
  factorId: FactorId,
  person: Person,
  client: string,
): Promise<boolean> {
  const schedule = await scheduleOf(factorId, person, client);
  return schedule === undefined || mayEnrol(schedule.status);
}

/** The states of the person's active and blocked keys of this family. */
function keptSecrets(
  { registry, sealing }: ProofDependencies,
  person: Person,
  { id, traits: { family = id } }: Factor,
): readonly unknown[] {
  return person.keys.flatMap((key) => {
    const kin = key.status === 'off' ? undefined : registry.get(key.factor);
    if (!kin || (kin.traits.family ?? kin.id) !== family) return [];
    return sealing.openKey(kin, person.id, key.id, key.sealed ?? '') ?? [];
  });
}

async function start(
  deps: ProofDependencies,
  person: Person,
  factorId: FactorId,
  occasion: Occasion,
  by: Start,
): Promise<Judged<Begun>> {
  const { registry, toolsFor, limits } = deps;
  const factor = registry.get(factorId);
  if (!factor || !factor.traits.selfService) return refusal('choice_unknown');
  if (!(await isOpen(deps, factorId, person, occasion.client))) return refusal('enrolment_closed');
  const tools = toolsFor(factor, occasion.language);
  const may = mayTry(person.otherAttempts[purposeOf(factorId)] ?? noAttempts, tools.now, limits);
  if (may.kind !== 'yes') return { ok: false, ...whyNot(may) };
  if (factor.traits.sends !== undefined) {
    const allowed = maySend(person.sendings, tools.now, limits);
    if (!allowed.ok) return refusal('sending_paused', allowed.until);
  }
  const outcome = await by(factor, tools);
  return outcome.ok ? keep(deps, person, factor, outcome.value, occasion, tools) : outcome;
}

/** Sends again what this stage has sent, or starts at the first stage. */
async function sendAgain(
  deps: ProofDependencies,
  person: Person,
  { factor: factorId, sealed, further }: Begun,
  input: Input,
  occasion: Occasion,
): Promise<Judged<Begun>> {
  const judged = await start(deps, person, factorId, occasion, async (factor, tools) => {
    if (!factor.again || further === undefined)
      return factor.begin(tools, personFacts(person), input, keptSecrets(deps, person, factor));
    const pending = deps.sealing.openState(factor, 'pending', occasion.interaction, sealed);
    return pending === undefined ? refusal('key_state_unreadable') : factor.again(tools, pending);
  });
  return judged.ok && further ? { ...judged, value: { ...judged.value, further } } : judged;
}

/** Stores a stage: when this resolves, its messages are queued. */
async function keep(
  { sendMessages, sealing }: ProofDependencies,
  person: Person,
  factor: Factor,
  { pending, shows, messages = [], expiresAt, stage, guessed, leaves }: FactorBegun<unknown>,
  occasion: Occasion,
  tools: Tools<unknown>,
): Promise<Judged<Begun>> {
  const sealed = sealing.sealState(factor, 'pending', occasion.interaction, pending);
  const { now } = tools;
  const code = messages.length === 0 ? undefined : { purpose: purposeOf(factor.id), id: newPendingId() };
  const outgoing = messages.map(outgoingMessage(factor, occasion, now));
  const from = occasion.passwordFrom;
  const sent = await sendMessages(person, outgoing, now, code === undefined ? { from } : { from, code });
  if (!sent.ok) return sent;
  const named = defined({ stage, guessed, away: awayOf(leaves, tools, occasion.interaction), code: code?.id });
  return { ok: true, value: { factor: factor.id, sealed, shows, expiresAt, ...named, messages: sent.value } };
}

async function confirmKey(
  deps: ProofDependencies,
  personId: string,
  begun: Begun,
  input: Input,
  occasion: Occasion,
): Promise<Judged<{ readonly proven: Proven } | { readonly next: Begun }>> {
  const factor = deps.registry.get(begun.factor);
  if (!factor) return refusal('choice_unknown');
  const tools = awayTools(deps.toolsFor(factor, occasion.language), begun.away);
  const judged = await judge(deps, personId, factor, tools, begun, input, occasion);
  if (judged.ok) return judged;
  deps.note({
    at: tools.now,
    actor: personId,
    action: 'enrolment.refused',
    person: personId,
    factor: begun.factor,
    client: occasion.client,
    reason: judged.reason,
  });
  return judged;
}

async function judge(
  deps: ProofDependencies,
  personId: string,
  factor: Factor,
  tools: Tools<unknown>,
  begun: Begun,
  input: Input,
  occasion: Occasion,
): Promise<Judged<{ readonly proven: Proven } | { readonly next: Begun }>> {
  const { people, sealing, limits } = deps;
  const purpose = purposeOf(begun.factor);
  const counted = await countOther(people, personId, purpose, tools.now, limits);
  if (!counted.ok) return counted;
  const person = counted.value;
  if (!(await isOpen(deps, begun.factor, person, occasion.client))) return refusal('enrolment_closed');
  if (tools.now >= begun.expiresAt) return refusal('code_expired');
  if (begun.code !== undefined && person.codes?.[purpose] !== begun.code) return refusal('code_replaced');
  const pending = sealing.openState(factor, 'pending', occasion.interaction, begun.sealed);
  if (pending === undefined) return refusal('key_state_unreadable');
  const outcome = await factor.confirm(tools, pending, input);
  const guesses = outcome.ok
    ? !isFurtherStage(outcome.value)
    : outcome.reason !== 'code_malformed' && !isNoFailure(outcome.reason);
  if (begun.guessed === false || !guesses) await uncountOther(people, personId, purpose);
  if (!outcome.ok) return outcome;
  const { value } = outcome;
  if (isFurtherStage(value)) {
    const next = await keep(deps, person, factor, value, occasion, tools);
    return next.ok ? { ok: true, value: { next: { ...next.value, further: true } } } : next;
  }
  const { secret, facts, unique, formerly, audit = {} } = value;
  const assurance = factor.assure(facts, tools.settings);
  const proven = { secret, assurance, factor, person, audit, ...defined({ unique, formerly }) };
  return { ok: true, value: { proven } };
}
