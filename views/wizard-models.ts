/** The data of the pages on which a person activates a key. */
import type { HeldKey, KeyChoice, Shell } from './shell.ts';

/** The four numbered steps; `at` is 1 to 4, absent: the page stands alone. */
export interface WizardModel extends Shell {
  readonly at?: 1 | 2 | 3 | 4;
  readonly displayName: string;
  readonly mayPrevious: boolean;
  /** By link and paper code: the first step is another one. */
  readonly activation?: boolean;
}

/** First step of an activation: field `code`, the code on the letter. */
export interface PaperCodeModel extends WizardModel {
  /** Absent: none was wrong yet. */
  readonly triesLeft?: number;
}

export interface ChooseNameModel extends WizardModel {
  readonly username: string;
  /** The name is a field; otherwise it stays. */
  readonly mayChoose: boolean;
  readonly minimumLength: number;
}

export interface ConfirmEmailModel extends WizardModel {
  /** `show` the known address, `change` it (field `email`), `prove` the new one (field `code`). */
  readonly mode: 'show' | 'change' | 'prove';
  readonly email?: string;
  readonly newEmail?: string;
  /** Not to replace a key: the account's mailbox is proved, and no other. */
  readonly further: boolean;
  /** The person may give another address: the proof is as strong as the strongest key. */
  readonly mayChange: boolean;
  /** Seconds until a new code may be asked for; absent: at once. */
  readonly resendIn?: number;
}

export interface SelectKeyModel extends WizardModel {
  readonly keys: readonly KeyChoice[];
  /** The key to be replaced; absent: none. */
  readonly from?: string;
  /** Factors of keys that end with the activation of the new one. */
  readonly ends?: readonly string[];
}

export interface ActivateKeyModel extends WizardModel {
  readonly factor: string;
  /** The stage of the activation, if the factor has several: its heading is `enrol.<stage>.title`. */
  readonly stage?: string;
  /** Begun in an earlier sign-in, at this instant (ms): `anew` begins from the start. */
  readonly begunAt?: number;
  /** From the factor's `begin`, for the factor's own view. */
  readonly shows: Readonly<Record<string, unknown>>;
  readonly mayResend: boolean;
  /** Seconds until a new code may be asked for; absent: at once. */
  readonly resendIn?: number;
  readonly scripted?: boolean;
  /** Has a script of its own. */
  readonly ownScript?: boolean;
}

export interface DoneModel extends WizardModel {
  readonly factor: string;
  readonly held?: readonly HeldKey[];
  readonly from?: string;
  /** Whether the sign-in can continue to the relying party from here. */
  readonly mayContinue: boolean;
  /** Why a further key is advised (`my.keys.advice.<advice>`). */
  readonly advice?: 'single' | 'device-bound';
  /** Whether `another` is offered. */
  readonly mayAddAnother?: boolean;
  /** The factor of a way back about which the page asks: `another` makes one. */
  readonly asks?: string;
  /** The factor of a way back that was made here. */
  readonly further?: string;
}
