/**
 * The engine's adapter on the storage port: one collection for each model. Decisions that the engine leaves to its
 * adapter are conditional writes here: a code, a refresh token and a pushed request count once; a `jti` is new once;
 * what was revoked stays revoked.
 */
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { Collection, Storage } from '../adapters/storage/port.ts';
import { engineModels } from './engine-models.ts';
import { createInteractionStore, type InteractionStore } from './interaction-store.ts';
import { createAbsentAdapter, createModelAdapter, type ModelDocuments, type Seen } from './model-adapter.ts';
import { createRefreshGrace } from './refresh-grace.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Evidence } from '../factors/policy/standing.ts';
import { endedFor, type EngineSession } from './session-facts.ts';
import { createMemo } from './version-cache.ts';

const ofOneGrant = ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'] as const;
const remembered = 128;
/** The most sessions and grants of one account that are read together; no account has so many. */
const lookedAt = 1_000;

export interface StorageBridge {
  /** For the engine's `adapter`. Models that are switched off are always empty and cannot be written. */
  adapter(model: string): Adapter;
  readonly interactions: InteractionStore;
  /** Ends every session of an account, with all tokens, on every node. */
  endSessions(accountId: string): Promise<void>;
  sessionsOf(accountId: string): Promise<readonly EngineSession[]>;
  /**
   * Removes relying parties from a session for good; the session stays, even without any. @param rests its evidence
   * from now on
   */
  withoutClients(sessionId: string, clients: readonly string[], rests: Evidence): Promise<void>;
  /** Removes one session, and these grants with their tokens. */
  endSession(sessionId: string, grants: readonly string[]): Promise<void>;
  /** Removes those grants of an account that are over, with their tokens. */
  endGrants(
    accountId: string,
    isOver: (grant: { readonly id: string; readonly clientId: string }) => boolean,
  ): Promise<void>;
}

type Models = ReadonlyMap<string, ModelDocuments>;

export function createStorageBridge({
  storage,
  clock,
  refresh,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  /** How long a used refresh token returns its successor again, and the box that seals it; absent: not at all. */
  readonly refresh?: { readonly graceSeconds: number; readonly secretBox: SecretBox };
}): StorageBridge {
  const interactions = createInteractionStore({ storage, clock });
  const grace = refresh && createRefreshGrace({ ...refresh, seconds: refresh.graceSeconds, clock });
  const models: Models = new Map(
    Object.entries(engineModels).map(([name, model]) => [
      name,
      { model, documents: storage.collection(model.spec), memo: createMemo<Seen>(remembered) },
    ]),
  );
  const rotated = createMemo<EngineSession>(remembered);
  const revokeFamily = (grantId: string | undefined) => revoke(models, grantId);

  return {
    interactions,
    adapter(name) {
      if (name === 'Interaction') return interactions.adapter;
      const found = models.get(name);
      if (!found) return createAbsentAdapter(name);
      return createModelAdapter({
        ...found,
        clock,
        revokeFamily,
        grace: name === 'RefreshToken' ? grace : undefined,
        rotated: name === 'Session' ? rotated : undefined,
      });
    },
    async endSessions(accountId) {
      await Promise.all([
        documentsOf(models, 'Session').removeBy('account', accountId),
        documentsOf(models, 'Grant').removeBy('account', accountId),
      ]);
    },
    async sessionsOf(accountId) {
      const found = await documentsOf(models, 'Session').findBy('account', accountId, lookedAt);
      return found.map(({ id, value }) => ({ ...(value as Omit<EngineSession, 'jti'>), jti: id }));
    },
    withoutClients: (...given) => withoutClients(documentsOf(models, 'Session'), ...given),
    async endSession(sessionId, grants) {
      await documentsOf(models, 'Session').remove(sessionId);
      await Promise.all(grants.map(revokeFamily));
    },
    async endGrants(accountId, isOver) {
      const grants = await documentsOf(models, 'Grant').findBy('account', accountId, lookedAt);
      const over = grants.filter(({ id, value }) => isOver({ id, clientId: String(value.clientId) }));
      await Promise.all(over.map(({ id }) => revokeFamily(id)));
    },
  };
}

function documentsOf(models: Models, name: string): Collection<AdapterPayload> {
  const found = models.get(name);
  if (!found) throw new Error(`The engine has no collection for the model "${name}".`);
  return found.documents;
}

/** Removes a grant with all its tokens. */
async function revoke(models: Models, grantId: string | undefined): Promise<void> {
  if (grantId === undefined) return;
  await Promise.all([
    documentsOf(models, 'Grant').remove(grantId),
    ...ofOneGrant.map((name) => documentsOf(models, name).removeBy('grant', grantId)),
  ]);
}

async function withoutClients(
  sessions: Collection<AdapterPayload>,
  ...[sessionId, clients, rests]: Parameters<StorageBridge['withoutClients']>
): Promise<void> {
  for (;;) {
    const stored = await sessions.get(sessionId);
    if (!stored) return;
    const value = endedFor(stored.value as EngineSession, clients, rests) as unknown as AdapterPayload;
    const keep = stored.until === undefined ? undefined : { until: stored.until };
    if ((await sessions.replace(sessionId, value, stored.version, keep)) !== undefined) return;
  }
}
