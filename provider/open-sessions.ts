/** The sessions of an account, as its person sees them. Called for *My digital keys*. */
import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import type { DeviceKind } from '../accounts/device-kind.ts';
import type { EngineSession } from './session-facts.ts';

export interface OpenSession {
  /** Names it; opens nothing. */
  readonly id: string;
  /** Instants (ms): of the sign-in, and of the last request that used it. */
  readonly since: number;
  readonly seenAt: number;
  readonly device?: DeviceKind;
  /** Ids of the relying parties that the person is signed in to by it. */
  readonly clients: readonly string[];
  /** It is the session of this browser. */
  readonly here: boolean;
}

/** What a person may see and end. */
export interface OwnSessions {
  /** The sessions of an account, that of this browser first. */
  sessionsOf(ctx: Context, accountId: string): Promise<readonly OpenSession[]>;
  /** Ends one of them, on every node; returns whether there was one. @param id of the session */
  endSession(accountId: string, id: string): Promise<boolean>;
}

/** More are not shown; the newest are. */
const shown = 30;

/** @param cookie name of the session's cookie, whose value opens the session */
export function openSessions(
  sessions: readonly EngineSession[],
  ctx: Pick<Context, 'cookies'>,
  cookie: string,
): readonly OpenSession[] {
  const mine = ctx.cookies.get(cookie, { signed: true });
  return sessions
    .flatMap(({ uid, jti, loginTs, seenAt, device, authorizations = {} }) => {
      const clients = Object.keys(authorizations);
      if (uid === undefined || loginTs === undefined || clients.length === 0) return [];
      const since = loginTs * 1000;
      return [
        {
          id: uid,
          since,
          seenAt: Math.max(since, seenAt ?? since),
          clients,
          here: jti === mine,
          ...(device === undefined ? {} : { device }),
        },
      ];
    })
    .toSorted((a, b) => Number(b.here) - Number(a.here) || b.seenAt - a.seenAt)
    .slice(0, shown);
}

/** Whether the session of this browser is this account's. */
export async function isSignedIn(provider: Provider, ctx: Context, accountId: string): Promise<boolean> {
  const id = ctx.cookies.get(provider.cookieName('session'), { signed: true });
  const session = id === undefined ? undefined : await provider.Session.find(id);
  return session?.accountId === accountId;
}
