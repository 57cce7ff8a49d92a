/**
 * The person's side of a factor, for tests: the phone, the mailbox, the sheet of paper. Every factor's `simulator.ts` has a `Simulator` as its default
 * export; the contract suite and the flow tests drive every factor through it without knowing any.
 */
import type { FactorMessage, Input, Shows } from '../contract.ts';

/** What reaches the person: the page, and the messages. */
export interface Sight {
  readonly shows: Shows;
  readonly messages?: readonly FactorMessage[];
}

/** One device in the hands of one person; it remembers what it was given. */
export interface Device {
  /** The answer to the enrolment page. */
  confirm(sight: Sight, now: number): Input;
  /** Takes what an administrator handed out (`Issued.clear`). */
  take(clear: Readonly<Record<string, unknown>>): void;
  /** The right answer to a challenge. */
  answer(sight: Sight, now: number): Input;
  /** Well-formed, and wrong. */
  wrongAnswer(sight: Sight, now: number): Input;
}

export interface Simulator {
  createDevice(): Device;
  /** Settings under which the contract must hold as well; the first entry is used where one is enough. `{}`: the recommended values. */
  readonly settings: readonly Readonly<Record<string, unknown>>[];
  /** The enrolment page has to show the secret (a QR code); no other page may. */
  readonly showsSecretAtEnrolment: boolean;
  /** Members of the states that pages have to show and that open nothing by themselves: the number of a device's key, a question to it. */
  readonly open?: readonly string[];
  /** Secret states of earlier versions that must still be read, and the current state each one becomes. */
  readonly olderSecrets: readonly { readonly from: unknown; readonly to: unknown }[];
}
