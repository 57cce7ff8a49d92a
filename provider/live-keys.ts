/**
 * Puts a changed key set into a running engine, which takes its keys only at construction: calls the same internal
 * function again (docs/dependencies.md). Called by the key watch of every node.
 */
import type { Provider } from 'oidc-provider';
import initializeKeystore from 'oidc-provider/lib/helpers/initialize_keystore.js';
import { createCookieKeys, type CookieKeys } from './cookie-keys.ts';
import type { EngineKeys } from './keys.ts';

/** Throws if the engine refuses a key; then the keys stay unchanged. */
export function putSigningKeys(provider: Provider, { jwks }: Pick<EngineKeys, 'jwks'>): void {
  initializeKeystore.call(provider, { keys: [...jwks.keys] });
}

export interface ReplaceableCookieKeys extends CookieKeys {
  put(keys: readonly string[]): void;
}

export function createReplaceableCookieKeys(first: readonly string[]): ReplaceableCookieKeys {
  let current = createCookieKeys(first);
  return {
    sign: (data) => current.sign(data),
    verify: (data, signature) => current.verify(data, signature),
    index: (data, signature) => current.index(data, signature),
    put(keys) {
      current = createCookieKeys(keys);
    },
  };
}
