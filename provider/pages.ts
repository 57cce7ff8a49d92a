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

/** What a person sees who decides on a code that a device shows (RFC 8628 §3.3). */
export interface DevicePages {
  /** Asks for the code. @param refused whether one was given that does not work */
  enter(ctx: KoaContextWithOIDC, facts: { readonly secret: string; readonly refused: boolean }): void | Promise<void>;
  /** Shows the code, and asks whether the person's own device shows it too. */
  confirm(
    ctx: KoaContextWithOIDC,
    facts: {
      readonly secret: string;
      readonly userCode: string;
      readonly client: string;
      /** When (ms) and from which address the device asked for it. */
      readonly askedAt: number;
      readonly askedFrom: string;
    },
  ): void | Promise<void>;
}

/** Where the browser is sent at the end; `over`: the page was too old, or the code has expired meanwhile. */
export const deviceEnds = {
  done: '/device/done',
  refused: '/device/refused',
  over: '/device/over',
} as const;

export interface Pages {
  readonly device: DevicePages;
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
