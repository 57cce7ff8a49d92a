import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { createTrustedBrowserCookie } from './trusted-browser-cookie.ts';

const random = { bytes: (length: number) => randomBytes(length), int: () => 0 };

/** A request with the cookie `value`, and the cookie that the answer sets. */
function exchange(value?: string) {
  const set: { name: string; value: string; options: object }[] = [];
  const cookies = {
    get: () => value,
    set: (name: string, given: string, options: object) => void set.push({ name, value: given, options }),
  };
  return { ctx: { cookies } as unknown as Context, set };
}

describe.each([
  ['https://id.example', '__Host-trusted-browser', true],
  ['http://localhost:3000', 'rekey-trusted-browser', false],
])('A-079 at %s', (issuer, name, secure) => {
  const cookie = createTrustedBrowserCookie({ issuer, random });
  test('has its name, is hidden from scripts and other sites, and expires as configured', () => {
    const { ctx, set } = exchange();
    const browser = cookie.make();
    cookie.keep(ctx, browser, 1234);
    expect(set).toEqual([
      {
        name,
        value: browser.token,
        options: { httpOnly: true, sameSite: 'lax', secure, signed: false, overwrite: true, path: '/', maxAge: 1234 },
      },
    ]);
    expect(Buffer.from(browser.token, 'base64url')).toHaveLength(32);
    expect(cookie.read(exchange(browser.token).ctx)).toEqual(new Set([browser.hash]));
    expect(browser.hash).not.toContain(browser.token);
  });

  test('holds the tokens of five people, the newest first; drops malformed ones', () => {
    let value: string | undefined;
    const made = Array.from({ length: 6 }, () => cookie.make());
    for (const browser of made) {
      const { ctx, set } = exchange(value);
      cookie.keep(ctx, browser, 1);
      value = set[0]?.value;
    }
    expect(value?.split('.')).toEqual(
      made
        .slice(1)
        .map(({ token }) => token)
        .toReversed(),
    );
    const odd = exchange(`${'x'.repeat(44)}.<script>.${made[0]?.token}`);
    expect([...cookie.read(odd.ctx)]).toEqual([made[0]?.hash]);
  });
});
