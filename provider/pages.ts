/** The few pages that the engine shows by itself; how they look is not its business. */
import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { CoreReason } from '../factors/reasons.ts';

export interface ErrorFacts {
  readonly status: number;
  /** From the closed list, for the sentence on the page. */
  readonly reason: CoreReason;
  /** The protocol's own code (RFC 6749 §4.1.2.1 and its extensions), for developers of relying parties. */
  readonly error: string;
  /** The protocol's own English sentence; escape it. Never a stack, never a cause. */
  readonly description?: string | undefined;
  /** Whose sign-in it is, where the engine's own request does not say. */
  readonly client?: string;
  /** Finds the line in the log. */
  readonly reference: string;
}

export interface OnwardFacts {
  /** Where the form goes: a relying party, or we ourselves. */
  readonly action: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

export interface Pages {
  /** Asks whether to sign out. `formHtml` is the engine's form; buttons refer to it: `form="op.logoutForm"`, `name="logout" value="yes"` for yes. */
  logout(ctx: KoaContextWithOIDC, formHtml: string): void | Promise<void>;
  /** A form that sends itself on at once where there is a script. The status is set already. */
  onward(ctx: Context, facts: OnwardFacts): void | Promise<void>;
  /** After signing out, where no relying party asked to be returned to. */
  signedOut(ctx: KoaContextWithOIDC): void | Promise<void>;
  /** The status is set already. */
  error(ctx: Context, facts: ErrorFacts): void | Promise<void>;
}
