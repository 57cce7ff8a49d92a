/** The data of the pages at which a person agrees to something: terms of use, data for a service of somebody else. */
import type { Shell } from './shell.ts';

/** A service of somebody else asks for data; the person allows it (`allow`) or not (`deny`). */
export interface ConsentModel extends Shell {
  /** Of the service. */
  readonly name: string;
  /** That gets the data; absent: an application on a device without an address. */
  readonly host?: string;
  readonly displayName: string;
  /** `consent.data.<name>`, by standard scope. */
  readonly data: readonly string[];
  /** What scopes of APIs mean, in the deployment's words. */
  readonly own: readonly string[];
  /** Addresses of the service. */
  readonly terms?: string;
  readonly privacy?: string;
  /** When something was allowed last (ms); absent: never. */
  readonly allowedAt?: number;
}

/** Terms of use; the button accepts the version that stands in the form. */
export interface TermsModel extends Shell {
  readonly version: string;
  readonly paragraphs: readonly string[];
  /** The person accepted another version before. */
  readonly again: boolean;
}
