/** Where a page that ends leads to beside the service and the help desk. Pure: it depends on the reason alone. */
import { defined } from '../accounts/defined.ts';
import type { Reason } from '../factors/reasons.ts';
import type { RefusedModel, Shell } from '../views/models.ts';

/** *My digital keys*: the person may have another key, or look after them there. */
const toKeys: ReadonlySet<Reason> = new Set<Reason>([
  'key_not_held_or_expired',
  'key_expired',
  'key_exhausted',
  'key_unknown',
  'key_last',
  'no_usable_key',
  'level_unreachable',
  'enrolment_closed',
  'activation_used',
]);

/** The activation: perhaps no key of the person works any more, and a desk has given them a letter. */
const toActivation: ReadonlySet<Reason> = new Set<Reason>([
  'key_not_held_or_expired',
  'key_blocked',
  'key_expired',
  'key_exhausted',
  'key_state_unreadable',
  'no_usable_key',
  'level_unreachable',
  'stronger_proof_needed',
  'password_reset_impossible',
  'mailbox_missing',
]);

export const furtherLinksOf = (
  reason: Reason,
  { myKeys, activation }: Shell['links'],
): NonNullable<RefusedModel['furtherLinks']> =>
  defined({
    myKeys: toKeys.has(reason) ? myKeys : undefined,
    activation: toActivation.has(reason) ? activation : undefined,
  });
