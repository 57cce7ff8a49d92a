/** Internals of the engine that we use: see live-keys.ts and sign-out-at-once.ts; `als.js` is used by tests alone. */
declare module 'oidc-provider/lib/helpers/initialize_keystore.js' {
  import type { Provider } from 'oidc-provider';
  import type { JsonWebKey } from 'node:crypto';
  /** Checks a private key set and replaces the engine's key store and published set. */
  export default function initialize(this: Provider, jwks: { readonly keys: readonly JsonWebKey[] }): void;
}
declare module 'oidc-provider/lib/helpers/als.js' {
  import type { AsyncLocalStorage } from 'node:async_hooks';
  /** What `Provider.ctx` reads. */
  const requests: AsyncLocalStorage<unknown>;
  export default requests;
}
declare module 'oidc-provider/lib/actions/end_session.js' {
  import type { KoaContextWithOIDC } from 'oidc-provider';
  /** The steps of a confirmed sign-out; the last one does it. */
  export const confirm: readonly ((ctx: KoaContextWithOIDC, next?: () => Promise<void>) => Promise<void>)[];
}
