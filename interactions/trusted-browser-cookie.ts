/**
 * The cookie of a trusted browser: opaque random tokens, one for each person who ticked the checkbox in this browser,
 * newest first. The account decides what a token is worth. `__Host-` with https (RFC 6265bis §4.1.3.2).
 */
import { hash } from 'node:crypto';
import type { Context } from 'koa';
import type { Random } from '../factors/contract.ts';

export interface NewTrustedBrowser {
  readonly token: string;
  readonly hash: string;
  readonly id: string;
}

export interface TrustedBrowserCookie {
  /** Hashes of the tokens in the request. */
  read(ctx: Context): ReadonlySet<string>;
  make(): NewTrustedBrowser;
  /** @param lives ms */
  keep(ctx: Context, browser: NewTrustedBrowser, lives: number): void;
}

/** 256 bits. */
const tokenBytes = 32;
const tokenForm = /^[A-Za-z0-9_-]{43}$/;
/** The most people who can share a browser. */
const tokensKept = 5;

const hashOf = (token: string): string => hash('sha256', token, 'base64url');

export function createTrustedBrowserCookie({
  issuer,
  random,
}: {
  readonly issuer: string;
  readonly random: Random;
}): TrustedBrowserCookie {
  const secure = issuer.startsWith('https:');
  const name = secure ? '__Host-trusted-browser' : 'rekey-trusted-browser';
  const tokens = (ctx: Context): readonly string[] =>
    (ctx.cookies.get(name, { signed: false }) ?? '').split('.', tokensKept).filter((token) => tokenForm.test(token));
  return {
    read: (ctx) => new Set(tokens(ctx).map(hashOf)),
    make() {
      const token = Buffer.from(random.bytes(tokenBytes)).toString('base64url');
      return { token, hash: hashOf(token), id: Buffer.from(random.bytes(12)).toString('base64url') };
    },
    keep(ctx, { token }, lives) {
      const value = [token, ...tokens(ctx)].slice(0, tokensKept).join('.');
      ctx.cookies.set(name, value, {
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
