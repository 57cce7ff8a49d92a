/**
 * Makes the browser a trusted one after a sign-in with a ticked checkbox. The router calls it once the sign-in is
 * finished.
 */
import type { Context } from 'koa';
import { withTrustedBrowser } from '../accounts/trusted-browsers.ts';
import type { SignInContext } from './context.ts';
import type { TrustedBrowserCookie } from './trusted-browser-cookie.ts';
import { keyOfTrust } from './finish.ts';
import type { InteractionServices } from './services.ts';

/** For this long the browser needs no second step, if the key and the password of this sign-in are still valid. */
export async function trustBrowser(
  ctx: Context,
  context: SignInContext,
  {
    core,
    trustedBrowsers,
  }: { readonly core: Pick<InteractionServices, 'people'>; readonly trustedBrowsers: TrustedBrowserCookie },
): Promise<void> {
  const { person, now, rules } = context;
  const key = keyOfTrust(context);
  if (key === undefined || !person || rules.trustFor === undefined) return;
  const made = trustedBrowsers.make();
  const until = now + rules.trustFor;
  const granted = await core.people.change(person.id, (current) => {
    const stands = current.keys.some(({ id, status }) => id === key && status === 'active');
    if (!stands || current.disabled || current.password?.hash !== person.password?.hash) return undefined;
    return withTrustedBrowser(current, { id: made.id, hash: made.hash, key, grantedAt: now, until });
  });
  if (granted) trustedBrowsers.keep(ctx, made, rules.trustFor);
}
