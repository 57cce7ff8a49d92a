/** What is on every page, and keys in lists. */
export type LanguageCode = 'nl' | 'fr' | 'de' | 'en';

/** What a deployment says about a factor, in the page's language. */
export interface AboutFactor {
  /** Address of its page of help. */
  readonly help?: string;
  /** Why it ends. */
  readonly why?: string;
  /** Address of more information about its end. */
  readonly link?: string;
}

/** Whom people ask, in the page's language; `dial`: the number for a `tel:` address (RFC 3966). */
export interface HelpDesk {
  readonly name?: string;
  readonly telephone?: { readonly shown: string; readonly dial: string };
  readonly hours?: string;
  /** Its own page. */
  readonly link?: string;
}

/** On every page. */
export interface Shell {
  readonly language: LanguageCode;
  /** The language switch: one entry for each language; `href` is this page in it. */
  readonly languages: readonly { readonly code: LanguageCode; readonly href: string; readonly current: boolean }[];
  /** The deployment's own name, in the page's language. */
  readonly product: string;
  /** Name of the service that sent the person here, if any. */
  readonly relyingParty?: string;
  /** The service asked the person to change something of the account, not only to sign in. */
  readonly forAction?: true;
  /** Why a person who is signed in is asked for more (`why.<whyAsked>`). */
  readonly whyAsked?: string;
  /** The service's own address, for pages without another way on. */
  readonly service?: { readonly name: string; readonly url: string };
  readonly links: {
    readonly help?: string;
    readonly myKeys?: string;
    /** Where people come in with the letter of a desk. */
    readonly activation?: string;
    readonly accessibility?: string;
    readonly privacy?: string;
    readonly terms?: string;
  };
  readonly helpDesk?: HelpDesk;
  /** Becomes `<main data-step>`. */
  readonly step: string;
  /** Where the form posts to. */
  readonly action: string;
  /** When the page is drawn (ms): a time of today needs no date. Absent: unknown. */
  readonly now?: number;
  /** What the last answer brought about (`happened.<happened>`). */
  readonly happened?: string;
  /**
   * Why the last answer was refused (`reason.<code>`), shown on top and at the field; `until`: when the person can try
   * again.
   */
  readonly notice?: {
    readonly reason: string;
    readonly field?: string;
    readonly until?: number;
    /** Typed values by field that may be shown again. */
    readonly kept?: Readonly<Record<string, string>>;
  };
  /** Values by field that were typed before the language was changed; a checkbox is included if it was ticked. */
  readonly typed?: Readonly<Record<string, string>>;
}

/** One of several keys of a factor. */
export interface HeldKey {
  /** The person's own name for it. */
  readonly label?: string;
  readonly detail: string;
  /** A sentence of the factor: `nature.<nature>`. */
  readonly nature?: string;
}

/** A factor in a list. */
export interface KeyChoice {
  readonly id: string;
  /** Ends on `lastDay`, or has ended. */
  readonly going?: {
    readonly over: boolean;
    readonly lastDay: number;
    readonly zone: string;
    /** Nobody can activate one any more. */
    readonly closed?: true;
  };
  readonly recommended?: boolean;
  /** Of the person's keys, the one that was used last. */
  readonly usedLast?: boolean;
  /** Masked, only after the right password. */
  readonly detail?: string;
}
