/**
 * Builds notices to a person about the account. They are pending in the same write as the change that they report.
 * Texts: `mail.<template>` of the core.
 */
import { newPendingId } from './pending-id.ts';
import type { AuditEvent, PendingItem, OutgoingMessage, Person } from './person.ts';

/** To the account's address, or to `to`; no notice without an address. */
export function notice(
  person: Person,
  template: string,
  data: OutgoingMessage['data'],
  now: number,
  to: string | undefined = person.email?.address,
): readonly PendingItem[] {
  if (to === undefined) return [];
  const { language } = person;
  const message = {
    channel: 'email',
    to,
    language,
    source: 'core',
    template,
    data: { ...data, at: now },
    queuedAt: now,
  } as const;
  return [{ kind: 'message', id: newPendingId(), message }];
}

/** The instant (ms) since which it has been pending. */
export function pendingSince(item: PendingItem): number {
  switch (item.kind) {
    case 'audit':
      return item.event.at;
    case 'message':
      return item.message.queuedAt;
    case 'sessions':
      return item.at;
  }
}

export const auditLine = (event: AuditEvent): PendingItem => ({ kind: 'audit', id: newPendingId(), event });
