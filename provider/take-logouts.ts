/**
 * The engine itself would send log-outs once, while the person waits. This sends them through the store's queue instead
 * (backchannel-logouts.ts). Used by `create-engine.ts`.
 */
import type { Provider } from 'oidc-provider';
import { atMost } from '../time/background-work.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { BackchannelLogouts, Logout } from './backchannel-logouts.ts';

/** ms that a sign-out waits for the first try, so that the relying party usually has it before the browser returns. */
export const waitsAtMost = 500;

/** A member of the engine's clients that its types leave out. */
interface ToldClient {
  readonly clientId: string;
  readonly backchannelLogoutUri?: string;
  backchannelLogout: (this: ToldClient, sub: string, sid: string) => Promise<void>;
}

/** @param make creates the queue from the function that makes one try */
export function takeLogouts(
  provider: Provider,
  make: (send: (logout: Logout) => Promise<'taken' | 'unknown'>) => BackchannelLogouts,
  scheduler: Scheduler,
): BackchannelLogouts {
  const { prototype } = provider.Client as unknown as { readonly prototype: ToldClient };
  const { backchannelLogout } = prototype;
  const logouts = make(async ({ clientId, accountId, sid }) => {
    const client = (await provider.Client.find(clientId)) as unknown as ToldClient | undefined;
    if (!client?.backchannelLogoutUri) return 'unknown';
    await backchannelLogout.call(client, accountId, sid);
    return 'taken';
  });
  prototype.backchannelLogout = async function queueLogout(this: ToldClient, accountId: string, sid: string) {
    const { tried } = await logouts.tell({ clientId: this.clientId, accountId, sid });
    await atMost(scheduler, waitsAtMost, tried);
  };
  return logouts;
}
