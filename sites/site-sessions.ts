/**
 * Sessions of a site, in the store: the browser has a random token, the store its digest. The provider checks at each
 * request whether the session is still valid (relying-party.ts), so nothing here limits how long a sign-in lasts.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Collection, CollectionSpec } from '../adapters/storage/port.ts';
import type { Random } from '../factors/contract.ts';
import type { Clock } from '../time/clock.ts';
import type { Begun, SignedIn } from './relying-party.ts';

interface SiteSessionDocument {
  /** Sealed `Kept`. */
  readonly sealed: string;
}

/** Found only by id. */
export const siteSessions: CollectionSpec<SiteSessionDocument> = { name: 'site-sessions' };

interface Kept extends SignedIn {
  /** A field of every form of the session. */
  readonly formToken: string;
}

export interface SiteSession extends Kept {
  readonly id: string;
}

export interface SiteSessions {
  /** The session of this browser. */
  of(ctx: Context): Promise<SiteSession | undefined>;
  /** Begins a session, which replaces the former one. */
  open(ctx: Context, signedIn: SignedIn): Promise<void>;
  end(ctx: Context): Promise<void>;
  /** Whether the form that was sent belongs to this session. */
  isForm(session: SiteSession, token: unknown): boolean;
  /** Keeps what one page of the session shows, sealed, for an hour. Returns its id, for the address of that page. */
  keep(session: SiteSession, shown: object): Promise<string>;
  /** What was kept in this session under this id. */
  kept(session: SiteSession, id: unknown): Promise<object | undefined>;
  /** Returns the sign-in that this browser began, and removes it. */
  takeBegun(ctx: Context): Begun | undefined;
  keepBegun(ctx: Context, begun: Begun): void;
}

interface Parts {
  readonly issuer: string;
  /** Path of the site: `/my`. The names of its cookies contain it. */
  readonly path: string;
  /** Of the store; shared by all sites. */
  readonly documents: Collection<SiteSessionDocument>;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly random: Random;
}

/** As long as an access token (ms): see provider/lifetimes.ts. */
const lives = 3_600_000;
/** Longest time (ms) of a sign-in, also one that activates a new key. */
const begunLives = 3_600_000;
const tokenForm = /^[A-Za-z0-9_-]{43}$/;

export function createSiteSessions(parts: Parts): SiteSessions {
  const { documents, clock } = parts;
  const cookies = cookiesOf(parts);
  const make = () => newToken(parts);
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
    ...keptPages(parts, make),
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

const newToken = ({ random }: Parts): string => Buffer.from(random.bytes(32)).toString('base64url');

/** What pages show, each under an id of its own. */
function keptPages(
  { documents, secretBox, clock, path }: Parts,
  make: () => string,
): Pick<SiteSessions, 'keep' | 'kept'> {
  const idOf = (id: string): string => hash('sha256', `${path} page ${id}`, 'base64url');
  return {
    async keep(session, shown) {
      const id = make();
      await documents.insert(
        idOf(id),
        { sealed: secretBox.seal(shown, pageOf(session, id)) },
        { until: clock.now() + lives },
      );
      return id;
    },
    async kept(session, id) {
      if (typeof id !== 'string' || !tokenForm.test(id)) return undefined;
      const stored = await documents.get(idOf(id));
      return stored && (secretBox.open(stored.value.sealed, pageOf(session, id)) as object | undefined);
    },
  };
}

/** What a page shows is opened in its own session alone. */
const pageOf = (session: SiteSession, id: string): string => `site page ${session.id} ${id}`;

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
