/**
 * The engine's adapter for the documents of one model. Each decision that the engine leaves to its adapter is one
 * conditional write. Called by `storage-bridge.ts`.
 */
import { hash } from 'node:crypto';
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import { AlreadyUsedError } from 'oidc-provider/lib/helpers/re_render_errors.js';
import type { Clock } from '../time/clock.ts';
import type { Collection, Version } from '../adapters/storage/port.ts';
import { engineModels, type EngineModel } from './engine-models.ts';
import { plainCopy } from './plain-copy.ts';
import type { RefreshGrace } from './refresh-grace.ts';
import { withEnded, type EngineSession } from './session-facts.ts';
import type { Memo } from './version-cache.ts';

/** The last seen version; with the value only where `consume` needs it, and for a session that lost relying parties. */
export interface Seen {
  readonly version: Version;
  readonly value?: AdapterPayload;
  readonly until?: number;
}

/** The documents of one model. */
export interface ModelDocuments {
  readonly model: EngineModel;
  readonly documents: Collection<AdapterPayload>;
  readonly memo: Memo<Seen>;
}

interface Parts extends ModelDocuments {
  readonly clock: Clock;
  /** Removes a grant with its tokens. */
  readonly revokeFamily: (grantId: string | undefined) => Promise<void>;
  /** For refresh tokens: a used one returns its successor again. */
  readonly grace: RefreshGrace | undefined;
  /**
   * For sessions, by `uid`: sessions that got another id from a request that had read them before relying parties were
   * removed.
   */
  readonly rotated: Memo<EngineSession> | undefined;
}

export function createModelAdapter(parts: Parts): Adapter {
  const { documents } = parts;
  return {
    upsert: (id, payload, expiresIn) => upsert(parts, id, payload, expiresIn),
    find: (id) => find(parts, id),
    async findByUid(uid) {
      const [stored] = await documents.findBy('uid', uid, 1);
      return stored?.value;
    },
    findByUserCode: (userCode) => findByUserCode(parts, userCode),
    consume: (id) => consume(parts, id),
    destroy: (id) => destroy(parts, id),
    async revokeByGrantId(grantId) {
      await documents.removeBy('grant', grantId);
    },
  };
}

/** Names a document of which only the digest of its secret is known: a device code that was found by its user code. */
const reference = 'digest:';
/** No secret of the engine has a colon. */
export const isReference = (id: string): boolean => id.startsWith(reference);

function keyOf(model: EngineModel, id: string): string {
  if (model.bearer !== true) return id;
  return isReference(id) ? id.slice(reference.length) : hash('sha256', id, 'base64url');
}

function see(
  { model, memo }: ModelDocuments,
  key: string,
  value: AdapterPayload,
  version: Version,
  until: number | undefined,
): void {
  memo.set(key, {
    version,
    ...(model.consumed === true || value['endedSids'] !== undefined ? { value: plainCopy(value) } : {}),
    ...(until === undefined ? {} : { until }),
  });
}

async function read(
  parts: ModelDocuments,
  key: string,
): Promise<(Seen & { readonly value: AdapterPayload }) | undefined> {
  const stored = await parts.documents.get(key);
  if (stored) see(parts, key, stored.value, stored.version, stored.until);
  else parts.memo.delete(key);
  return stored;
}

async function upsert(parts: Parts, id: string, payload: AdapterPayload, expiresIn: number | undefined): Promise<void> {
  const { model, documents, memo, clock, grace } = parts;
  const key = keyOf(model, id);
  const until = expiresIn === undefined ? undefined : clock.now() + expiresIn * 1000;
  const keep = until === undefined ? undefined : { until };
  // A refreshed ID token has no nonce (OpenID Connect Core 1.0 §12.2), so its refresh token stores none.
  const kept = model === engineModels['RefreshToken'] ? { ...payload, nonce: undefined } : payload;
  const value = model.bearer === true ? { ...kept, jti: undefined } : kept;
  // A successor is written once: it may have been used before a late answer writes it again.
  const given = grace?.wasGiven(id) === true;
  let base = given ? undefined : memo.get(key);
  if (!base) {
    const first = settled(parts, value, parts.rotated?.get(String(payload.uid)));
    const version = await documents.insert(key, first, keep);
    if (version !== undefined) return see(parts, key, first, version, until);
    // Another request with the same predecessor was faster: it is the same token.
    if (given) return undefined;
    if (model.insertOnly === true) throw new errors.InvalidGrant('used before');
  }
  for (;;) {
    base ??= await read(parts, key);
    // Revoked or ended meanwhile: a running request does not bring it back.
    if (!base) return undefined;
    const next = settled(parts, value, base.value);
    if (base.value && model.mayBecome?.(base.value, next) === false) throw new AlreadyUsedError();
    const version = await documents.replace(key, next, base.version, keep);
    if (version !== undefined) return see(parts, key, next, version, until);
    base = undefined;
  }
}

