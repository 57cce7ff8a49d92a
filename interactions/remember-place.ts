/**
 * Records a sign-in by password alone, and its place as usual; a sign-in with a key has recorded both with the proof.
 * The router calls it at the end.
 */
import { withActivity, withoutRefusal } from '../accounts/activity.ts';
import { isFresh, withPlace } from '../accounts/usual-places.ts';
import type { People } from '../accounts/person-store.ts';
import { withoutLapsed } from '../digital-keys/unfinished-enrolments.ts';
import type { SignInContext } from './context.ts';

export async function rememberPlace(context: SignInContext, people: People): Promise<void> {
  const { state, person, now, client } = context;
  const { device } = context.occasion('sign-in');
  const place = { network: state.passwordFrom, browser: state.passwordBrowser };
  if (!person || state.proof || state.passwordAt === undefined) return;
  const signedIn = { at: now, what: 'signed-in', client: client.id, ...(device && { device }) } as const;
  await people.change(person.id, (current) => {
    const known = isFresh(current, place, now) ? current : withPlace(current, place, now);
    const finished = withoutLapsed(withoutRefusal(known, 'password-wrong', state.passwordAt), now);
    return withActivity(finished, signedIn);
  });
}
