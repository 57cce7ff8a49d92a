/**
 * The data of each page: plain data and keys, never sentences or markup. Templates in `pages/` have the same names.
 * Instants are ms; templates write them in the person's language (`{{date lastDay zone}}`).
 */
import type { ConsentModel, TermsModel } from './agreement-models.ts';
import type { RefusedModel } from './refused-model.ts';
import type { HeldKey, KeyChoice, Shell } from './shell.ts';
import type {
  ActivateKeyModel,
  ChooseNameModel,
  ConfirmEmailModel,
  DoneModel,
  PaperCodeModel,
  SelectKeyModel,
} from './wizard-models.ts';
import type * as sites from './site-models.ts';

export type { ConsentModel, TermsModel } from './agreement-models.ts';
export type { RefusedModel } from './refused-model.ts';
export type { HeldKey, HelpDesk, KeyChoice, LanguageCode, Shell } from './shell.ts';
export type * from './site-models.ts';
export type * from './wizard-models.ts';

/**
 * The challenge of a usernameless sign-in (`views/usernameless.hbs` of its factor); `sealed` comes back as the field
 * `asked`.
 */
export interface Usernameless {
  readonly factor: string;
  readonly sealed: string;
  readonly shows: Readonly<Record<string, unknown>>;
}

/** The person chooses the account: that of the session, or another one. */
export interface SelectAccountModel extends Shell {
  readonly displayName: string;
  /** Absent if it equals the name. */
  readonly username?: string;
  /** Name of an application on the device, where any program there could say that it is it. */
  readonly application?: string;
}

export interface ChooseKeyModel extends Shell {
  readonly keys: readonly KeyChoice[];
  /** The list has only factors that belong to this thing. */
  readonly inHand?: string;
  /** Whether `find-key` is offered. */
  readonly mayFind: boolean;
  /** `cancel` leads back to the service, and otherwise to the page before. */
  readonly toService: boolean;
  readonly usernameless?: Usernameless;
  /** Whether `secure` is offered. */
  readonly maySecure: boolean;
}

/** Things that a person may have at hand (`in_hand.<thing>`). */
export interface FindKeyModel extends Shell {
  readonly hands: readonly string[];
}

export interface RetirementModel extends Shell {
  readonly factor: string;
  /** Any instant of the last day, in `zone`. */
  readonly lastDay: number;
  readonly zone: string;
  readonly over: boolean;
  /** Nobody can activate one any more. */
  readonly closed?: true;
  /** Whole days that remain, the last one included; 1 on the last day, 0 when over. */
  readonly daysLeft: number;
  readonly mayMigrate: boolean;
  readonly mayPostpone: boolean;
  /** How often the person may still put it off, if limited. */
  readonly postponementsLeft?: number;
  /** Whether the key was proved already (then "carry on" ends the sign-in). */
  readonly proved: boolean;
}

export interface PasswordModel extends Shell {
  /** The factor chosen before (key first). */
  readonly factor?: string;
  readonly username?: string;
  /** Key first: the way back to the list. */
  readonly mayChooseKey: boolean;
  readonly usernameless?: Usernameless;
  readonly maySecure: boolean;
  /** Whether `forgotten` is offered. */
  readonly mayForget: boolean;
  /** The next step is not a sign-in yet, but the activation of a key. */
  readonly securing: boolean;
  /** The end of the chosen key, for a notice on the page. */
  readonly going?: KeyChoice['going'];
}

/** A key must be activated, at once or from a day on. */
export interface SecureAccountModel extends Shell {
  /** There is no other way on. */
  readonly must: boolean;
  /** First instant at which it is (was) compulsory, in `zone`. */
  readonly from?: number;
  readonly zone?: string;
}

