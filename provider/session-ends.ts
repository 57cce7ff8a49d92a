/**
 * Ends what does not suffice any more: a relying party whose sign-in rested on a key, a password or an account that is gone is told by back-channel
 * log-out (OpenID Connect Back-Channel Logout 1.0), and its place in the session is taken away. A session without any stays: a sign-in that goes on in its browser ends in it.
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import type { BackchannelLogouts } from './backchannel-logouts.ts';
import { evidenceOf, without, type EngineSession } from './session-facts.ts';
import type { Judgement, Question } from './judgement.ts';
import type { StorageBridge } from './storage-bridge.ts';

export interface SessionEnds {
  /** Looks at the session of a request again, for all its relying parties. */
  ofRequest(ctx: KoaContextWithOIDC): Promise<void>;
  /** The same for all sessions of an account. @param all grants and tokens too, where no session that goes on has them */
  ofAccount(accountId: string, options: { readonly all: boolean }): Promise<void>;
}

export function createSessionEnds({
  provider,
  judgement,
  accounts,
  bridge,
  logouts,
}: {
  readonly provider: () => Provider;
  readonly judgement: Judgement;
  readonly accounts: Accounts;
  readonly bridge: Pick<StorageBridge, 'sessionsOf' | 'withoutClients' | 'endGrants'>;
  readonly logouts: () => Pick<BackchannelLogouts, 'tell'>;
}): SessionEnds {
  type Asked = Pick<EngineSession, 'accountId' | 'authorizations' | 'rests' | 'acr' | 'amr'>;

  /** Relying parties for which the session is not enough any more. */
  const ended = async (session: Asked, account: Question['account'] | undefined) => {
    const given = Object.entries(session.authorizations ?? {}).filter(([, { need }]) => need !== undefined);
    const judged = await Promise.all(
      given.map(async ([clientId, { need }]) => {
        const { acr, amr } = session;
        const kept = {
          clientId,
          rests: evidenceOf(session),
          ...(need && { need }),
          ...(acr && { acr }),
          ...(amr && { amr }),
        };
        return account !== undefined && (await judgement.stillGood(kept, account)) !== undefined ? [] : [clientId];
      }),
    );
    return judged.flat();
  };

  /** In the store before the session is changed: a process that dies in between tells twice rather than never. Nobody waits for servers of others. */
  const tell = async (accountId: string, clientId: string, sid: string | undefined): Promise<void> => {
    const client = await provider().Client.find(clientId);
    if (!client?.backchannelLogoutUri || sid === undefined) return;
    await logouts().tell({ clientId, accountId, sid });
  };
  const tellAll = (accountId: string, from: EngineSession['authorizations'], clients: readonly string[]) =>
    Promise.all(clients.map((client) => tell(accountId, client, from?.[client]?.sid)));

  return {
    async ofRequest({ oidc: { session, account } }) {
      if (!session?.accountId) return;
      const { accountId } = session;
      const asked = session as unknown as Asked & { authorizations: EngineSession['authorizations'] };
      const before = asked.authorizations;
      const { person } = (account ?? {}) as { readonly person?: Question['account']['person'] };
      const clients = await ended(asked, account && { id: accountId, person });
      if (clients.length === 0) return;
      await tellAll(accountId, before, clients);
      asked.authorizations = without(before, clients);
    },
    async ofAccount(accountId, { all }) {
      const account = await accounts.find(accountId);
      const sessions = await bridge.sessionsOf(accountId);
      const gone = account?.disabled === false ? account : undefined;
      const live = new Set<string>();
      await Promise.all(
        sessions.map(async (session) => {
          const clients = await ended(session, gone);
          const left = without(session.authorizations, clients);
          for (const { grantId } of Object.values(left)) if (grantId !== undefined) live.add(grantId);
          await tellAll(accountId, session.authorizations, clients);
          if (clients.length > 0) await bridge.withoutClients(session.jti, clients);
        }),
      );
      if (all) await bridge.endGrants(accountId, live);
    },
  };
}
