/** Enrolling a kind of key, up to the point where it is proven; binding it to the person is the next write (`enrolments.ts`). */
import type { Person } from '../people/person.ts';
import type { Assurance, Factor, FactorId, Input, Shows } from './contract.ts';
import { mayTry, noAttempts } from './attempts.ts';
import { countOther, purposeOf, type Judged } from './counting.ts';
import { personFacts } from './enrolments.ts';
import { mayEnrol } from './policy/lifecycle.ts';
import { owedMessage, refusal, type Occasion, type ProofDependencies } from './proofs.ts';
import type { Reason } from './reasons.ts';
import { maySend } from './sendings.ts';

export interface Begun {
  readonly factor: FactorId;
  readonly sealed: string;
  readonly shows: Shows;
  readonly expiresAt: number;
}

export interface Enrolling {
  begin(person: Person, factorId: FactorId, input: Input, occasion: Occasion): Promise<Judged<Begun>>;
  confirm(
    personId: string,
    begun: Begun,
    input: Input,
    occasion: Occasion,
  ): Promise<Judged<{ secret: unknown; assurance: Assurance; factor: Factor; person: Person }>>;
}

export function createEnrolling(dependencies: ProofDependencies): Enrolling {
  const { people, registry, sealing, limits, scheduleOf, toolsFor, dispatch, note } = dependencies;

  const open = async (factorId: FactorId, person: Person, client: string): Promise<boolean> => {
    const schedule = await scheduleOf(factorId, person, client);
    return schedule === undefined || mayEnrol(schedule.status);
  };

  return {
    async begin(person, factorId, input, occasion) {
      const factor = registry.get(factorId);
      if (!factor || !factor.traits.selfService) return refusal('choice_unknown');
      if (!(await open(factorId, person, occasion.client))) return refusal('enrolment_closed');
      const tools = toolsFor(factor);
      const may = mayTry(person.otherAttempts[purposeOf(factorId)] ?? noAttempts, tools.now, limits);
      if (may.kind === 'blocked') return refusal('key_blocked');
      if (may.kind === 'paused') return refusal('attempts_paused', may.until);
      if (factor.traits.sends !== undefined) {
        const allowed = maySend(person.sendings, tools.now, limits);
        if (!allowed.ok) return refusal('sending_paused', allowed.until);
      }
      const outcome = await factor.begin(tools, personFacts(person), input);
      if (!outcome.ok) return outcome;
      const { pending, shows, messages = [], expiresAt } = outcome.value;
      const dispatched = await dispatch(person, messages.map(owedMessage(factor, occasion, tools.now)), tools.now);
      if (!dispatched.ok) return dispatched;
      const sealed = sealing.sealState('pending', occasion.interaction, pending);
      return { ok: true, value: { factor: factorId, sealed, shows, expiresAt } };
    },

    async confirm(personId, begun, input, occasion) {
      const factor = registry.get(begun.factor);
      if (!factor) return refusal('choice_unknown');
      const tools = toolsFor(factor);
      const counted = await countOther(people, personId, purposeOf(begun.factor), tools.now, limits);
      const refuse = (reason: Reason, until?: number) => {
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
        return refusal(reason, until);
      };
      if (!counted.ok) return refuse(counted.reason, counted.until);
      if (!(await open(begun.factor, counted.value, occasion.client))) return refuse('enrolment_closed');
      if (tools.now >= begun.expiresAt) return refuse('code_expired');
      const pending = sealing.openState(factor, 'pending', occasion.interaction, begun.sealed);
      if (pending === undefined) return refuse('key_state_unreadable');
      const outcome = await factor.confirm(tools, pending, input);
      if (!outcome.ok) return refuse(outcome.reason);
      const assurance = factor.assure(outcome.value.facts, tools.settings);
      return { ok: true, value: { secret: outcome.value.secret, assurance, factor, person: counted.value } };
    },
  };
}
