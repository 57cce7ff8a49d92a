/**
 * The state of one sign-in. It is stored in the engine's interaction (one document, one expiry) and replaced by
 * version; the URL grants nothing. All its secrets are sealed for this interaction.
 */
import type { Assurance, FactorId, ThingInHand } from '../factors/contract.ts';
import type { Begun } from '../digital-keys/enrol-key.ts';
import type { ProvedKey } from '../factors/policy/standing.ts';
import type { MailboxAsked } from '../digital-keys/email-verification.ts';
import type { CodeMailed } from '../recovery/forgotten.ts';
import type { Asked, Proof } from '../digital-keys/verify-key.ts';
import type { Password } from '../accounts/person.ts';
import type { Reason } from '../factors/reasons.ts';

export type StepName =
  | 'select-account'
  | 'choose-key'
  | 'find-key'
  | 'phase-out'
  | 'password'
  | 'secure-account'
  | 'prove-key'
  | 'confirm-email'
  | 'select-key'
  | 'activate-key'
  | 'done'
  | 'forgotten'
  | 'check-mailbox'
  | 'new-password'
  | 'remove-key'
  | 'paper-code'
  | 'terms'
  | 'consent'
  | 'choose-name'
  | 'refused';

export type WizardStep = 'confirm-email' | 'select-key' | 'choose-name' | 'activate-key' | 'done';
export const wizardSteps: readonly WizardStep[] = ['confirm-email', 'select-key', 'activate-key', 'done'];

export interface Notice {
  readonly reason: Reason;
  readonly field?: string;
  readonly until?: number;
  /** The values that the person typed, shown again in the fields. */
  readonly kept?: Readonly<Record<string, string>>;
}

export type Happened = 'code_sent' | 'address_confirmed';

export interface Refusal {
  readonly reason: Reason;
  readonly factor?: FactorId;
  readonly until?: number;
}

export interface Wizard {
  readonly at: WizardStep;
  /** The key that the new key replaces; absent: none. */
  readonly from?: FactorId;
  readonly fromKey?: string;
  /** The code that was sent to the mailbox was correct in this sign-in. */
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
  /** The person has confirmed it, and the sign-in continues. */
  readonly leaves?: boolean;
  /** A way back that was made beside it (`enrolment/offer-fallback.ts`): its factor. */
  readonly further?: FactorId;
  /** A way back is being made: where the person was before, and is again afterwards. */
  readonly resume?: { readonly wizard: Wizard; readonly proof?: SignInState['proof'] };
}

/** The person comes in by link and paper code, both of which were right here. */
export interface Activation {
  /** Of the account's activation. */
  readonly id: string;
  readonly codeAt: number;
  /** Accepted here. */
  readonly terms?: { readonly version: string; readonly at: number };
  /** The factor of the new key. */
  readonly factor?: FactorId;
  /** The new password, which is not the account's before the key is bound. */
  readonly password?: Password;
  /** The key is bound, and all of it is written. */
  readonly done?: true;
}

/** The person has forgotten the password or the user name. It changes nothing before the mailbox is proved. */
export interface Forgotten {
  readonly what: 'password' | 'username';
  /**
   * The name or address that was typed, and what was mailed if an account has it: nobody here knows whether one does.
   */
  readonly asked?: CodeMailed & { readonly name: string };
  /** The code was right: this is the mailbox of `person`, proved at `at` (ms). */
  readonly mailbox?: { readonly address: string; readonly at: number };
}

