/** The link of an activation as a sign-in sees it. Types only. */
import type { FoundLink } from '../../accounts/activation-links.ts';

/** The link in the cookie of this browser; `other`: another person than its owner is signed in here. */
export type ActivationLink =
  | Extract<FoundLink, { readonly ok: true }>
  | { readonly ok: false; readonly why: Extract<FoundLink, { readonly ok: false }>['why'] | 'other' };
