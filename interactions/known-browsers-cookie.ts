/**
 * The cookie of browsers in which somebody has signed in: tokens, one for each person, newest first. They are made and judged in
 * `passwords/known-browser.ts`; here they are only carried. Apart from the trusted browsers’ cookie: these stand for nothing but tries of one's own.
 */
import type { Context } from 'koa';

export interface KnownBrowsersCookie {
  read(ctx: Context): readonly string[];
  keep(ctx: Context, token: string): void;
}

/** People who share a browser. */
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
