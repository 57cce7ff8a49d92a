/** The data of the page at which a sign-in, or a visit, ends: the reason and the ways on. */
import type { Shell } from './shell.ts';

export interface RefusedModel extends Shell {
  readonly reason: string;
  /** Addresses of our own to which it leads. */
  readonly furtherLinks?: { readonly myKeys?: string; readonly activation?: string };
  readonly factor?: string;
  /** What to do (`refused.alone.<next>`), where it is not what the reason says: the person has no other key. */
  readonly next?: 'activate' | 'add' | 'ask';
  /** Ways on, as buttons: `other-key`, `again`, `cancel`. The first one is the main one; *Cancel* never is. */
  readonly actions: readonly string[];
  readonly until?: number;
  /** For the help desk: finds the log line. */
  readonly reference?: string;
  /**
   * For the developers of the relying party, in the protocol's English: its code, and what was wrong with the request.
   */
  readonly cause?: string;
}
