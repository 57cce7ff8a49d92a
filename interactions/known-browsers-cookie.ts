/**
 * The cookie of browsers in which somebody has signed in: tokens, one for each person, newest first.
 * `passwords/known-browser.ts` makes and checks them. It is a different cookie from that of trusted browsers, because
 * these tokens only give their owners password tries of their own.
 */
import type { Context } from 'koa';

export interface KnownBrowsersCookie {
  read(ctx: Context): readonly string[];
  keep(ctx: Context, token: string): void;
}

/** The most people who can share a browser. */
const tokensKept = 5;
const tokenLongest = 100;

/** @param lives ms */
export function createKnownBrowsersCookie({
  issuer,
  lives,
}: {
  readonly issuer: string;
  readonly lives: number;
}): KnownBrowsersCookie {
  const secure = issuer.startsWith('https:');
  const name = secure ? '__Host-known' : 'rekey-known';
  const read = (ctx: Context): readonly string[] =>
    (ctx.cookies.get(name, { signed: false }) ?? '')
      .split('.', tokensKept)
      .filter((token) => token !== '' && token.length <= tokenLongest);
  return {
    read,
    keep(ctx, token) {
      ctx.cookies.set(name, [token, ...read(ctx)].slice(0, tokensKept).join('.'), {
        httpOnly: true,
        sameSite: 'lax',
        secure,
        signed: false,
        overwrite: true,
        path: '/',
        maxAge: lives,
      });
    },
  };
}
