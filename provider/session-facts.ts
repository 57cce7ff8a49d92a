/**
 * What sessions and tokens rest on, kept inside the engine's own documents: it lives, moves and ends with them, and costs no store call. A token keeps
 * its own copy: a session that is proved better later does not rescue it.
 */
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import { noEvidence, type Evidence } from '../factors/policy/standing.ts';
import type { Level } from '../factors/policy/types.ts';

/** Members that the engine's sessions, codes and tokens have besides its own. */
export interface Resting {
  rests?: Evidence;
  /** What the authorization request asked for: less than this and the token is worth nothing. */
  need?: Level;
}

/** What a session keeps of a relying party. */
export interface Authorization {
  readonly sid?: string | undefined;
  readonly grantId?: string | undefined;
  /** The least that it asked for and was given. */
  readonly need?: Level;
}

/** What the engine keeps of a session, as far as others look at it. */
export interface EngineSession extends Resting {
  readonly jti: string;
  readonly accountId?: string | undefined;
  readonly acr?: string | undefined;
  readonly amr?: string[] | undefined;
  readonly authorizations?: Readonly<Record<string, Authorization>> | undefined;
  /** Seconds. */
  readonly loginTs?: number | undefined;
  /** The `sid` of those relying parties that were taken out of it, oldest first. */
  readonly endedSids?: readonly string[] | undefined;
}

type Saves = (this: Resting, ...given: unknown[]) => Promise<unknown>;
type Model = { readonly IN_PAYLOAD: readonly string[]; readonly prototype: { save: Saves } };

/**
 * To be called once, before the first session is read: the engine then writes and reads these members too.
 * @param ofCode what a code that is being issued rests on
 */
export function keepEvidence(provider: Provider, ofCode: (ctx: KoaContextWithOIDC) => Resting): void {
  const { Session, AuthorizationCode, AccessToken, RefreshToken } = provider;
  for (const model of [Session, AuthorizationCode, AccessToken, RefreshToken] as unknown as Model[]) {
    const members = [...model.IN_PAYLOAD, 'rests', 'need', 'endedSids'];
    Object.defineProperty(model, 'IN_PAYLOAD', { get: () => members });
  }
  for (const model of [AuthorizationCode, AccessToken, RefreshToken] as unknown as Model[]) {
    const save: Saves = model.prototype.save;
    model.prototype.save = function saveResting(this: Resting, ...given: unknown[]) {
      const ctx = Provider.ctx;
      if (this.rests === undefined && ctx) Object.assign(this, originOf(ctx) ?? ofCode(ctx));
      return save.apply(this, given);
    };
  }
  provider.on('interaction.ended', (ctx) => {
    const login = ctx.oidc.result?.login;
    if (login && ctx.oidc.session) (ctx.oidc.session as Resting).rests = evidenceIn(login['rests']);
  });
}

/** What the token or code that this one is given for rests on. */
function originOf({ oidc: { entities } }: KoaContextWithOIDC): Resting | undefined {
  const { RotatedRefreshToken, RefreshToken, AuthorizationCode } = entities;
  const origin = [RotatedRefreshToken, RefreshToken, AuthorizationCode]
    .map((token) => token as Resting | undefined)
    .find((token) => token?.rests !== undefined);
  return origin && restingIn(origin);
}

const restingIn = ({ rests, need }: Resting): Resting => ({
  ...(rests === undefined ? {} : { rests }),
  ...(need === undefined ? {} : { need }),
});

/** Of a session or token; of one that says nothing: nothing. */
export const evidenceOf = (kept: unknown): Evidence => evidenceIn((kept as Resting | undefined)?.rests);

function evidenceIn(value: unknown): Evidence {
  const found = value as Evidence | undefined;
  return Array.isArray(found?.keys) ? found : noEvidence;
}

/** What a session keeps of its relying parties but these. */
export const without = (
  authorizations: EngineSession['authorizations'],
  clients: readonly string[],
): Readonly<Record<string, Authorization>> =>
  Object.fromEntries(Object.entries(authorizations ?? {}).filter(([client]) => !clients.includes(client)));

type Kept = Pick<EngineSession, 'authorizations' | 'rests' | 'loginTs' | 'endedSids'>;
/** Nobody has so many; older ones are in no request that is still under way. */
const endedKept = 100;

/** A session without these relying parties, and resting on what still stands: what was taken out does not come back when it stands again. */
export function endedFor<Session extends Kept>(session: Session, clients: readonly string[], rests: Evidence): Session {
  const gone = clients.map((client) => session.authorizations?.[client]?.sid).filter((sid) => sid !== undefined);
  const endedSids = [...(session.endedSids ?? []), ...gone].slice(-endedKept);
  return { ...session, authorizations: without(session.authorizations, clients), rests, endedSids };
}

/**
 * What a request may write that read the session before relying parties were taken out of it: they stay out, and so does what they rested on, unless this
 * request brings a sign-in of its own.
 */
export function withEnded<Session extends Kept>(written: Session, stored: Kept | undefined): Session {
  const ended = stored?.endedSids ?? [];
  if (ended.length === 0 || ended.at(-1) === written.endedSids?.at(-1)) return written;
  const gone = Object.entries(written.authorizations ?? {}).filter(
    ([, { sid }]) => sid !== undefined && ended.includes(sid),
  );
  return {
    ...written,
    authorizations: without(
      written.authorizations,
      gone.map(([client]) => client),
    ),
    endedSids: ended,
    ...(written.loginTs === stored?.loginTs ? { rests: stored?.rests } : {}),
  };
}

/** What stands for any of them, of what a session rests on. */
export function unitedEvidence(session: Evidence, stands: readonly Evidence[]): Evidence {
  const { password: _given, device: _trusted, ...others } = session;
  const password = stands.find((one) => one.password)?.password;
  const device = stands.find((one) => one.device !== undefined)?.device;
  return {
    ...others,
    ...(password && { password }),
    ...(device !== undefined && { device }),
    keys: session.keys.filter(({ key, at }) =>
      stands.some(({ keys }) => keys.some((one) => one.key === key && one.at === at)),
    ),
  };
}
