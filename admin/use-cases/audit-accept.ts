/** Accepts an audit log that is shorter than its sealed head says, after a restore. `rekey audit accept` calls it. */
import { newPendingId } from '../../accounts/pending-id.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { sayBroken } from './audit-verify.ts';

export interface AcceptRequest {
  readonly by: string;
  /** The reason, for the audit. */
  readonly reason: string;
}

/** Refused if nothing is wrong, and if a stored line was altered or removed: no restore does that. */
export async function acceptAudit(
  { audit, clock }: Pick<Services, 'audit' | 'clock'>,
  { by, reason }: AcceptRequest,
): Promise<Outcome<{ readonly told: string; readonly entries: number; readonly head: string }>> {
  const before = await audit.verify();
  if (before.ok) return refuse('audit_whole', 'The audit trail is as it was written: there is nothing to accept.');
  const facts = { reason, line: before.line, why: before.why };
  const event = { at: clock.now(), actor: by, action: 'audit.accepted', facts };
  const { accepted, found } = await audit.accept({ id: newPendingId(), event });
  const told = sayBroken(found.ok ? before : found);
  if (!accepted) return refuse('audit_broken', `${told} This cannot be accepted: no restore does that.`);
  const after = await audit.verify();
  if (!after.ok) return refuse('audit_broken', sayBroken(after));
  return done({ told, entries: after.entries, head: after.head });
}
