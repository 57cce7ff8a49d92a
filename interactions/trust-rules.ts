/** Whether a trusted browser may replace the second step of a sign-in. Pure; the context of a request calls it. */
import type { SignInContext } from './context.ts';

/** Only after a password given now, and never where the request changes a key or asks for a level. */
export function mayBeTrusted({ client, level, state }: Pick<SignInContext, 'client' | 'level' | 'state'>): boolean {
  const { sessionKeys, securing, wizard } = state;
  return (
    client.trustedBrowser === true &&
    level === 'single' &&
    [sessionKeys, securing, wizard].every((one) => one === undefined)
  );
}
