/**
 * The person's side of a factor, for tests: the telephone, the mailbox, the paper. Every factor's `simulator.ts` has a
 * `Simulator` as its default export; the contract suite and the flow tests use every factor through it.
 */
import type { FactorMessage, Input, Shows } from '../contract.ts';

/** What the person gets: the page, and the messages. */
export interface Sight {
  readonly shows: Shows;
  readonly messages?: readonly FactorMessage[];
  /** Where the main button leads, for a proof at another site; the answer is the query that comes back. */
  readonly to?: string;
}

/** One device of one person; it remembers what it received. */
export interface Device {
  /** The answer to the enrolment page. */
  confirm(sight: Sight, now: number): Input;
  /** Takes a key that an administrator issued (`Issued.clear`). */
  take(clear: Readonly<Record<string, unknown>>): void;
  /** The right answer to a challenge. */
  answer(sight: Sight, now: number): Input;
  /** A well-formed wrong answer. */
  wrongAnswer(sight: Sight, now: number): Input;
}

export interface Simulator {
  createDevice(): Device;
  /**
   * Settings under which the contract must also hold; the first entry is used where one is enough. `{}`: the
   * recommended values.
   */
  readonly settings: readonly Readonly<Record<string, unknown>>[];
  /** The enrolment page must show the secret (a QR code); no other page may. */
  readonly showsSecretAtEnrolment: boolean;
  /**
   * Members of the states that pages must show and that grant nothing: the number of a device's key, a challenge to it.
   */
  readonly open?: readonly string[];
  /** Secret states of earlier versions that must still be readable, and the current state of each. */
  readonly olderSecrets: readonly { readonly from: unknown; readonly to: unknown }[];
}
