/**
 * Limits pushed authorization requests (RFC 9126) and requests of devices (RFC 8628 §3.1): anybody may send one for a
 * public client, and each is a document for some minutes. They are limited by network as new sign-ins are
 * (`new-sign-ins.ts`), and all of them in length as those by the address. Sits before the engine's adapter, where the
 * client is known: before the first document that such a request makes, which can be that of its DPoP proof (RFC 9449
 * §11.1).
 */
import { errors, Provider, type Adapter, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import { refuseLongParameters } from './interaction-policy.ts';
import { createSignInBuckets, type SignInLimits } from './sign-in-buckets.ts';

/** RFC 9126 §2.3: 429 with `Retry-After`. */
class PushesPaused extends errors.OIDCProviderError {
  constructor() {
    super(429, 'temporarily_unavailable');
    this.expose = true;
    this.error_description = 'too many requests came from this network';
  }
}

const begins: ReadonlySet<string> = new Set(['pushed_authorization_request', 'device_authorization']);
const kept: ReadonlySet<string> = new Set(['PushedAuthorizationRequest', 'DeviceCode', 'ReplayDetection']);

type Bound = (model: string, adapter: Adapter) => Adapter;

export function createPushedRequests({
  limits,
  clock,
}: {
  /** Absent: no limit by network. */
  readonly limits?: SignInLimits | undefined;
  readonly clock: Clock;
}): Bound {
  const buckets = limits && createSignInBuckets(limits);
  const admitted = new WeakSet<KoaContextWithOIDC>();
  const admit = (ctx: KoaContextWithOIDC): void => {
    if (admitted.has(ctx)) return;
    refuseLongParameters({ ...ctx.oidc.params });
    // A client that has authenticated is responsible for what it pushes.
    if (!buckets || ctx.oidc.client?.clientAuthMethod !== 'none') return;
    const wait = buckets.wait(ctx.ip, clock.now());
    if (wait > 0) {
      ctx.set('Retry-After', String(wait));
      throw new PushesPaused();
    }
    buckets.count(ctx.ip, clock.now());
    admitted.add(ctx);
  };
  return (model, adapter) =>
    !kept.has(model)
      ? adapter
      : {
          ...adapter,
          async upsert(id, payload, expiresIn) {
            // A device code is written again when a person decides on it.
            if (Provider.ctx && begins.has(Provider.ctx.oidc.route)) admit(Provider.ctx);
            await adapter.upsert(id, payload, expiresIn);
          },
        };
}
