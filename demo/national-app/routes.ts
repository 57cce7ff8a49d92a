/**
 * The national app of the demo, on the helper page: made when somebody goes there for the first time, so that no start
 * waits for it.
 */
import { createPublicKey, generateKeyPair, randomUUID, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { readPages } from '../pages.ts';
import type { AppPerson } from './app-page.ts';

export interface NationalAppParts {
  /** Address of our provider, which takes people back. */
  readonly ours: string;
  /** Origin of the helper page. */
  readonly helperPage: string;
  readonly people: () => Promise<readonly AppPerson[]>;
  readonly now: () => number;
}

export const nationalAppPath = '/national-app';
/** As the deployments of the demo configure it. */
const [factor, upstream, client] = ['mobile-eid', 'itsme', 'rekey-demo'];
/** Of itsme, whose preset the deployments take. */
const acr = 'http://itsme.services/v2/claim/acr_advanced';
const page = {
  site: 'site-helper',
  product: 'National app',
  tagline: 'plays the app on a phone, and its provider',
  footer: 'This app exists only in the demo. Its people are made up.',
  logo: true,
  script: undefined,
  step: 'national-app',
  title: 'National app of the demo',
};

type Answer = ReturnType<Provider['callback']>;

/** Programs (our provider) and the browser ask it; both end here. */
export function nationalApp(parts: NationalAppParts): Middleware {
  let made: Promise<Answer> | undefined;
  return async (ctx, next) => {
    if (!ctx.path.startsWith(`${nationalAppPath}/`)) return next();
    // A browser names where a form comes from; a program does not.
    const origin = ctx.get('Origin');
    if (origin !== '' && origin !== parts.helperPage) return ctx.throw(403);
    made ??= make(parts);
    const answer = await made.catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    ctx.respond = false;
    // As a router that mounts it would.
    Object.assign(ctx.req, { originalUrl: ctx.req.url, url: ctx.req.url?.slice(nationalAppPath.length) });
    return answer(ctx.req, ctx.res);
  };
}

/** As they were given to the provider when we were registered there. */
function ourPublicKeys(): readonly JsonWebKey[] {
  const { keys } = JSON.parse(readFileSync(join(import.meta.dirname, 'our-keys.json'), 'utf8')) as {
    readonly keys: readonly (JsonWebKey & { readonly use: string; readonly kid: string })[];
  };
  return keys.map((key) => ({
    ...createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' }),
    use: key.use,
    kid: key.kid,
  }));
}

async function make({ ours, helperPage, people, now }: NationalAppParts): Promise<Answer> {
  const { createNationalProvider } = await import('./provider.ts');
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const pages = readPages(['national-app/app']);
  return createNationalProvider({
    issuer: `${helperPage}${nationalAppPath}`,
    people: await people(),
    acr,
    client: {
      id: client,
      keys: ourPublicKeys(),
      redirectUris: [`${ours}/factor/${factor}/return/${upstream}`],
    },
    signingKey: { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' },
    draw: (all) => pages['national-app/app']({ ...page, people: all }),
    now,
  }).callback();
}