export interface ProveKeyModel extends Shell {
  readonly factor: string;
  /** From the factor's `challenge`, for the factor's own view. */
  readonly shows: Readonly<Record<string, unknown>>;
  readonly detail: string;
  /** Needs the script for devices. */
  readonly scripted?: boolean;
  /** Has a script of its own. */
  readonly ownScript?: boolean;
  /** The keys that may answer, where they have names or more to say. */
  readonly held?: readonly HeldKey[];
  readonly mayResend: boolean;
  /** Seconds until a new code may be asked for; absent: at once. */
  readonly resendIn?: number;
  readonly mayChooseOther: boolean;
  /** The checkbox "do not ask in this browser for … days"; absent: there is none. */
  readonly trustDays?: number;
  readonly trust: boolean;
  /** Offered on the page, the one used last first. */
  readonly others: readonly KeyChoice[];
  readonly mayFind: boolean;
  readonly going?: KeyChoice['going'];
  /** Remaining uses, if the page should show them. */
  readonly left?: number;
  /** The key's end (ms), if the page should show it. */
  readonly worksUntil?: number;
  /** This proof only permits the enrolment of a new key. */
  readonly forMigration: boolean;
  /** This proof permits a new password. */
  readonly forPassword: boolean;
}

/** Asks for the name or address: field `username` for a forgotten password, `email` for a forgotten user name. */
export interface ForgottenModel extends Shell {
  readonly mode: 'password' | 'username';
  readonly username?: string;
}

/** Says the same whether an account has that name or not; `password`: field `code`. */
export interface CheckMailboxModel extends Shell {
  readonly mode: 'password' | 'username';
  /** As typed. */
  readonly name: string;
  /** Seconds until a new code may be asked for; absent: at once. */
  readonly resendIn?: number;
}

export interface NewPasswordModel extends Shell {
  /** `done`: it is set. */
  readonly mode: 'choose' | 'done';
  /** For password managers. */
  readonly username: string;
  readonly minimumLength: number;
}

/** The person removes a key, and is asked once more. */
export interface RemoveKeyModel extends Shell, HeldKey {
  readonly factor: string;
  /** When it was activated (ms). */
  readonly since: number;
}

/**
 * RP-initiated logout: the engine's form is invisible on the page, the buttons belong to it (`form="op.logoutForm"`).
 */
export interface SignOutModel extends Shell {
  readonly formHtml: string;
  /** The service that asks for it; absent: unknown. */
  readonly asking?: string;
  /** Who is signed in. */
  readonly name?: string;
}

/** On the way to another page, by a form that submits itself where scripts run. */
export interface OnwardModel extends Shell {
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

export interface Models {
  readonly 'select-account': SelectAccountModel;
  readonly 'choose-key': ChooseKeyModel;
  readonly 'find-key': FindKeyModel;
  readonly 'phase-out': RetirementModel;
  readonly password: PasswordModel;
  readonly 'secure-account': SecureAccountModel;
  readonly 'prove-key': ProveKeyModel;
  readonly 'confirm-email': ConfirmEmailModel;
  readonly 'select-key': SelectKeyModel;
  readonly 'activate-key': ActivateKeyModel;
  readonly done: DoneModel;
  readonly forgotten: ForgottenModel;
  readonly 'check-mailbox': CheckMailboxModel;
  readonly 'new-password': NewPasswordModel;
  readonly 'remove-key': RemoveKeyModel;
  readonly 'paper-code': PaperCodeModel;
  readonly terms: TermsModel;
  readonly consent: ConsentModel;
  readonly 'choose-name': ChooseNameModel;
  readonly refused: RefusedModel;
  readonly 'sign-out': SignOutModel;
  readonly 'signed-out': Shell;
  readonly 'still-signed-in': Shell;
  readonly onward: OnwardModel;
  readonly keys: sites.KeysModel;
  readonly profile: sites.ProfileModel;
  readonly info: sites.InfoModel;
  readonly 'site-start': sites.SiteStartModel;
  readonly activation: sites.ActivationModel;
  readonly 'desk-list': sites.DeskListModel;
  readonly 'desk-register': sites.DeskRegisterModel;
  readonly 'desk-find': sites.DeskFindModel;
  readonly 'desk-person': sites.DeskPersonModel;
  readonly 'desk-denied': sites.DeskDeniedModel;
  readonly 'desk-start': sites.SiteStartModel;
  readonly 'not-me': sites.NotMeModel;
  readonly 'device-code': sites.DeviceCodeModel;
  readonly 'device-confirm': sites.DeviceConfirmModel;
  /** The provider's own address, without any sign-in. */
  readonly front: Shell;
}