export interface SignInState {
  readonly version: 1;
  /** The factor to sign in with. */
  readonly chosen?: FactorId;
  /** Chosen by the person, not by us: the dialog then comes before the proof. */
  readonly knowingly?: boolean;
  /** The person does not know which key they have, and asks for help. */
  readonly finding?: boolean;
  /** Show only the keys that belong to this thing at hand. */
  readonly inHand?: ThingInHand;
  /** Factors whose dialog the person answered with "carry on". */
  readonly postponed: readonly FactorId[];
  /** The factor whose dialog the person answered with "a new key now". */
  readonly wish?: FactorId;
  /** The person wants to activate a first or further key: that comes before everything else. */
  readonly securing?: true;
  readonly activation?: Activation;
  /** What the application asked the person to do (`rekey_action`) is done. */
  readonly acted?: true;
  /** The person has seen that a second step will become compulsory, and continued. */
  readonly later?: true;
  readonly person?: string;
  /** The version of the account document that the last step has seen. */
  readonly personVersion?: string;
  /**
   * Why a person who is signed in sees pages: the session is too weak, its key is not accepted, or the relying party
   * wants a fresh sign-in.
   */
  readonly why?: 'stronger' | 'other-key' | 'again';
  /** Step-up: the keys that the live session depends on. */
  readonly sessionKeys?: readonly ProvedKey[];
  /** When the password was proved (ms). */
  readonly passwordAt?: number;
  /** When the proved password had been set (ms): the proof counts until the password changes. */
  readonly passwordSetAt?: number;
  /**
   * How often all sessions of this person had been ended at the first proof here: one more time makes the proofs void.
   */
  readonly sessionsEnded?: number;
  /** The network from which the password came, as a digest. */
  readonly passwordFrom?: string;
  /** The browser from which the password came, as a digest of its token. */
  readonly passwordBrowser?: string;
  readonly asked?: Asked & { readonly at: number };
  /** Challenges of keys that were tried before another way: returning to such a key sends no new code. */
  readonly aside?: readonly (Asked & { readonly at: number })[];
  /** Ticked: trust this browser for some days. Counts once the second step is done. */
  readonly trust?: true;
  readonly proof?: Proof & { readonly purpose: 'sign-in' | 're-enrolment' };
  readonly wizard?: Wizard;
  /** The wizard that goes on once this person has proved a key again: the earlier proof had become too old. */
  readonly parked?: { readonly person: string; readonly wizard: Wizard };
  readonly forgotten?: Forgotten;
  /** The page says that the new password is set. */
  readonly passwordSet?: true;
  /** The person (id) who has allowed here what the third party asks for. */
  readonly allowed?: string;
  readonly refused?: Refusal;
  readonly notice?: Notice;
  /** What the last answer brought about, said once on the next page (`happened.<happened>`). */
  readonly happened?: Happened;
  /**
   * The page asks first which account to use; `person` is the account of the live session. `leadsTo`: where continuing
   * with it leads; `goesOn`: the person continues with it, and nothing else is asked; `program`: any program on the
   * device may have asked.
   */
  readonly selecting?: {
    readonly leadsTo: 'session' | 'step-up' | 'sign-in';
    readonly goesOn?: true;
    readonly program?: true;
  };
  /** The values typed into that page when its language was changed. */
  readonly typed?: { readonly step: StepName; readonly fields: Readonly<Record<string, string>> };
  /** The last typed name, so that the person need not type it again. */
  readonly username?: string;
}

export const emptyState: SignInState = { version: 1, postponed: [] };

/** Without what the last answer had to say: it belongs to one page. */
export function withoutSaid({ notice: _said, happened: _told, ...quiet }: SignInState): SignInState {
  return quiet;
}

/**
 * Returns to the choice of a key; name and password stay proved, postponements stay. If a key alone identified the
 * person, the person is forgotten too.
 */
export function withoutKey(state: SignInState): SignInState {
  const {
    chosen: _1,
    knowingly: _2,
    wish: _3,
    asked: _4,
    proof: _5,
    wizard: _6,
    refused: _7,
    finding: _8,
    inHand: _9,
    aside: _10,
    ...rest
  } = withoutSaid(state);
  if (rest.passwordAt !== undefined || rest.forgotten?.mailbox !== undefined) return rest;
  const { person: _11, personVersion: _12, ...nobody } = rest;
  return nobody;
}

/** The same by the person's choice: sent challenges stay open, so that returning to that key sends no new code. */
export function besidesKey(state: SignInState): SignInState {
  const { asked, aside } = state;
  return {
    ...withoutKey(state),
    ...(asked === undefined ? {} : { asked }),
    ...(aside === undefined ? {} : { aside }),
  };
}

/**
 * Whether `after` has a proof that `before` of the same person lacked: a proved key, or a new active key. A parallel
 * answer may say that the code was used or that the old key is off; that is the same event seen from the other side.
 */
export function isGained(before: SignInState, after: SignInState): boolean {
  if (before.person === undefined && after.activation !== undefined) return before.activation === undefined;
  if (before.person !== after.person) return false;
  if (after.wizard?.bound !== undefined) return before.wizard !== undefined && before.wizard.bound === undefined;
  if (after.acted) return before.acted === undefined;
  return (
    after.proof !== undefined &&
    before.proof === undefined &&
    before.wizard === undefined &&
    before.refused === undefined &&
    before.chosen === after.chosen
  );
}
