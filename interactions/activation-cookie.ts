/**
 * The link of an activation on its way from the mail to the pages: it leaves the address at once and stays in a cookie,
 * sealed, of this browser alone. The site of the activation writes it, the first page reads it. `__Host-` with https
 * (RFC 6265bis §4.1.3.2).
 */
import type { Context } from 'koa';

export interface KeptLink {
  /** The last part of the link's address. */
  readonly token: string;
  /** `state` of the authorization request that the site began. */
  readonly state?: string;
}

export interface ActivationCookie {
  read(ctx: Context): KeptLink | undefined;
  keep(ctx: Context, link: KeptLink): void;
  forget(ctx: Context): void;
}

interface Sealing {
  seal(value: unknown, context: string): string;
  /** `undefined`: it was altered, or sealed elsewhere. */
  open(sealed: string, context: string): unknown;
}

/** Longer than any sign-in takes (ms). */
const lives = 4 * 3_600_000;
const place = 'activation cookie';

export function createActivationCookie({
  issuer,
  secretBox,
  clock,
}: {
  readonly issuer: string;
  readonly secretBox: Sealing;
  readonly clock: { now(): number };
}): ActivationCookie {
  const secure = issuer.startsWith('https:');
  const name = secure ? '__Host-activation' : 'rekey-activation';
  const set = (ctx: Context, value: string, maxAge: number): void => {
    ctx.cookies.set(name, value, {
      httpOnly: true,
      // Lax: the browser comes from the mail program.
      sameSite: 'lax',
      secure,
      signed: false,
      overwrite: true,
      path: '/',
      maxAge,
    });
  };
  return {
    read(ctx) {
      const sealed = ctx.cookies.get(name, { signed: false });
      const kept = sealed && (secretBox.open(sealed, place) as (KeptLink & { readonly until: number }) | undefined);
      return kept && clock.now() < kept.until ? kept : undefined;
    },
    keep: (ctx, { token, state }) =>
      set(ctx, secretBox.seal({ token, ...(state && { state }), until: clock.now() + lives }, place), lives),
    forget: (ctx) => set(ctx, '', 0),
  };
}
