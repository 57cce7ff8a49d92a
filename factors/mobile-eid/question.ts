/** A new question to a provider. */
import type { Tools } from '../contract.ts';
import { nameOf } from './open-upstream.ts';
import type { Settings, Upstream } from './settings.ts';
import type { Linking } from './states.ts';

const bytes = 32;

export function newQuestion({ random, now }: Tools<Settings>, { id }: Upstream): Linking {
  const secret = (): string => Buffer.from(random.bytes(bytes)).toString('base64url');
  return { version: 1, upstream: id, nonce: secret(), verifier: secret(), at: now };
}

/** What the page shows: the name alone. */
export const showing = (upstream: Upstream, settings: Settings): { readonly site: string } => ({
  site: nameOf(upstream, settings),
});
