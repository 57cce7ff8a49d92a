/** Notices to a person about the account, pending with the change that they tell of. Texts: `mail.<template>` of the core. */
import { newPendingId } from './pending-id.ts';
import type { AuditEvent, PendingItem, OutgoingMessage, Person } from './person.ts';

/** To the address on file, or to `to`; none where there is no address. */
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

/** Instant (ms) since which it is pending. */
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
