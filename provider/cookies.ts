/**
 * Names and attributes of the engine's cookies. On https the session cookie has `__Host-` (RFC 6265bis §4.1.3.2:
 * Secure, Path=/, no Domain), so that no sibling host can plant one. The two cookies of an interaction are bound to its
 * path, which `__Host-` forbids, and have `__Secure-`. Plain names on http, where browsers accept neither prefix.
 * SameSite=Lax throughout: POST requests are converted to GET first (post-to-get.ts), so nothing needs `None`.
 */
import type { CookiesSetOptions } from 'oidc-provider';

export interface EngineCookies {
  readonly names: { readonly session: string; readonly interaction: string; readonly resume: string };
  readonly options: CookiesSetOptions;
}

export function cookiesOf(issuer: string): EngineCookies {
  const secure = new URL(issuer).protocol === 'https:';
  return {
    names: secure
      ? { session: '__Host-session', interaction: '__Secure-interaction', resume: '__Secure-resume' }
      : { session: 'rekey-session', interaction: 'rekey-interaction', resume: 'rekey-resume' },
    options: { httpOnly: true, sameSite: 'lax', secure, signed: true },
  };
}
