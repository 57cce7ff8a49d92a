/**
 * A refresh token that was used a moment ago returns the same successor again (RFC 9700 §4.14.2 leaves the grace to the
 * server): three requests at once, or one lost answer, do not end a sign-in. The successor's value is sealed and stored
 * with its predecessor, in the same conditional write that marks the predecessor as used. After the grace, or once the
 * successor itself was used, the whole family is revoked. Used by storage-bridge.ts.
 */
import { randomBytes } from 'node:crypto';
import { Provider, type AdapterPayload } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { SecretBox } from '../adapters/secret-box.ts';

export interface UsedToken extends AdapterPayload {
  /** Instant of use, ms. */
  readonly usedAt?: number;
  /** Value of the token that replaced it, sealed for this one. */
  readonly successor?: string;
}

export interface RefreshGrace {
  /**
   * The value of the successor of a token that is now used, and what the used token stores of it. `undefined`: there is
   * no grace.
   */
  choose(
    key: string,
  ): { readonly successor: string; readonly kept: Pick<UsedToken, 'usedAt' | 'successor'> } | undefined;
  /** The successor's value during the grace; `undefined`: the grace is over, or there is none. */
  successorOf(key: string, used: UsedToken): string | undefined;
  /** Gives this value to the token that this request makes. */
  give(successor: string): void;
  /** Whether this request got this value. */
  wasGiven(value: string): boolean;
  /** Whether this is a token request: elsewhere a used token counts as used. */
  isAsked(): boolean;
}

/** By request: the value of its new refresh token. */
const chosen = new WeakMap<object, string>();
const request = (): object | undefined => Provider.ctx?.req;
const place = (key: string): string => `refresh successor ${key}`;

/** @param seconds 0: no grace. */
export function createRefreshGrace({
  seconds,
  secretBox,
  clock,
}: {
  readonly seconds: number;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}): RefreshGrace {
  return {
    choose(key) {
      if (seconds === 0) return undefined;
      const successor = randomBytes(32).toString('base64url');
      return { successor, kept: { usedAt: clock.now(), successor: secretBox.seal(successor, place(key)) } };
    },
    successorOf(key, { usedAt, successor }) {
      if (usedAt === undefined || successor === undefined || clock.now() >= usedAt + seconds * 1000) return undefined;
      const opened = secretBox.open(successor, place(key));
      return typeof opened === 'string' ? opened : undefined;
    },
    give(successor) {
      const asked = request();
      if (asked) chosen.set(asked, successor);
    },
    wasGiven(value) {
      const asked = request();
      return asked !== undefined && chosen.get(asked) === value;
    },
    isAsked: () => Provider.ctx?.oidc?.route === 'token',
  };
}

/** New refresh tokens take the value that was chosen for them, if any. */
export function takeChosenValues(provider: Provider): void {
  const { prototype } = provider.RefreshToken as unknown as {
    readonly prototype: { generateTokenId: (this: unknown) => string };
  };
  const made = prototype.generateTokenId;
  prototype.generateTokenId = function generateTokenId(this: unknown): string {
    const asked = request();
    const value = asked && chosen.get(asked);
    return value ?? made.call(this);
  };
}
