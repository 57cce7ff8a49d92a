/** A browser becomes a trusted one when a sign-in ends for which the box was ticked. Called by the router, once the sign-in is finished. */
import type { Context } from 'koa';
import { withDevice } from '../accounts/trusted-browsers.ts';
import type { SignInContext } from './context.ts';
import type { DeviceCookie } from './device-cookie.ts';
import { keyOfTrust } from './finish.ts';
import type { InteractionServices } from './services.ts';

/** From here on, and for so long, this browser is not asked: if the key and the password with which that was reached still stand. */
export async function trustBrowser(
  ctx: Context,
  context: SignInContext,
  { core, devices }: { readonly core: Pick<InteractionServices, 'people'>; readonly devices: DeviceCookie },
): Promise<void> {
  const { person, now, rules } = context;
  const key = keyOfTrust(context);
  if (key === undefined || !person || rules.trustFor === undefined) return;
  const made = devices.make();
  const until = now + rules.trustFor;
  const granted = await core.people.change(person.id, (current) => {
    const stands = current.keys.some(({ id, status }) => id === key && status === 'active');
    if (!stands || current.disabled || current.password?.hash !== person.password?.hash) return undefined;
    return withDevice(current, { id: made.id, hash: made.hash, key, grantedAt: now, until });
  });
  if (granted) devices.keep(ctx, made, rules.trustFor);
}
