/** The few pages that the engine shows by itself, drawn as ours. Handed to it by the composition. */
import type { Pages } from '../provider/pages.ts';
import { withLocales, type Frame } from './page-layout.ts';

export function createEnginePages(frame: Frame): Pages {
  return {
    logout: (ctx, form) => {
      const formHtml = form.replace(confirming, (address) => withLocales(ctx, address));
      frame.draw(ctx, 'sign-out', { ...frame.shell(ctx), step: 'sign-out', action: '', formHtml });
    },
    // Nothing on this page leads anywhere else: the form is good once.
    onward: (ctx, { action: address, fields }) => {
      const action = address.replace(confirming, (whole) => withLocales(ctx, whole));
      frame.draw(ctx, 'onward', { ...frame.shell(ctx), languages: [], step: 'onward', action, fields });
    },
    signedOut: (ctx) =>
      frame.draw(ctx, 'signed-out', { ...frame.shell(ctx, clientOf(ctx)), step: 'signed-out', action: '' }),
    error: (ctx, { status, reason, reference, error, description, client }) =>
      frame.refuse(ctx, status, reason, {
        reference,
        ...(client === undefined ? clientOf(ctx) : { client }),
        ...(reason === 'request_invalid' && description !== undefined ? { cause: `${error}: ${description}` } : {}),
      }),
  };
}

/** Where the engine's form of a sign-out is sent to. */
const confirming = /https?:\/\/[^"?]+\/session\/end\/confirm(?=["]|$)/;

/** Whose request this is, where that is known. */
function clientOf(ctx: object): { readonly client: string | undefined } {
  const { oidc } = ctx as { readonly oidc?: { readonly client?: { readonly clientId: string } } };
  return { client: oidc?.client?.clientId };
}
