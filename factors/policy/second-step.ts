/**
 * Whether a password may stand alone at a relying party, or a key is asked beside it, or one must be activated first. Pure; the steps, the exit of the
 * sign-in and the engine's gate ask it alike. Switching a key off, by whatever way, never makes it ask less: who holds one that does not work any more
 * is a holder still.
 */
import type { Circumstances } from './lifecycle.ts';
import type { Level } from './types.ts';

/** From an instant on a second step is compulsory: for everyone, at one relying party, for one group of people, or for the group there. */
export interface Demand {
  readonly client?: string;
  readonly group?: string;
  /** People are told; absent: at once. */
  readonly announceAt?: number;
  /** First instant (ms) at which a password alone is not enough. */
  readonly from: number;
  /** IANA name, for writing the day out. */
  readonly zone: string;
}

/** The earliest of all that apply. */
export function demandFor(demands: readonly Demand[], { client, groups }: Circumstances): Demand | undefined {
  return demands
    .filter((demand) => demand.client === undefined || demand.client === client)
    .filter((demand) => demand.group === undefined || (groups?.includes(demand.group) ?? false))
    .toSorted((a, b) => a.from - b.from)[0];
}

/**
 * What a person holds, in the eyes of one relying party: keys that may be asked for here; none of those, but some that can prove who asks for another
 * one; only such as prove nothing any more (ended, blocked, switched off); or none.
 */
export type Holding = 'askable' | 'provable' | 'unusable' | 'none';

export type SecondStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'key' }
  /** Compulsory from `from` on (ms): until then offered. */
  | { readonly kind: 'offer'; readonly from: number; readonly zone: string }
  /** A key must be activated before the sign-in goes on. */
  | { readonly kind: 'enrol'; readonly since?: number; readonly zone?: string };

export interface SecondStepFacts {
  /** What the sign-in must reach. */
  readonly level: Level;
  readonly holding: Holding;
  /** The second step was done on this browser before, and its user wished not to be asked again. */
  readonly trusted: boolean;
  readonly demand: Demand | undefined;
  /** Who has a key is asked for it even where a password alone would do. */
  readonly askHolders: boolean;
  /** People may activate a key on the way through a sign-in, and there is one for them. */
  readonly mayActivate: boolean;
  /** ms */
  readonly now: number;
}

export function secondStep(facts: SecondStepFacts): SecondStep {
  const { level, holding, trusted, demand, askHolders, mayActivate, now } = facts;
  const demanded = demand !== undefined && now >= demand.from;
  const alone = level === 'single';
  if (alone && trusted) return { kind: 'none' };
  if (holding !== 'none' && alone && !askHolders && !demanded) return { kind: 'none' };
  if (holding === 'askable' || holding === 'unusable') return { kind: 'key' };
  if (holding === 'provable' || !alone || demanded) {
    if (!mayActivate) return { kind: 'key' };
    return demanded ? { kind: 'enrol', since: demand.from, zone: demand.zone } : { kind: 'enrol' };
  }
  if (demand && (demand.announceAt === undefined || now >= demand.announceAt))
    return { kind: 'offer', from: demand.from, zone: demand.zone };
  return { kind: 'none' };
}
