/**
 * Whether an activation by link and paper code lets a person in: asked before one is issued, and of people whom a change
 * of dates would leave without a way in.
 */
import { isSharedMailbox } from '../../accounts/shared-mailbox.ts';
import type { Person } from '../../accounts/person.ts';
import type { Factor } from '../../factors/contract.ts';
import { mayEnrol, maySignIn } from '../../factors/policy/lifecycle.ts';
import type { SignInContext } from '../../interactions/context.ts';
import type { Services } from '../services.ts';

type Settings = Pick<Services['settings'], 'activation' | 'sharedMailboxes'>;

/** Why no activation is issued for this account; `undefined`: one can be. */
export function whyNoActivation(
  { disabled, email }: Pick<Person, 'disabled' | 'email'>,
  { sharedMailboxes }: Pick<Settings, 'sharedMailboxes'>,
): 'person_disabled' | 'mailbox_unusable' | undefined {
  if (disabled) return 'person_disabled';
  const isBarred = ({ address }: { readonly address: string }) =>
    !sharedMailboxes.mayEnrol && isSharedMailbox(address, sharedMailboxes.localParts);
  return email === undefined || isBarred(email) ? 'mailbox_unusable' : undefined;
}

/** Whether a key of an activation would sign in at each of these relying parties. @param contexts of this person there */
export function comesInByActivation(
  settings: Settings,
  person: Person,
  contexts: readonly Pick<SignInContext, 'suitable' | 'statusOf'>[],
): boolean {
  const { activation } = settings;
  if (!activation.enabled || whyNoActivation(person, settings) !== undefined) return false;
  const may = ({ id, traits }: Factor): boolean =>
    (activation.factors?.includes(id) ?? true) && traits.selfService && traits.fallback !== true;
  return contexts.every(({ suitable, statusOf }) =>
    suitable.some(({ factor }) => may(factor) && [mayEnrol, maySignIn].every((rule) => rule(statusOf(factor.id)))),
  );
}
