/** Visits: a random cookie, and its data in memory. A restart of the demo signs everybody out here. */
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';

/** A sign-in that was begun and not finished. */
export interface Begun {
  readonly verifier: string;
  readonly nonce: string;
  readonly maxAge?: number;
}

export interface SignedIn {
  readonly idToken: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly userinfo: Readonly<Record<string, unknown>>;
}

export interface Visit {
  /** By `state`; two tabs may each have begun one. */
  readonly begun: Map<string, Begun>;
  signedIn?: SignedIn;
  /** The provider said that the session had ended. */
  ended?: true;
  /** The user name to sign in as next, once the session at the provider has ended. */
  next?: string;
}

const visitsAtMost = 2_000;
const begunAtMost = 8;

export interface Visits {
  of(ctx: Context): Visit | undefined;
  /** The visit of this browser, a new one if needed. */
  open(ctx: Context): Visit;
  /**
   * Replaces the visit's id, so that nobody signs in under an id that somebody else knows. Sign-ins of other tabs stay.
   */
  renew(ctx: Context, state?: Pick<Visit, 'signedIn' | 'next'>): void;
  /** Ends the visits of a session at the provider. @param sid of its ID tokens */
  endOf(sid: string): void;
  /** Ends all visits. */
  endAll(): void;
}

/** @param cookie its own name, because ports of one host share cookies @param path below which it is sent */
export function createVisits({ cookie, path }: { readonly cookie: string; readonly path: string }): Visits {
  const visits = new Map<string, Visit>();
  const of = (ctx: Context) => visits.get(ctx.cookies.get(cookie) ?? '');
  const begin = (ctx: Context, visit: Visit): Visit => {
    const id = randomBytes(24).toString('base64url');
    visits.set(id, visit);
    while (visits.size > visitsAtMost) visits.delete(visits.keys().next().value ?? '');
    ctx.cookies.set(cookie, id, { httpOnly: true, sameSite: 'lax', path, overwrite: true });
    return visit;
  };
  return {
    of,
    endAll: () => visits.clear(),
    open: (ctx) => of(ctx) ?? begin(ctx, { begun: new Map() }),
    renew(ctx, state = {}) {
      const begun = of(ctx)?.begun ?? new Map<string, Begun>();
      visits.delete(ctx.cookies.get(cookie) ?? '');
      begin(ctx, { begun, ...state });
    },
    endOf(sid) {
      for (const visit of visits.values()) {
        if (visit.signedIn?.claims['sid'] !== sid) continue;
        delete visit.signedIn;
        visit.ended = true;
      }
    },
  };
}

export function remember({ begun }: Visit, state: string, sign: Begun): void {
  begun.set(state, sign);
  while (begun.size > begunAtMost) begun.delete(begun.keys().next().value ?? '');
}