/** The session to write: relying parties that were removed since it was read stay removed. */
const settled = ({ rotated }: Parts, value: AdapterPayload, stored: object | undefined): AdapterPayload =>
  rotated ? (withEnded(value as unknown as EngineSession, stored as EngineSession | undefined) as never) : value;

async function destroy({ model, documents, memo, rotated }: Parts, id: string): Promise<void> {
  const key = keyOf(model, id);
  const seen = memo.get(key);
  memo.delete(key);
  if (rotated && seen) {
    if (seen.value === undefined && (await documents.remove(key, seen.version))) return;
    // Written since it was read.
    const last = seen.value ?? (await documents.get(key))?.value;
    if (last?.['endedSids'] !== undefined) rotated.set(String(last.uid), last as unknown as EngineSession);
  }
  await documents.remove(key);
}

async function find(parts: Parts, id: string): Promise<AdapterPayload | undefined> {
  const { model, grace } = parts;
  const key = keyOf(model, id);
  const stored = await read(parts, key);
  if (!stored) return undefined;
  // Within the grace it counts as unused for token requests.
  const lasts = grace?.isAsked() === true && (await successorOf(parts, key, stored.value)) !== undefined;
  return { ...stored.value, ...(lasts ? { consumed: undefined } : {}), jti: id };
}

/** While the grace of a used token lasts, and its successor was not used. */
async function successorOf(
  { grace, documents, model }: Parts,
  key: string,
  value: AdapterPayload | undefined,
): Promise<string | undefined> {
  if (!grace || value?.consumed === undefined) return undefined;
  const successor = grace.successorOf(key, value);
  if (successor === undefined) return undefined;
  const standing = await documents.get(keyOf(model, successor));
  return standing?.value.consumed === undefined ? successor : undefined;
}

async function findByUserCode(parts: Parts, userCode: string): Promise<AdapterPayload | undefined> {
  const [stored] = await parts.documents.findBy('userCode', userCode, 1);
  if (!stored) return undefined;
  see(parts, stored.id, stored.value, stored.version, stored.until);
  return { ...stored.value, jti: `${reference}${stored.id}` };
}

async function consume(parts: Parts, id: string): Promise<void> {
  const { model, documents, memo, clock, grace } = parts;
  const key = keyOf(model, id);
  let base = memo.get(key);
  const grantId = base?.value?.grantId;
  for (;;) {
    if (base?.value === undefined || base.value.consumed !== undefined) base = await read(parts, key);
    const again = base && (await successorOf(parts, key, base.value));
    if (again !== undefined) return grace?.give(again);
    if (base?.value === undefined || base.value.consumed !== undefined) {
      // Used twice: it may have been stolen (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
      await parts.revokeFamily(base?.value?.grantId ?? grantId);
      throw usedBefore(model);
    }
    const next = grace?.choose(key);
    const value = { ...base.value, ...next?.kept, consumed: Math.floor(clock.now() / 1000) };
    const keep = base.until === undefined ? undefined : { until: base.until };
    const version = await documents.replace(key, value, base.version, keep);
    memo.delete(key);
    if (version !== undefined) {
      if (next) grace?.give(next.successor);
      return;
    }
    base = undefined;
  }
}

const usedBefore = (model: EngineModel): Error =>
  model === engineModels['PushedAuthorizationRequest']
    ? new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
    : new errors.InvalidGrant('used before');

const none = () => Promise.resolve(undefined);

/** For a model that is switched off: always empty, never written. */
export function createAbsentAdapter(name: string): Adapter {
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
