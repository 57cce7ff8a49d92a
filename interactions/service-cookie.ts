/**
 * For which service a sign-in is, in a cookie bound to its addresses (its pages and its end): an old one of them still says where to go on, when the record
 * of the sign-in is gone. It opens nothing, and names only a service of the configuration. Written by the router, read by `page-layout.ts`.
 */
import type { Context } from 'koa';
import { interactionPath, resumePath } from '../provider/create-provider.ts';

export interface ServiceCookie {
  /** Set with the first page of a sign-in. */
  keep(ctx: Context, uid: string, clientId: string): void;
  /** The client's id, as the browser says it; comes only with requests for the addresses of that sign-in. */
  read(ctx: Context): string | undefined;
}

const name = 'rekey_service';
/** Longer than any sign-in may last, and short, so that a browser does not gather them. */
const oneDay = 86_400_000;
/** Client ids of the configuration are far shorter. */
const longest = 512;

export function createServiceCookie(issuer: string): ServiceCookie {
  const secure = issuer.startsWith('https:');
  return {
    read,
    keep(ctx, uid, clientId) {
      if (read(ctx) === clientId) return;
      for (const path of [interactionPath(uid), resumePath(uid)])
        ctx.cookies.set(name, encodeURIComponent(clientId), {
          httpOnly: true,
          sameSite: 'lax',
          secure,
          signed: false,
          // Two of one name, each for its path.
          overwrite: false,
          path,
          maxAge: oneDay,
        });
    },
  };
}

function read(ctx: Context): string | undefined {
  const value = ctx.cookies.get(name, { signed: false });
  return value === undefined || value.length > longest ? undefined : decode(value);
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
