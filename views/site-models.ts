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
  readonly blocked: boolean;
  readonly ending?: NonNullable<KeyChoice['going']>;
}

export interface KeysModel extends SiteShell {
  readonly keys: readonly OwnKey[];
  /** `single`: only one key signs in. */
  readonly advice?: string;
}

export interface ProfileModel extends SiteShell {
  readonly username: string;
  readonly email?: string;
  readonly emailProven: boolean;
  /** Languages in which mails may be written to the person. */
  readonly own: readonly { readonly code: LanguageCode; readonly current: boolean }[];
}

export interface InfoModel extends SiteShell {
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
