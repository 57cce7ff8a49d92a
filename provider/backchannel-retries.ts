/**
 * A relying party that does not take a logout token is told again, each time with a fresh one (new `jti` and `exp`: Back-Channel Logout 1.0 §2.4), some
 * times and then no more. The sign-out waits for the first try alone, which the engine bounds (2.5 s). Kept in this process: a restart ends it.
 */
import type { Logger } from 'pino';
import type { Provider } from 'oidc-provider';
import type { Scheduler } from '../time/scheduler.ts';

/** ms between one try and the next. */
export const retryAfter: readonly number[] = [15_000, 60_000, 300_000, 900_000];
/** Deliveries that wait at once; beyond that none is tried again. */
const waitingAtMost = 10_000;

interface ToldClient {
  readonly clientId: string;
  backchannelLogout: (this: ToldClient, sub: string, sid: string) => Promise<void>;
}

export function retryBackchannelLogouts(
  provider: Provider,
  { log, scheduler }: { readonly log: Logger; readonly scheduler: Scheduler },
): void {
  const { prototype } = provider.Client as unknown as { readonly prototype: ToldClient };
  const tell = prototype.backchannelLogout;
  let waiting = 0;

  const again = (client: ToldClient, sub: string, sid: string, tries: number): void => {
    const wait = retryAfter[tries];
    if (wait === undefined || waiting >= waitingAtMost) {
      log.error({ event: 'backchannel-logout.given-up', client: client.clientId, tries: tries + 1 });
      return;
    }
    waiting += 1;
    const attempt = async (): Promise<void> => {
      waiting -= 1;
      try {
        await tell.call(client, sub, sid);
        log.info({ event: 'backchannel-logout.sent', client: client.clientId, tries: tries + 2 });
      } catch {
        again(client, sub, sid, tries + 1);
      }
    };
    scheduler.after(wait, () => void attempt());
  };

  prototype.backchannelLogout = async function backchannelLogout(this: ToldClient, sub: string, sid: string) {
    try {
      await tell.call(this, sub, sid);
    } catch (error) {
      again(this, sub, sid, 0);
      throw error;
    }
  };
}
