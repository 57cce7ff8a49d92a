/**
 * What one sign-in has got so far. Kept with the engine's interaction (one document, one expiry), replaced by version; the URL grants nothing.
 * Everything secret in it is sealed for this interaction.
 */
import type { Assurance, FactorId, ThingInHand } from '../factors/contract.ts';
import type { Begun } from '../factors/enrol-key.ts';
import type { ProvedKey } from '../factors/policy/standing.ts';
import type { MailboxAsked } from '../factors/email-verification.ts';
import type { Asked, Proof } from '../factors/verify-key.ts';
import type { Reason } from '../factors/reasons.ts';

export type StepName =
  | 'select-account'
  | 'choose-key'
  | 'find-key'
  | 'retirement'
  | 'password'
  | 'secure-account'
  | 'prove-key'
  | 'confirm-email'
  | 'select-key'
  | 'activate-key'
  | 'done'
  | 'refused';

export type WizardStep = 'confirm-email' | 'select-key' | 'activate-key' | 'done';
export const wizardSteps: readonly WizardStep[] = ['confirm-email', 'select-key', 'activate-key', 'done'];

export interface Notice {
  readonly reason: Reason;
  readonly field?: string;
  readonly until?: number;
  /** What was typed and stands in its fields again. */
  readonly kept?: Readonly<Record<string, string>>;
}

export interface Refusal {
  readonly reason: Reason;
  readonly factor?: FactorId;
  readonly until?: number;
}

export interface Wizard {
  readonly at: WizardStep;
  /** What makes way for the new key; absent: nothing does. */
  readonly from?: FactorId;
  readonly fromKey?: string;
  /** A code that was sent to the mailbox was right, in this very sign-in. */
  readonly mailboxProved?: true;
  readonly email: 'show' | 'change' | 'prove';
  readonly mailbox?: MailboxAsked;
  readonly begun?: Begun & { readonly at: number };
  /** The new key, once it is active. */
  readonly bound?: {
    readonly factor: FactorId;
    readonly key: string;
    readonly assurance: Assurance;
    readonly at: number;
  };
  /** Confirmed, and on to the relying party. */
  readonly leaves?: boolean;
}

export interface SignInState {
  readonly version: 1;
  /** The factor to sign in with. */
  readonly chosen?: FactorId;
  /** By the person, not by us: then the dialog comes before the proof. */
  readonly knowingly?: boolean;
  /** Does not know which key it is, and asks to be led there. */
  readonly finding?: boolean;
  /** Then only keys that go with this are shown. */
  readonly inHand?: ThingInHand;
  /** Factors whose dialog was answered with "carry on". */
  readonly postponed: readonly FactorId[];
  /** The dialog was answered with "a new key now". */
  readonly wish?: FactorId;
  /** The wish to activate a further key, or the first one: nothing else happens before. */
  readonly securing?: true;
  /** The notice that a second step will be compulsory was answered with "go on". */
  readonly later?: true;
  readonly person?: string;
  /** The version of the person's document that the last step has seen. */
  readonly personVersion?: string;
  /** Step-up: the keys that stand behind the live session. */
  readonly sessionKeys?: readonly ProvedKey[];
  /** When the password was proven (ms). */
  readonly passwordAt?: number;
  /** When the one that was proven had been set (ms): it counts while it is that one still. */
  readonly passwordSetAt?: number;
  /** How often all sessions of this person had been ended when something was first proved here: after one time more nothing of it counts. */
  readonly sessionsEnded?: number;
  /** And where it came from: a digest of the network. */
  readonly passwordFrom?: string;
  /** And in which browser: a digest of its token. */
  readonly passwordBrowser?: string;
  readonly asked?: Asked & { readonly at: number };
  /** Asked before, while another way was tried: coming back to such a key sends nothing anew. */
  readonly aside?: readonly (Asked & { readonly at: number })[];
  /** Ticked: not to be asked in this browser for some days. Counts once the second step is done. */
  readonly trust?: true;
  readonly proof?: Proof & { readonly purpose: 'sign-in' | 're-enrolment' };
  readonly wizard?: Wizard;
  readonly refused?: Refusal;
  readonly notice?: Notice;
  /**
   * Which account it shall be is asked first, and `person` is the one of the live session. `leadsTo`: where going on with it leads; `goesOn`: the person goes on
   * with it, and nothing else is asked.
   */
  readonly selecting?: { readonly leadsTo: 'session' | 'step-up' | 'sign-in'; readonly goesOn?: true };
  /** What was typed into that page when its language was changed. */
  readonly typed?: { readonly step: StepName; readonly fields: Readonly<Record<string, string>> };
  /** The name typed last, so that it need not be typed again. */
  readonly username?: string;
}

export const emptyState: SignInState = { version: 1, postponed: [] };

/** Back to the choice of a key; name and password stay proven, what was put off stays put off. Whom a key alone has named, nobody is without it. */
export function withoutKey(steps: SignInState): SignInState {
  const {
    chosen: _1,
    knowingly: _2,
    wish: _3,
    asked: _4,
    proof: _5,
    wizard: _6,
    refused: _7,
    notice: _8,
    finding: _9,
    inHand: _10,
    aside: _11,
    ...rest
  } = steps;
  if (rest.passwordAt !== undefined) return rest;
  const { person: _12, personVersion: _13, ...nobody } = rest;
  return nobody;
}

/** The same, by choice: what was asked stays asked, so that coming back to that key sends nothing anew. */
export function besidesKey(steps: SignInState): SignInState {
  const { asked, aside } = steps;
  return {
    ...withoutKey(steps),
    ...(asked === undefined ? {} : { asked }),
    ...(aside === undefined ? {} : { aside }),
  };
}

/**
 * Whether `after` holds what the same person's `before` was still asked for: the proof of a key, or a new key that is active. What another answer says of it
 * meanwhile (that the code was used, that the old key is off) is only the other side of that.
 */
export function isGained(before: SignInState, after: SignInState): boolean {
  if (before.person !== after.person) return false;
  if (after.wizard?.bound !== undefined) return before.wizard !== undefined && before.wizard.bound === undefined;
  return (
    after.proof !== undefined &&
    before.proof === undefined &&
    before.wizard === undefined &&
    before.refused === undefined &&
    before.chosen === after.chosen
  );
}
