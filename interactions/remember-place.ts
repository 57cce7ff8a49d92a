/**
 * Records the place of a sign-in by password alone as usual; a sign-in with a key has recorded it with the proof. The
 * router calls it at the end.
 */
import { isFresh, withPlace } from '../accounts/usual-places.ts';
import type { People } from '../accounts/person-store.ts';
import type { SignInContext } from './context.ts';

export async function rememberPlace({ steps, person, now }: SignInContext, people: People): Promise<void> {
  const place = { network: steps.passwordFrom, browser: steps.passwordBrowser };
  if (!person || steps.proof || steps.passwordAt === undefined || isFresh(person, place, now)) return;
  await people.change(person.id, (current) => withPlace(current, place, now));
}
