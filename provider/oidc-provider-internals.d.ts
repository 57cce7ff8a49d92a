/** The one place inside the engine that is reached for: see live-keys.ts. */
declare module 'oidc-provider/lib/helpers/initialize_keystore.js' {
  import type { Provider } from 'oidc-provider';
  import type { JsonWebKey } from 'node:crypto';
  /** Checks a private key set and puts it in the place of the engine's, key store and published set at once. */
  export default function initialize(this: Provider, jwks: { readonly keys: readonly JsonWebKey[] }): void;
}
