/**
 * The root keys of the installation: the list, the progress of sealing under the newest, and the three steps of
 * replacing it in the folder `state`. A root key in the configuration is replaced there; the list says when the old one
 * may be removed.
 */
import { randomBytes } from 'node:crypto';
import { newPendingId } from '../../accounts/pending-id.ts';
import { writeRootKeys } from '../../adapters/root-key.ts';
import { rootKeyId } from '../../adapters/secret-box.ts';
import {
  noteAddedRootKey,
  readAddedRootKey,
  readRootKeyProgress,
  type RootKeyProgress,
} from '../../provider/root-key-progress.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';

type Parts = Pick<Services, 'rootKeys' | 'keptKeys' | 'settings' | 'clock' | 'audit'>;

export interface RootKeyListing {
  readonly from: 'state' | 'configuration';
  /** Id of the key that seals. */
  readonly current: string;
  /** Ids of the keys that only open. */
  readonly others: readonly string[];
  /** When the other one may be promoted (ISO 8601); null: there is none, or it sealed before. */
  readonly otherMayBePromotedFrom: string | null;
  readonly progress: RootKeyProgress | null;
  /** When the others may be removed (ISO 8601); null: not yet, or there are none. */
  readonly othersMayGoFrom: string | null;
}

/**
 * Within this time (ms) every process has read the file again, which it does every few seconds, whatever its clock
 * says.
 */
const spread = 60_000;

export async function listRootKeys({
  rootKeys,
  keptKeys,
  settings,
}: Pick<Parts, 'rootKeys' | 'keptKeys' | 'settings'>): Promise<RootKeyListing> {
  const current = rootKeyId(rootKeys.current);
  const progress = (await readRootKeyProgress(keptKeys)) ?? null;
  // Sign-ins that were under way then have ended.
  const clean = progress?.current === current ? progress.cleanSince : undefined;
  const added = await readAddedRootKey(keptKeys);
  const isOther = rootKeys.others.some((key) => rootKeyId(key) === added?.id);
  const from = clean === undefined ? undefined : clean + settings.signIn.interactionMinutes * 60_000 + spread;
  return {
    from: rootKeys.from,
    current,
    others: rootKeys.others.map(rootKeyId),
    otherMayBePromotedFrom: added && isOther ? new Date(added.at + spread).toISOString() : null,
    progress,
    othersMayGoFrom: from === undefined || rootKeys.others.length === 0 ? null : new Date(from).toISOString(),
  };
}

/** Adds a key that opens in every process within seconds, and seals nothing yet. */
export async function addRootKey(services: Parts, by: string): Promise<Outcome<RootKeyListing>> {
  const { rootKeys } = services;
  if (rootKeys.others.length > 0)
    return refuse('root_key_state', 'There is another root key already: promote or retire that one first.');
  const next = randomBytes(32);
  if (rootKeys.from === 'state')
    await noteAddedRootKey(services.keptKeys, { id: rootKeyId(next), at: services.clock.now() });
  return write(services, { by, action: 'root-key.added', keys: [rootKeys.current, next] });
}

/** The key that only opened seals from now on; refused until every process has it. */
export async function promoteRootKey(services: Parts, by: string): Promise<Outcome<RootKeyListing>> {
  const { current, others } = services.rootKeys;
  const [next] = others;
  if (!next) return refuse('root_key_state', 'There is no other root key: add one first.');
  const { otherMayBePromotedFrom: from } = await listRootKeys(services);
  if (from !== null && services.clock.now() < Date.parse(from))
    return refuse('root_key_state', `Not every process may have read it yet: it may be promoted from ${from} on.`);
  return write(services, { by, action: 'root-key.promoted', keys: [next, current] });
}

/** Removes the keys that only open, once nothing is sealed under them. */
export async function retireRootKey(
  services: Parts,
  { by, forcedBecause }: { readonly by: string; readonly forcedBecause?: string | undefined },
): Promise<Outcome<RootKeyListing>> {
  const { rootKeys, clock } = services;
  if (rootKeys.others.length === 0) return refuse('root_key_state', 'There is no other root key.');
  const { othersMayGoFrom } = await listRootKeys(services);
  if (forcedBecause === undefined && othersMayGoFrom === null)
    return refuse(
      'root_key_state',
      'Not everything is sealed under the current root key yet: a running server does it.',
    );
  if (forcedBecause === undefined && clock.now() < Date.parse(othersMayGoFrom ?? ''))
    return refuse('root_key_state', `Sign-ins that are under way may still need it: from ${othersMayGoFrom ?? ''} on.`);
  return write(services, { by, action: 'root-key.retired', keys: [rootKeys.current], forcedBecause });
}

async function write(
  services: Parts,
  {
    by,
    action,
    keys,
    forcedBecause,
  }: {
    readonly by: string;
    readonly action: string;
    readonly keys: readonly [Uint8Array, ...Uint8Array[]];
    readonly forcedBecause?: string | undefined;
  },
): Promise<Outcome<RootKeyListing>> {
  const { rootKeys, settings, audit, clock } = services;
  if (rootKeys.from === 'configuration')
    return refuse(
      'root_key_configured',
      'The root key stands in the configuration: change `rootKey` and `otherRootKey` there (docs/operate.md).',
    );
  const [current, ...others] = keys;
  const facts = {
    current: rootKeyId(current),
    others: others.map(rootKeyId).join(' '),
    ...(forcedBecause === undefined ? {} : { forcedBecause }),
  };
  await audit.append([{ id: newPendingId(), event: { at: clock.now(), actor: by, action, facts } }]);
  await writeRootKeys(settings.state, keys);
  return done(await listRootKeys({ ...services, rootKeys: { ...rootKeys, current, others } }));
}
