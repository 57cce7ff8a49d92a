/**
 * Refuses the end of a sign-in (`/auth/<uid>`) in another browser than the one that began it, before the engine changes
 * anything. Used by the provider.
 */
import { errors, Provider, type Adapter } from 'oidc-provider';
import type { BrowserSecret } from './browser-secret.ts';
import { browserOf } from './interaction-session.ts';

/** Shown as `interaction_foreign`. */
export class ForeignBrowser extends errors.SessionNotFound {
  /** The relying party of the sign-in. */
  readonly clientId: string;
  constructor(clientId: string) {
    super('the authorization request was begun in another browser');
    this.status = 403;
    this.statusCode = 403;
    this.clientId = clientId;
  }
}

/**
 * The engine reads an interaction only to resume it: the record is returned only to the browser that has the secret.
 */
export function onlyForItsBrowser(model: string, adapter: Adapter, browsers: BrowserSecret): Adapter {
  if (model !== 'Interaction') return adapter;
  return {
    ...adapter,
    async find(uid) {
      const found = await adapter.find(uid);
      const { ctx } = Provider;
      if (found && !(ctx && browsers.has(ctx, browserOf(found))))
        throw new ForeignBrowser(String(found.params?.['client_id']));
      return found;
    },
  };
}
