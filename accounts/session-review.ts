/**
 * Decides whether a write changes something that sessions depend on. `person-store.ts` calls it for every write, so
 * that no caller can forget the review of sessions.
 */
import { isConsentLost } from './consents.ts';
import { newPendingId } from './pending-id.ts';
import type { Person } from './person.ts';
import { instantOf } from './trusted-browsers.ts';

/** The account, with a pending review of the sessions where one is needed. */
export function withSessionReview(before: Person, after: Person): Person {
  const all = isEnded(before, after);
  if (!all && !isLost(before, after)) return after;
  const others = after.pending.filter((item) => item.kind !== 'sessions' || item.all !== all);
  const look = { kind: 'sessions', id: newPendingId(), at: instantOf(after), all } as const;
  return { ...after, pending: [...others, look] };
}

const isEnded = (before: Person, after: Person): boolean =>
  (after.disabled && !before.disabled) || (after.sessionsEnded ?? 0) !== (before.sessionsEnded ?? 0);

function isLost(before: Person, after: Person): boolean {
  if (before.password?.setAt !== after.password?.setAt) return true;
  // A block can be lifted again, so sessions stay; each use of one checks the block.
  const stays = (id: string) => after.keys.some((key) => key.id === id && key.status !== 'off');
  const trusted = (id: string) => after.trustedBrowsers?.some((browser) => browser.id === id) ?? false;
  return (
    isConsentLost(before, after) ||
    before.keys.some(({ id, status }) => status !== 'off' && !stays(id)) ||
    (before.trustedBrowsers ?? []).some(({ id }) => !trusted(id))
  );
}
