/** Notices to a person about the account, as owed by the change they tell of. Texts: `mail.<template>` of the core. */
import { newOwedId } from './pending-id.ts';
import type { AuditEvent, Owed, OwedMessage, Person } from './person.ts';

/** To the address on file, or to `to`; none where there is no address. */
export function notice(
  person: Person,
  template: string,
  data: OwedMessage['data'],
  now: number,
  to: string | undefined = person.email?.address,
): readonly Owed[] {
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
  return [{ kind: 'message', id: newOwedId(), message }];
}

export const auditLine = (event: AuditEvent): Owed => ({ kind: 'audit', id: newOwedId(), event });
