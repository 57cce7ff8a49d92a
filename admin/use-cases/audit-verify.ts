/** Reads the whole audit log and says whether it is as it was written. */
import type { Verified } from '../../audit/hash-chain.ts';
import type { Services } from '../services.ts';
import { done, refuse, type Outcome } from '../refusals.ts';

export interface VerifyRequest {
  /** A line that was recorded elsewhere, and must still be there: `<number>:<hash>`. */
  readonly known?: { readonly line: number; readonly hash: string };
}

const whys = {
  altered: 'was altered',
  missing: 'is missing',
  unreadable: 'cannot be read',
  cut: 'and all behind it are missing, though the sealed head knows of them: the trail was cut, or an older one was put back',
  head_missing: 'has no sealed head behind it: the head was removed or replaced',
  head_differs: 'is not the line that was noted: the trail was cut or written anew',
} as const;

export async function verifyAudit(
  { audit }: Pick<Services, 'audit'>,
  { known }: VerifyRequest = {},
): Promise<Outcome<{ readonly entries: number; readonly head: string }>> {
  const verified = await audit.verify(known);
  if (verified.ok) return done({ entries: verified.entries, head: verified.head });
  return refuse('audit_broken', sayBroken(verified));
}

export const sayBroken = ({ line, why }: Extract<Verified, { readonly ok: false }>): string =>
  `Line ${line} of the audit trail ${whys[why]}.`;
