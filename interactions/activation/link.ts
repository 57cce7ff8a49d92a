/** What the link of this browser is worth in a sign-in that activates an account. Pure. */
import type { FoundLink } from '../../accounts/activation-links.ts';
import { readLinkToken } from '../../accounts/activation-secrets.ts';
import { activationFault } from '../../accounts/activation.ts';
import type { Reason } from '../../factors/reasons.ts';
import type { SignInContext } from '../context.ts';
import type { ActivationLink } from './activation-link.ts';

export type { ActivationLinks, FoundLink } from '../../accounts/activation-links.ts';

/** Whether this could be the last part of a link's address. */
export const isLinkToken = (written: string): boolean => readLinkToken(written) !== undefined;

export const reasonOfLink: Readonly<Record<Extract<ActivationLink, { readonly ok: false }>['why'], Reason>> = {
  unknown: 'activation_link_unknown',
  replaced: 'activation_replaced',
  used: 'activation_used',
  expired: 'activation_expired',
  locked: 'activation_locked',
  disabled: 'account_disabled',
  other: 'activation_other_account',
};

/** @param signedIn the account of the session of this browser */
export const linkFor = (found: FoundLink, signedIn: string | undefined): ActivationLink =>
  found.ok && signedIn !== undefined && signedIn !== found.person.id ? { ok: false, why: 'other' } : found;

/** Why the activation cannot go on; `undefined`: it can. After the code the account itself is asked. */
export function linkFault({
  action,
  state: { activation },
  person,
  link,
  now,
}: Pick<SignInContext, 'action' | 'state' | 'person' | 'link' | 'now'>): Reason | undefined {
  if (action?.kind !== 'activate' || activation?.done) return undefined;
  if (activation === undefined) {
    if (link?.ok) return undefined;
    return reasonOfLink[link?.why ?? 'unknown'];
  }
  if (!person || person.disabled) return 'account_disabled';
  const fault = activationFault(person, activation.id, now);
  return fault && reasonOfLink[fault];
}
