/**
 * The engine's adapter above the storage port: one collection per model. What the engine leaves to its adapter is settled here, each by one
 * conditional write: a code, a refresh token and a pushed request count once; a `jti` is new once; what was revoked stays revoked.
 */
import { createHash } from 'node:crypto';
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { Collection, Storage, Version } from '../adapters/storage/port.ts';
import { engineModels, type EngineModel } from './engine-models.ts';
import { createInteractionStore, type InteractionStore } from './interaction-store.ts';
import { createRefreshGrace, type RefreshGrace } from './refresh-grace.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import { plainCopy } from './plain-copy.ts';
import { without, type EngineSession } from './session-facts.ts';
import { createMemo, type Memo } from './version-cache.ts';

const ofOneGrant = ['AccessToken', 'RefreshToken', 'AuthorizationCode'] as const;
const remembered = 128;
/** Sessions and grants of one account that are looked at together; nobody has so many. */
const lookedAt = 1_000;

/** What was last seen; the value only where `consume` needs it. */
interface Seen {
  readonly version: Version;
  readonly value?: AdapterPayload;
  readonly until?: number;
}

interface Room {
  readonly model: EngineModel;
  readonly documents: Collection<AdapterPayload>;
  readonly memo: Memo<Seen>;
}

export interface StorageBridge {
  /** For the engine's `adapter`. Models that are switched off are found empty and cannot be written. */
  adapter(model: string): Adapter;
  readonly interactions: InteractionStore;
  /** Ends every session of a person and with it all tokens, on every node. */
  endSessions(accountId: string): Promise<void>;
  sessionsOf(accountId: string): Promise<readonly EngineSession[]>;
  /** Takes relying parties out of a session; one without any is removed. */
  withoutClients(sessionId: string, clients: readonly string[]): Promise<void>;
  /** Removes all grants of an account, with their tokens, but these. */
  endGrants(accountId: string, but: ReadonlySet<string>): Promise<void>;
}

export function createStorageBridge({
  storage,
  clock,
  refresh,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  /** How long a used refresh token gives its successor once more, and what keeps that sealed; absent: not at all. */
  readonly refresh?: { readonly graceSeconds: number; readonly secretBox: SecretBox };
}): StorageBridge {
  const interactions = createInteractionStore({ storage, clock });
  const grace = refresh && createRefreshGrace({ ...refresh, seconds: refresh.graceSeconds, clock });
  const rooms = new Map<string, Room>(
    Object.entries(engineModels).map(([name, model]) => [
      name,
      {
        model,
        documents: storage.collection(model.spec),
        memo: createMemo<Seen>(remembered),
      },
    ]),
  );
  const room = (name: string): Room => {
    const found = rooms.get(name);
    if (!found) throw new Error(`The engine has no collection for the model "${name}".`);
    return found;
  };
  const revokeFamily = async (grantId: string | undefined): Promise<void> => {
    if (grantId === undefined) return;
    await Promise.all([
      room('Grant').documents.remove(grantId),
      ...ofOneGrant.map((name) => room(name).documents.removeBy('grant', grantId)),
    ]);
  };

  return {
    interactions,
    adapter(name) {
      if (name === 'Interaction') return interactions.adapter;
      const found = rooms.get(name);
      return found ? adapterOf(found, clock, revokeFamily, name === 'RefreshToken' ? grace : undefined) : absent(name);
    },
    async endSessions(accountId) {
      await Promise.all([
        room('Session').documents.removeBy('account', accountId),
        room('Grant').documents.removeBy('account', accountId),
      ]);
    },
    async sessionsOf(accountId) {
      const found = await room('Session').documents.findBy('account', accountId, lookedAt);
      return found.map(({ id, value }) => ({ ...(value as Omit<EngineSession, 'jti'>), jti: id }));
    },
    async withoutClients(sessionId, clients) {
      const { documents } = room('Session');
      for (;;) {
        const stored = await documents.get(sessionId);
        if (!stored) return;
        const authorizations = without(stored.value.authorizations, clients);
        const value = { ...stored.value, authorizations } as AdapterPayload;
        const keep = stored.until === undefined ? undefined : { until: stored.until };
        if ((await documents.replace(sessionId, value, stored.version, keep)) !== undefined) return;
      }
    },
    async endGrants(accountId, but) {
      const grants = await room('Grant').documents.findBy('account', accountId, lookedAt);
      await Promise.all(grants.filter(({ id }) => !but.has(id)).map(({ id }) => revokeFamily(id)));
    },
  };
}

