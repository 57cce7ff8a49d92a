/** Renders the pages that the engine shows itself with our templates. The composition passes them to the engine. */
import { defined } from '../accounts/defined.ts';
import type { Language } from '../factors/contract.ts';
import type { Pages } from '../provider/pages.ts';
import { createDevicePages } from './device-pages.ts';
import { withLocales, type Frame } from './page-layout.ts';

/** Names on the page that asks about a sign-out. */
export interface Names {
  readonly service: (client: string, language: Language) => string;
  readonly person: (accountId: string) => Promise<string | undefined>;
}

export function createEnginePages(frame: Frame, names: Names, zone: string): Pages {
  return {
    device: createDevicePages({ frame, service: names.service, zone }),
    logout: async (ctx, form, { client, accountId }) => {
      const formHtml = form.replace(confirming, (address) => withLocales(ctx, address));
      const shell = frame.shell(ctx);
      const asking = client === undefined ? undefined : names.service(client, shell.language);
      const name = accountId === undefined ? undefined : await names.person(accountId);
      const asked = defined({ asking, name });
      frame.draw(ctx, 'sign-out', { ...shell, step: 'sign-out', action: '', formHtml, ...asked });
    },
    stillSignedIn: (ctx, client) =>
      frame.draw(ctx, 'still-signed-in', { ...frame.shell(ctx, { client }), step: 'still-signed-in', action: '' }),
    // This page has no links elsewhere: its form can be sent only once.
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

/** The address that the engine's sign-out form is sent to. */
const confirming = /https?:\/\/[^"?]+\/session\/end\/confirm(?=["]|$)/;

/** The client of this request, if it is known. */
function clientOf(ctx: object): { readonly client: string | undefined } {
  const { oidc } = ctx as { readonly oidc?: { readonly client?: { readonly clientId: string } } };
  return { client: oidc?.client?.clientId };
}
