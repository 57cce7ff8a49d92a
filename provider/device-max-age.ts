/**
 * `max_age=0` of a device (OpenID Connect Core 1.0 §3.1.2.1): the engine turns it into `prompt=login`, which it drops
 * from what it keeps for a device. So it stays a `max_age` here. Used by the provider.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';

/** For the engine's `extraParams`, which are checked last. */
export function keepMaxAge({ oidc }: KoaContextWithOIDC): void {
  const { params, route } = oidc;
  if (route !== 'device_authorization' || params?.['prompt'] !== 'login') return;
  params['max_age'] = '0';
}
