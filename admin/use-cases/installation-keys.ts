/**
 * Lists, adds, promotes and retires the signing and cookie keys of the installation; every running node applies a
 * change within seconds.
 */
import { newPendingId } from '../../accounts/pending-id.ts';
import { addKey, dueFrom, promoteKey, retireKey, standingOf, type RingKey } from '../../provider/key-ring.ts';
import type { KeyStanding, RingChange, RingRules } from '../../provider/key-ring.ts';
import { actionOf, makeKeyOf } from '../../provider/key-rotation.ts';
import { changeRing, ringOf, type RingName } from '../../provider/keys.ts';
import { ringRulesOf } from '../../provider/ring-rules.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';

export { signingAlgs, type RingName } from '../../provider/keys.ts';

type Parts = Pick<Services, 'keptKeys' | 'settings' | 'clock' | 'audit'>;

export interface ListedKey {
  readonly id: string;
  /** Algorithm, or `cookie`. */
  readonly group: string;
  readonly status: KeyStanding;
  readonly addedAt: string;
  readonly promotedAt: string | null;
  readonly replacedAt: string | null;
  /** When it may be promoted, or retired. */
  readonly dueFrom: string | null;
}

export interface RingRequest {
  readonly ring: RingName;
  readonly by: string;
}
export interface ForcedRequest extends RingRequest {
  /** Id of the key. */
  readonly key: string;
  /** Before its time, with the reason: for the audit. */
  readonly forcedBecause?: string | undefined;
}

export async function listKeys(
  services: Pick<Parts, 'keptKeys' | 'settings' | 'clock'>,
  ring: RingName,
): Promise<readonly ListedKey[]> {
  const rules = ringRulesOf(services.settings)[ring];
  return (await ringOf(services.keptKeys, ring, services.clock)).map((key) => listed(key, rules));
}

export async function addInstallationKey(
  services: Parts,
  { ring, by, group }: RingRequest & { readonly group: string },
): Promise<Outcome<ListedKey>> {
  const key = await makeKeyOf(ring, group, services.clock.now());
  return finish(services, { ring, by, key: key.id, step: 'add' }, (keys) => addKey<RingKey>(keys, key));
}

export async function promoteInstallationKey(services: Parts, asked: ForcedRequest): Promise<Outcome<ListedKey>> {
  return finish(services, { ...asked, step: 'promote' }, (keys, options) => promoteKey(keys, asked.key, options));
}

export async function retireInstallationKey(services: Parts, asked: ForcedRequest): Promise<Outcome<ListedKey>> {
  return finish(services, { ...asked, step: 'retire' }, (keys, options) => retireKey(keys, asked.key, options));
}

interface Asked extends ForcedRequest {
  readonly step: 'add' | 'promote' | 'retire';
}

async function finish(
  { keptKeys, settings, clock, audit }: Parts,
  { ring, by, key, step, forcedBecause }: Asked,
  change: (
    keys: readonly RingKey[],
    options: { readonly now: number; readonly rules: RingRules; readonly forced: boolean },
  ) => RingChange<RingKey>,
): Promise<Outcome<ListedKey>> {
  const now = clock.now();
  const rules = ringRulesOf(settings)[ring];
  let before: readonly RingKey[] = await ringOf(keptKeys, ring, clock);
  const changed = await changeRing<RingName>(keptKeys, ring, (keys) => {
    before = keys;
    // Every rule returns the keys that it was given, so their types stay.
    return change(keys, { now, rules, forced: forcedBecause !== undefined }) as RingChange<(typeof keys)[number]>;
  });
  if (!changed.ok) return refusalOf(changed, key);
  const after = changed.keys.find(({ id }) => id === key) ?? before.find(({ id }) => id === key);
  if (!after) return refuse('installation_key_unknown', `There is no key ${key}.`);
  const facts = { key, group: after.group, ...(forcedBecause === undefined ? {} : { forcedBecause }) };
  await audit.append([{ id: newPendingId(), event: { at: now, actor: by, action: actionOf(ring, step), facts } }]);
  return done(listed(after, rules));
}

function refusalOf(
  { why, from }: Extract<RingChange<RingKey>, { ok: false }>,
  key: string,
): Extract<Outcome<never>, { ok: false }> {
  switch (why) {
    case 'next-there':
      return refuse('installation_key_waits', 'A key waits already: promote or retire that one first.');
    case 'not-next':
      return refuse('installation_key_not_next', `The key ${key} has signed before: only a new one can be promoted.`);
    case 'signs-now':
      return refuse('installation_key_signs', `The key ${key} signs now: promote another one first.`);
    case 'too-early':
      return refuse(
        'installation_key_early',
        `It is too early: from ${iso(from)} on. If it must be now: --force --reason <why>.`,
      );
    case 'no-such-key':
    default:
      return refuse('installation_key_unknown', `There is no key ${key}.`);
  }
}

const iso = (instant: number | undefined): string | null =>
  instant === undefined || instant === 0 ? null : new Date(instant).toISOString();

const listed = (key: RingKey, rules: RingRules): ListedKey => ({
  id: key.id,
  group: key.group,
  status: standingOf(key),
  addedAt: new Date(key.addedAt).toISOString(),
  promotedAt: iso(key.promotedAt),
  replacedAt: iso(key.replacedAt),
  dueFrom: iso(dueFrom(key, rules)),
});
