/**
 * Sessions of a site, in the store: the browser holds a random token, the store its digest. What a session is worth is
 * judged by the provider at each request (relying-party.ts), so nothing here says how long a sign-in lasts.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import type { Random } from '../factors/contract.ts';
import type { Clock } from '../time/clock.ts';
import type { Begun, SignedIn } from './relying-party.ts';

interface SiteSessionDocument {
  /** Sealed `Kept`. */
  readonly sealed: string;
}

/** Only by id. */
export const siteSessions: CollectionSpec<SiteSessionDocument> = { name: 'site-sessions' };

interface Kept extends SignedIn {
  /** Stands in every form of the session. */
  readonly formToken: string;
}

export interface SiteSession extends Kept {
  readonly id: string;
}

export interface SiteSessions {
  /** The session of this browser. */
  of(ctx: Context): Promise<SiteSession | undefined>;
  /** A new session, in place of any there was. */
  open(ctx: Context, signedIn: SignedIn): Promise<void>;
  end(ctx: Context): Promise<void>;
  /** Whether the form that was sent is of this session. */
  isForm(session: SiteSession, token: unknown): boolean;
  /** What was begun in this browser; asked once, it is gone. */
  takeBegun(ctx: Context): Begun | undefined;
  keepBegun(ctx: Context, begun: Begun): void;
}

interface Parts {
  readonly issuer: string;
  /** Path of the site: `/my`. Its cookies are named by it. */
  readonly path: string;
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly random: Random;
}

/** As long as an access token (ms): see provider/lifetimes.ts. */
const lives = 3_600_000;
/** A sign-in with a new key to set up may take so long (ms). */
const begunLives = 3_600_000;
const tokenForm = /^[A-Za-z0-9_-]{43}$/;

export function createSiteSessions(parts: Parts): SiteSessions {
  const { storage, clock } = parts;
  const documents = storage.collection(siteSessions);
  const cookies = cookiesOf(parts);
  const make = (): string => Buffer.from(parts.random.bytes(32)).toString('base64url');
  const idOf = (token: string): string => hash('sha256', `${parts.path} ${token}`, 'base64url');
  const tokenIn = (ctx: Context): string | undefined => {
    const token = cookies.read(ctx, 'session');
    return token !== undefined && tokenForm.test(token) ? token : undefined;
  };
  const remove = async (ctx: Context): Promise<void> => {
    const token = tokenIn(ctx);
    if (token !== undefined) await documents.remove(idOf(token));
  };
  return {
    async of(ctx) {
      const token = tokenIn(ctx);
      if (token === undefined) return undefined;
      const id = idOf(token);
      const stored = await documents.get(id);
      const kept = stored && (parts.secretBox.open(stored.value.sealed, `site session ${id}`) as Kept | undefined);
      return kept && { ...kept, id };
    },
    async open(ctx, signedIn) {
      await remove(ctx);
      const token = make();
      const id = idOf(token);
      const kept: Kept = { ...signedIn, formToken: make() };
      const sealed = parts.secretBox.seal(kept, `site session ${id}`);
      await documents.insert(id, { sealed }, { until: clock.now() + lives });
      cookies.set(ctx, 'session', token, undefined);
    },
    async end(ctx) {
      await remove(ctx);
      cookies.set(ctx, 'session', '', 0);
    },
    isForm({ formToken }, token) {
      if (typeof token !== 'string') return false;
      const [given, expected] = [Buffer.from(token), Buffer.from(formToken)];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    takeBegun(ctx) {
      const sealed = cookies.read(ctx, 'begun');
      if (sealed === undefined) return undefined;
      cookies.set(ctx, 'begun', '', 0);
      const begun = parts.secretBox.open(sealed, `site begun ${parts.path}`) as
        (Begun & { readonly until: number }) | undefined;
      return begun && clock.now() < begun.until ? begun : undefined;
    },
    keepBegun(ctx, begun) {
      const sealed = parts.secretBox.seal({ ...begun, until: clock.now() + begunLives }, `site begun ${parts.path}`);
      cookies.set(ctx, 'begun', sealed, begunLives);
    },
  };
}

/** Named apart for each site. `__Host-` with https (RFC 6265bis §4.1.3.2). */
function cookiesOf({ issuer, path }: Parts) {
  const secure = issuer.startsWith('https:');
  const nameOf = (what: 'session' | 'begun') =>
    `${secure ? '__Host-' : 'rekey-'}site${path.replaceAll('/', '-')}-${what}`;
  return {
    read: (ctx: Context, what: 'session' | 'begun') => ctx.cookies.get(nameOf(what), { signed: false }),
    /** @param maxAge ms; `undefined`: until the browser is closed */
    set(ctx: Context, what: 'session' | 'begun', value: string, maxAge: number | undefined): void {
      ctx.cookies.set(nameOf(what), value, {
        httpOnly: true,
        // Lax: the browser comes back from a sign-in by a redirect.
        sameSite: 'lax',
        secure,
        signed: false,
        overwrite: true,
        path: '/',
        ...(maxAge === undefined ? {} : { maxAge }),
      });
    },
  };
}
