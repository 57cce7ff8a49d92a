/**
 * Ends sessions that are no longer enough: a relying party whose sign-in depended on a removed key, password or account
 * gets a back-channel log-out (OpenID Connect Back-Channel Logout 1.0), and is removed from the session. A session
 * without relying parties stays, because a sign-in in its browser may still finish in it.
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { noEvidence, type Evidence } from '../factors/policy/standing.ts';
import { consentTo } from '../accounts/consents.ts';
import type { Accounts } from './accounts.ts';
import type { BackchannelLogouts } from './backchannel-logouts.ts';
import type { Clients } from './clients.ts';
import { endedFor, evidenceOf, unitedEvidence, without, type EngineSession } from './session-facts.ts';
import type { Judgement, Question } from './judgement.ts';
import type { StorageBridge } from './storage-bridge.ts';

export interface SessionEnds {
  /** Reviews the session of a request for all its relying parties. */
  ofRequest(ctx: KoaContextWithOIDC): Promise<void>;
  /** The same for all sessions of an account. @param all grants and tokens too, unless a continuing session has them */
  ofAccount(accountId: string, options: { readonly all: boolean }): Promise<void>;
  /** Ends one session of an account (its `uid`), with all tokens. Returns whether there was one. */
  ofSession(accountId: string, uid: string): Promise<boolean>;
}

interface Parts {
  readonly provider: () => Provider;
  readonly judgement: Judgement;
  readonly clients: Pick<Clients, 'isThirdParty' | 'hasThirdParties'>;
  readonly accounts: Accounts;
  readonly bridge: Pick<StorageBridge, 'sessionsOf' | 'withoutClients' | 'endGrants' | 'endSession'>;
  readonly logouts: () => Pick<BackchannelLogouts, 'tell'>;
}

export function createSessionEnds(parts: Parts): SessionEnds {
  return {
    ofRequest: (ctx) => endOfRequest(parts, ctx),
    ofAccount: (accountId, options) => endOfAccount(parts, accountId, options),
    ofSession: (accountId, uid) => endOfSession(parts, accountId, uid),
  };
}

type Asked = Pick<EngineSession, 'accountId' | 'authorizations' | 'rests' | 'acr' | 'amr'>;

async function endOfRequest(parts: Parts, { oidc: { session, account } }: KoaContextWithOIDC): Promise<void> {
  if (!session?.accountId) return;
  const { accountId } = session;
  const asked = session as unknown as Asked & { authorizations: EngineSession['authorizations'] };
  const before = asked.authorizations;
  const { person } = (account ?? {}) as { readonly person?: Question['account']['person'] };
  const { clients, rests } = await ended(parts, asked, account && { id: accountId, person });
  if (clients.length === 0) return;
  await tellAll(parts, accountId, before, clients);
  const { endedSids } = session as unknown as EngineSession;
  Object.assign(session, endedFor({ authorizations: before, endedSids }, clients, rests));
}

async function endOfAccount(parts: Parts, accountId: string, { all }: { readonly all: boolean }): Promise<void> {
  const { accounts, bridge, clients: known } = parts;
  const account = await accounts.find(accountId);
  const sessions = await bridge.sessionsOf(accountId);
  const enabled = account?.disabled === false ? account : undefined;
  const live = new Set<string>();
  await Promise.all(
    sessions.map(async (session) => {
      const { clients, rests } = await ended(parts, session, enabled);
      const left = without(session.authorizations, clients);
      for (const { grantId } of Object.values(left)) if (grantId !== undefined) live.add(grantId);
      await tellAll(parts, accountId, session.authorizations, clients);
      if (clients.length > 0) await bridge.withoutClients(session.jti, clients, rests);
    }),
  );
  // A grant for `offline_access` outlives its session, but not its consent.
  const isWithdrawn = (clientId: string): boolean =>
    known.isThirdParty(clientId) && !consentTo(enabled?.person, clientId);
  if (all || known.hasThirdParties)
    await bridge.endGrants(accountId, ({ id, clientId }) => (all && !live.has(id)) || isWithdrawn(clientId));
}

/**
 * Its relying parties are told, and removed from it for good, so that a request that is running does not bring them
 * back; then the session goes, with the grants that no other session has.
 */
async function endOfSession(parts: Parts, accountId: string, uid: string): Promise<boolean> {
  const sessions = await parts.bridge.sessionsOf(accountId);
  const ended = sessions.find((session) => session.uid === uid);
  if (!ended) return false;
  const clients = Object.keys(ended.authorizations ?? {});
  const others = new Set(sessions.filter((session) => session !== ended).flatMap(grantsOf));
  await tellAll(parts, accountId, ended.authorizations, clients);
  await parts.bridge.withoutClients(ended.jti, clients, noEvidence);
  await parts.bridge.endSession(
    ended.jti,
    grantsOf(ended).filter((grant) => !others.has(grant)),
  );
  return true;
}

const grantsOf = ({ authorizations = {} }: EngineSession): readonly string[] =>
  Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []);

interface Ended {
  /** Relying parties for which the session is no longer enough. */
  readonly clients: readonly string[];
  /** The evidence that is valid for at least one of its relying parties. */
  readonly rests: Evidence;
}

async function ended({ judgement }: Parts, session: Asked, account: Question['account'] | undefined): Promise<Ended> {
  const { acr, amr, authorizations = {} } = session;
  const given = Object.entries(authorizations).filter(([, { need }]) => need !== undefined);
  const rests = evidenceOf(session);
  const judged = await Promise.all(
    given.map(async ([clientId, { need, consent }]) => {
      const kept = {
        clientId,
        rests,
        ...(need && { need }),
        ...(consent && { consent }),
        ...(acr && { acr }),
        ...(amr && { amr }),
      };
      const verdict = account && (await judgement.ofGiven(kept, account));
      return { clientId, isEnough: verdict?.isEnough === true, stands: verdict?.stands?.rests };
    }),
  );
  return {
    clients: judged.filter(({ isEnough }) => !isEnough).map(({ clientId }) => clientId),
    rests: unitedEvidence(
      rests,
      judged.flatMap(({ stands }) => stands ?? []),
    ),
  };
}

const tellAll = (
  parts: Parts,
  accountId: string,
  from: EngineSession['authorizations'],
  clients: readonly string[],
): Promise<unknown> => Promise.all(clients.map((client) => tell(parts, accountId, client, from?.[client]?.sid)));

/**
 * Written to the store before the session is changed: a process that dies in between sends it twice rather than never.
 * No request waits for other servers.
 */
async function tell(
  { provider, logouts }: Parts,
  accountId: string,
  clientId: string,
  sid: string | undefined,
): Promise<void> {
  const client = await provider().Client.find(clientId);
  if (!client?.backchannelLogoutUri || sid === undefined) return;
  await logouts().tell({ clientId, accountId, sid });
}
