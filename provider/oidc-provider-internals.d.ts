/**
 * Internals of the engine that we use: see live-keys.ts, sign-out-at-once.ts and device-flow.ts; `als.js` is used by
 * tests alone.
 */
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
declare module 'oidc-provider/lib/helpers/re_render_errors.js' {
  /** The page for a user code is shown again; the person, not the device, is told. */
  export class ReRenderError extends Error {}
  /** The user code was decided on, or another browser decides on it. */
  export class AlreadyUsedError extends ReRenderError {
    constructor(userCode?: string);
  }
  /** The person did not want it. */
  export class AbortedError extends ReRenderError {}
}
