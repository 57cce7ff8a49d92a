/**
 * What an API learns by introspection about how strong the sign-in behind an access token is by now (RFC 9470 §6.2), so
 * that it can ask for more. Used by `features.ts`; `apis.ts` has what the token was issued with.
 */
import type { Acrs } from '../factors/policy/assurance.ts';
import { weakerAcr, type Verdict } from './judgement.ts';

/** Lowers `acr` and `amr` to what still stands. @returns whether anything does */
export function tellAcr(token: object, stands: Verdict['stands'], acrs: Acrs): boolean {
  if (!stands) return false;
  const { extra } = token as { extra?: Readonly<Record<string, unknown>> };
  if (typeof extra?.['acr'] === 'string') {
    const acr = weakerAcr(extra['acr'], stands.acr, acrs);
    Object.assign(token, { extra: { ...extra, acr, ...(extra['amr'] === undefined ? {} : { amr: stands.amr }) } });
  }
  return true;
}
