/** Notices to a person about the account, as owed by the change they tell of. Texts: `mail.<template>` of the core. */
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

/** Instant (ms) since which it is owed. */
export function pendingSince(owed: PendingItem): number {
  switch (owed.kind) {
    case 'audit':
      return owed.event.at;
    case 'message':
      return owed.message.queuedAt;
    case 'sessions':
      return owed.at;
  }
}

export const auditLine = (event: AuditEvent): PendingItem => ({ kind: 'audit', id: newPendingId(), event });