function adapterOf(
  { model, documents, memo }: Room,
  clock: Clock,
  revokeFamily: (grantId: string | undefined) => Promise<void>,
  grace: RefreshGrace | undefined,
): Adapter {
  const keyOf = (id: string): string =>
    model.bearer === true ? createHash('sha256').update(id).digest('base64url') : id;
  const see = (key: string, value: AdapterPayload, version: Version, until: number | undefined): void =>
    memo.set(key, {
      version,
      ...(model.consumed === true ? { value: plainCopy(value) } : {}),
      ...(until === undefined ? {} : { until }),
    });
  const read = async (key: string): Promise<(Seen & { readonly value: AdapterPayload }) | undefined> => {
    const stored = await documents.get(key);
    if (!stored) {
      memo.delete(key);
      return undefined;
    }
    see(key, stored.value, stored.version, stored.until);
    return stored;
  };

  /** While the grace of a used token lasts, and nobody has used its successor. */
  const successorOf = async (key: string, value: AdapterPayload | undefined): Promise<string | undefined> => {
    if (!grace || value?.consumed === undefined) return undefined;
    const successor = grace.successorOf(key, value);
    if (successor === undefined) return undefined;
    const standing = await documents.get(keyOf(successor));
    return standing?.value.consumed === undefined ? successor : undefined;
  };

  return {
    async upsert(id, payload, expiresIn) {
      const key = keyOf(id);
      const until = expiresIn === undefined ? undefined : clock.now() + expiresIn * 1000;
      const keep = until === undefined ? undefined : { until };
      // A refreshed ID token carries no nonce (OpenID Connect Core 1.0 §12.2), so its refresh token remembers none.
      const kept = model === engineModels['RefreshToken'] ? { ...payload, nonce: undefined } : payload;
      const value = model.bearer === true ? { ...kept, jti: undefined } : kept;
      // A successor is written once: it may have been used before a late answer writes it again.
      const given = grace?.wasGiven(id) === true;
      let base = given ? undefined : memo.get(key);
      if (!base) {
        const version = await documents.insert(key, value, keep);
        if (version !== undefined) return see(key, value, version, until);
        // Another request of the same predecessor was quicker: it is the same token.
        if (given) return undefined;
        if (model.insertOnly === true) throw new errors.InvalidGrant('used before');
      }
      for (;;) {
        base ??= await read(key);
        // Revoked or ended meanwhile: a request under way does not bring it back.
        if (!base) return undefined;
        const version = await documents.replace(key, value, base.version, keep);
        if (version !== undefined) return see(key, value, version, until);
        base = undefined;
      }
    },
    async find(id) {
      const stored = await read(keyOf(id));
      if (!stored) return undefined;
      // Within the grace it counts as unused, for what asks for tokens alone.
      const lasts = grace?.isAsked() === true && (await successorOf(keyOf(id), stored.value)) !== undefined;
      return { ...stored.value, ...(lasts ? { consumed: undefined } : {}), jti: id };
    },
    async findByUid(uid) {
      const [stored] = await documents.findBy('uid', uid, 1);
      return stored?.value;
    },
    findByUserCode: () => Promise.resolve(undefined),
    async consume(id) {
      const key = keyOf(id);
      let base = memo.get(key);
      const grantId = base?.value?.grantId;
      for (;;) {
        if (base?.value === undefined || base.value.consumed !== undefined) base = await read(key);
        const again = base && (await successorOf(key, base.value));
        if (again !== undefined) return grace?.give(again);
        if (base?.value === undefined || base.value.consumed !== undefined) {
          // Used twice at once: whoever holds it may have stolen it (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
          await revokeFamily(base?.value?.grantId ?? grantId);
          throw model === engineModels['PushedAuthorizationRequest']
            ? new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
            : new errors.InvalidGrant('used before');
        }
        const next = grace?.choose(key);
        const value = { ...base.value, ...next?.kept, consumed: Math.floor(clock.now() / 1000) };
        const keep = base.until === undefined ? undefined : { until: base.until };
        if ((await documents.replace(key, value, base.version, keep)) !== undefined) {
          memo.delete(key);
          if (next) grace?.give(next.successor);
          return;
        }
        memo.delete(key);
        base = undefined;
      }
    },
    async destroy(id) {
      const key = keyOf(id);
      memo.delete(key);
      await documents.remove(key);
    },
    async revokeByGrantId(grantId) {
      await documents.removeBy('grant', grantId);
    },
  };
}

const none = () => Promise.resolve(undefined);

/** Clients come from the settings, and the flows that would need the others are off. */
function absent(name: string): Adapter {
  const refuse = () => Promise.reject(new Error(`The engine keeps no "${name}".`));
  return {
    upsert: refuse,
    consume: refuse,
    find: none,
    findByUid: none,
    findByUserCode: none,
    destroy: none,
    revokeByGrantId: none,
  };
}
