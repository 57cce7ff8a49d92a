/** The few pages that the engine shows itself; this interface says nothing about their look. */
import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { CoreReason } from '../factors/reasons.ts';

export interface ErrorFacts {
  readonly status: number;
  /** From the closed list, for the sentence on the page. */
  readonly reason: CoreReason;
  /** The protocol's own code (RFC 6749 §4.1.2.1 and its extensions), for developers of relying parties. */
  readonly error: string;
  /** The protocol's own English sentence; escape it. Never a stack or a cause. */
  readonly description?: string | undefined;
  /** The client of the sign-in, if the engine's own request does not name it. */
  readonly client?: string;
  /** Finds the line in the log. */
  readonly reference: string;
}

export interface OnwardFacts {
  /** Where the form is sent: to a relying party, or to us. */
  readonly action: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

export interface Pages {
  /**
   * Asks whether to sign out. `formHtml` is the engine's form; buttons refer to it: `form="op.logoutForm"`,
   * `name="logout" value="yes"` for yes.
   */
  logout(
    ctx: KoaContextWithOIDC,
    formHtml: string,
    asked: { readonly client: string | undefined; readonly accountId: string | undefined },
  ): void | Promise<void>;
  /** The person did not want to sign out. @param client that had asked for it, if known */
  stillSignedIn(ctx: Context, client: string | undefined): void | Promise<void>;
  /** A form that submits itself where scripts run. The status is set already. */
  onward(ctx: Context, facts: OnwardFacts): void | Promise<void>;
  /** After signing out, if no relying party asked for a redirect. */
  signedOut(ctx: KoaContextWithOIDC): void | Promise<void>;
  /** The status is set already. */
  error(ctx: Context, facts: ErrorFacts): void | Promise<void>;
}
