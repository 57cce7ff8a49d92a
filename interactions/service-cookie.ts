/**
 * A cookie that names the service of a sign-in, bound to its paths (its pages and its end). An old page can then still
 * link to the service when the sign-in state is gone. It grants nothing and names only clients of the configuration.
 * The router writes it, `page-layout.ts` reads it.
 */
import type { Context } from 'koa';
import { interactionPath, resumePath } from '../provider/create-provider.ts';

export interface ServiceCookie {
  /** Set with the first page of a sign-in. */
  keep(ctx: Context, uid: string, clientId: string): void;
  /** The client id from the cookie; present only in requests for the paths of that sign-in. */
  read(ctx: Context): string | undefined;
}

const name = 'rekey_service';
/** Longer than any sign-in, and short, so that a browser does not collect many. */
const oneDay = 86_400_000;
/** Client ids of the configuration are much shorter. */
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
          // Two cookies of one name, one for each path.
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
