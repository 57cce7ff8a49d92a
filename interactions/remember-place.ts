/** A sign-in by password alone makes its place usual; one with a key has done so with its proof. `router.ts` calls it at the end. */
import { isFresh, withPlace } from '../accounts/usual-places.ts';
import type { People } from '../accounts/person-store.ts';
import type { SignInContext } from './context.ts';

export async function rememberPlace({ steps, person, now }: SignInContext, people: People): Promise<void> {
  const place = { network: steps.passwordFrom, browser: steps.passwordBrowser };
  if (!person || steps.proof || steps.passwordAt === undefined || isFresh(person, place, now)) return;
  await people.change(person.id, (current) => withPlace(current, place, now));
}
