/** The data of the pages of our own web sites. */
import type { HeldKey, KeyChoice, LanguageCode, Shell } from './shell.ts';

/** On every page of a web site of ours, for a person who is signed in there. */
export interface SiteShell extends Shell {
  readonly displayName: string;
  /** Stands in every form, as `form`. */
  readonly formToken: string;
  /** `my.tab.<name>` */
  readonly tabs: readonly { readonly name: string; readonly href: string; readonly current: boolean }[];
  /** The sentence about what was just done: `my.said.<said>`. */
  readonly said?: string;
  readonly zone: string;
}

export interface OwnKey extends HeldKey {
  readonly id: string;
  readonly factor: string;
  readonly boundAt: number;
  readonly lastUsedAt?: number;
  /** `my.keys.used_on.<lastUsedOn>`: the kind of device. */
  readonly lastUsedOn?: string;
  /** Over by its factor's word: `my.keys.spent.<spent>`. */
  readonly spent?: string;
  readonly blocked: boolean;
  readonly ending?: NonNullable<KeyChoice['going']>;
  /** It is ending or over: *Replace it now* is offered. */
  readonly mayReplace: boolean;
}

export interface KeysModel extends SiteShell {
  readonly keys: readonly OwnKey[];
  /** `single`: only one key signs in; `device-bound`: each is on one device only. */
  readonly advice?: string;
}

export interface ProfileModel extends SiteShell {
  readonly username: string;
  readonly email?: string;
  readonly emailProven: boolean;
  /** Whether the deployment has keys for text messages, and the number of the person's own, masked. */
  readonly offersPhone: boolean;
  readonly phone?: string;
  /** Languages in which mails may be written to the person. */
  readonly own: readonly { readonly code: LanguageCode; readonly current: boolean }[];
}

export interface InfoModel extends SiteShell {
  /** Where the person is signed in, this browser first. */
  readonly sessions: readonly {
    readonly id: string;
    readonly since: number;
    readonly seenAt: number;
    /** `my.info.on.<device>` */
    readonly device?: string;
    /** Names of services. */
    readonly services: readonly string[];
    readonly here: boolean;
  }[];
  /** The last sign-ins, refused ones too: `my.info.did.<what>`. */
  readonly activity: readonly {
    readonly at: number;
    readonly what: string;
    readonly factor?: string;
    readonly device?: string;
    readonly service?: string;
    /** More than one. */
    readonly times?: number;
  }[];
  /** Services of others, and what the person allows them: `consent.data.<name>`, and words of the deployment. */
  readonly consents: readonly {
    readonly id: string;
    readonly service: string;
    readonly at: number;
    readonly data: readonly string[];
    readonly own: readonly string[];
  }[];
  /** Trusted browsers. */
  readonly browsers: readonly {
    readonly id: string;
    readonly grantedAt: number;
    readonly until: number;
    readonly here: boolean;
  }[];
}

/** The page of our own web site for a person who is not signed in there: `my.start.<why>`. */
export interface SiteStartModel extends Shell {
  readonly why: string;
  /** Where the sign-in begins. */
  readonly enter: string;
}

/** On every page of the registration desk, for a clerk. */
export interface DeskShell extends Omit<SiteShell, 'tabs' | 'said'> {
  /** Name of the desk. */
  readonly desk: string;
  /** `desk.tab.<name>` */
  readonly tabs: SiteShell['tabs'];
  /** The sentence about what was just done: `desk.said.<said>`. */
  readonly said?: string;
}

/** `desk.document.<id>` */
export interface DocumentChoice {
  readonly id: string;
  readonly current: boolean;
}

export interface DeskListModel extends DeskShell {
  /** Address of the page that registers. */
  readonly register: string;
  readonly letters: readonly {
    readonly displayName: string;
    /** Absent: the account is gone. */
    readonly href?: string;
    /** `desk.status.<status>` */
    readonly status: string;
    readonly at: number;
    readonly by: string;
  }[];
  readonly newer?: string;
  readonly older?: string;
}

/** What a clerk typed about a person; `values` are strings. */
export interface DeskRegisterModel extends DeskShell {
  /** `form`: to fill in; `check`: to be read aloud and registered. */
  readonly mode: 'form' | 'check';
  readonly values: Readonly<
    Partial<Record<'givenName' | 'familyName' | 'email' | 'birthdate' | 'language' | 'document', string>>
  >;
  /** The birth date as an instant (ms, UTC). */
  readonly born?: number;
  readonly own: readonly { readonly code: LanguageCode; readonly current: boolean }[];
  readonly documents: readonly DocumentChoice[];
  /** The fields of the form once more. */
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
}

export interface DeskFindModel extends DeskShell {
  readonly values: Readonly<Partial<Record<'who' | 'familyName' | 'birthdate', string>>>;
  readonly searched: boolean;
  /** Several people. */
  readonly found: readonly {
    readonly href: string;
    readonly displayName: string;
    readonly email?: string;
    /** The day of birth, as an instant (ms) in UTC. */
    readonly born?: number;
  }[];
}

export interface DeskPersonModel extends DeskShell {
  readonly name: string;
  /** Absent: not chosen yet. */
  readonly username?: string;
  /** Masked. */
  readonly email?: string;
  /** The birth date as an instant (ms, UTC). */
  readonly born?: number;
  readonly own: LanguageCode;
  /** Of the activation: `desk.status.<status>`. */
  readonly status: string;
  /** When it was issued. */
  readonly issuedAt?: number;
  /** Why no letter can be made: `desk.barred.<barred>`. */
  readonly barred?: string;
  /** A letter was made before. */
  readonly again: boolean;
  /** Id of the present activation. */
  readonly expected: string;
  /** Asked for, unless the person has just been registered. */
  readonly documents?: readonly DocumentChoice[];
}

/** A person is signed in who is no clerk. */
export interface DeskDeniedModel extends Shell {
  readonly formToken: string;
}

/** The page behind the link of an activation: `closed`: without a link; `open`: its button begins; `done`: it ended. */
export interface ActivationModel extends Shell {
  readonly mode: 'closed' | 'open' | 'done';
  /** First instant (ms) at which link and code are no longer valid. */
  readonly until?: number;
}

/** *This was not me*: asks for the code of a mail, or says that it is done. */
export interface NotMeModel extends Shell {
  readonly mode: 'ask' | 'done';
}

/** A person types in the code that a device shows (RFC 8628), or has ended with it. */
export interface DeviceCodeModel extends Shell {
  /** `over`: the page or the code was too old; `paused`: too many wrong codes. */
  readonly mode: 'enter' | 'done' | 'refused' | 'over' | 'paused';
  /** In the form, against forms of other sites. */
  readonly secret?: string;
}

/** Asks whether the person's own device shows this code. */
export interface DeviceConfirmModel extends Shell {
  readonly secret: string;
  readonly userCode: string;
  /** When the device asked for it, and from which network address. */
  readonly askedAt: number;
  readonly askedFrom: string;
  /** Whether this browser has the same address. */
  readonly sameNetwork: boolean;
  readonly zone: string;
}
