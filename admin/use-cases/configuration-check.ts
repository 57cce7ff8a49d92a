/**
 * Compares a configuration with what people hold, before or after it is in force: whom it leaves without a way in takes
 * the number and a reason, as a change of dates does. What is accepted is kept, so that the start of a server agrees.
 * Called by `config check`.
 */
import { personDocuments } from '../../accounts/person-documents.ts';
import type { AuditEvent } from '../../accounts/person.ts';
import { readRootKeyFile } from '../../adapters/root-key.ts';
import type { Storage } from '../../adapters/storage/port.ts';
import type { Settings } from '../../config/schema.ts';
import { afterAcceptance, allowanceFor, type Allowance } from '../configuration-book.ts';
import type { Outcome, Refusal } from '../refusals.ts';
import type { Services } from '../services.ts';
import { acceptance, closings, type Accepted } from './brake.ts';
import { lookAtConfiguration, type ConfigurationLook, type LookParts } from './configuration-look.ts';
import { strandingFacts } from './configuration-note.ts';
import { tooMany } from './look-ahead.ts';

export interface ConfigurationChecked {
  readonly look: ConfigurationLook;
  /** Why it may not be used; none: it may. */
  readonly refusals: readonly Refusal[];
  /** Under which it may, now or before. */
  readonly allowance: Allowance | undefined;
  /** Whether the number was accepted now. */
  readonly written: boolean;
}

type Parts = LookParts & Pick<Services, 'configurations' | 'audit'>;

/** @param by who checks, for the audit (`cli:<user>`) */
export async function checkConfiguration(
  services: Parts,
  { by, accepted }: { readonly by: string; readonly accepted: Accepted | undefined },
): Promise<Outcome<ConfigurationChecked>> {
  const { configurations, audit, clock } = services;
  const record = await configurations.read();
  const look = await lookAtConfiguration(services, record).catch(tooMany);
  if ('ok' in look) return look;
  const { digest, newlyStranded: stranded } = look;
  const known = allowanceFor(record, digest, clock.now());
  const result = (refusals: readonly Refusal[], allowance = known, written = false): Outcome<ConfigurationChecked> => ({
    ok: true,
    value: { look, refusals, allowance, written },
  });
  const closing = closings([look]);
  if (closing.length > 0) return result(closing);
  const isAllowed = accepted === undefined && stranded <= (known?.stranded ?? 0);
  const refusals = isAllowed ? [] : acceptance(stranded, false, accepted);
  if (refusals.length > 0 || accepted === undefined || stranded === 0) return result(refusals);
  const allowance: Allowance = { ...accepted, digest, by, at: clock.now() };
  const { reason } = accepted;
  const facts = { acceptedStranded: stranded, reason, ...strandingFacts(look) };
  const event: AuditEvent = { at: allowance.at, actor: by, action: 'configuration.accepted', facts };
  await configurations.change((fresh) => afterAcceptance(fresh, allowance, look.facts, event));
  await configurations.carryOver((lines) => audit.append(lines));
  return result([], allowance, true);
}

/**
 * Whether somebody is in the store, and its root key is here: only then is there something to compare, and nothing is
 * made by opening it.
 */
export async function isComparable(
  storage: Pick<Storage, 'collection'>,
  { rootKey, state }: Pick<Settings, 'rootKey' | 'state'>,
): Promise<'yes' | 'nobody' | 'no root key'> {
  const { items } = await storage.collection(personDocuments).page({ limit: 1 });
  if (items.length === 0) return 'nobody';
  if (rootKey !== undefined) return 'yes';
  return readRootKeyFile(state).then(
    () => 'yes' as const,
    () => 'no root key' as const,
  );
}
