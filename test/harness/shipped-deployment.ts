/**
 * A deployment that comes with the product, word by word, but for what ties it to its place: addresses, secrets,
 * gateways.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Overrides } from './product.ts';

const placeBound = ['issuer', 'listen', 'state', 'mail', 'links'] as const;

export interface ShippedClient {
  readonly id: string;
  readonly [key: string]: unknown;
}

export function shippedDeployment(name: string): Overrides & { readonly clients: readonly ShippedClient[] } {
  const folder = join(import.meta.dirname, '../../config/deployments');
  const file = join(folder, `${name}.yaml`);
  const { sms, clients, branding, texts, ...tree } = parse(readFileSync(file, 'utf8')) as {
    readonly sms?: Readonly<Record<string, unknown>>;
    readonly branding: { readonly logo: string };
    readonly texts?: string;
    readonly clients: readonly ShippedClient[];
  };
  const kept = Object.entries(tree).filter(([key]) => !placeBound.some((bound) => bound === key));
  const { twilio: _gateway, ...limits } = sms ?? {};
  return {
    ...Object.fromEntries(kept),
    branding: { ...branding, logo: join(folder, branding.logo) },
    ...(texts === undefined ? {} : { texts: join(folder, texts) }),
    ...(sms ? { sms: { ...limits, outbox: true } } : {}),
    clients: clients.map(({ redirectUris: _uris, postLogoutRedirectUris: _further, ...client }) => client),
  };
}
