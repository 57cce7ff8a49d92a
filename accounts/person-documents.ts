/** The collection of accounts and the indexes by which they are found and counted. */
import type { CollectionSpec } from '../adapters/storage/port.ts';
import type { StoredPerson } from './account-mac.ts';
import { activationIds } from './activation.ts';
import { mailHoldKeys, utcDay } from './person-lists.ts';
import { personalEndKeys } from './personal-dates.ts';
import { recipientKey } from './recipients.ts';
import { shapeOf } from './shape.ts';
import { localPartOf } from './shared-mailbox.ts';

export const personDocuments: CollectionSpec<StoredPerson> = {
  name: 'people',
  indexes: {
    pending: (person) => (person.pending.length > 0 ? 'yes' : undefined),
    group: (person) => person.groups,
    report: ({ reports }) => reports?.map(({ digest }) => digest),
    shape: shapeOf,
    mailbox: ({ email }) => (email === undefined ? undefined : localPartOf(email.address)),
    birthdate: ({ claims }) => claims?.birthdate,
    permit: ({ permit }) => (permit === undefined ? undefined : utcDay(permit.until)),
    'personal-end': personalEndKeys,
    activation: activationIds,
    'activation-day': ({ activation }) => (activation === undefined ? undefined : utcDay(activation.at)),
    recipient: recipientKey,
    'mail-hold': mailHoldKeys,
  },
};
