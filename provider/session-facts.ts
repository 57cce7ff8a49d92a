/**
 * The evidence of sessions and tokens, stored inside the engine's own documents: it lives and ends with them, and costs
 * no store call. A token has its own copy: a later, stronger proof of the session does not extend it.
 */
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import { noEvidence, type Evidence } from '../factors/policy/standing.ts';
import type { Level } from '../factors/policy/types.ts';
import type { SessionMarks } from './session-marks.ts';

/** Members that we add to the engine's sessions, codes and tokens. */
export interface Resting {
  rests?: Evidence;
  /** The level that the authorization request asked for: below it the token is worthless. */
  need?: Level;
  /** Of a third party: the consent that it was issued under (`accounts/consents.ts`). */
  consent?: string;
}

/** What a session stores for each relying party. */
export interface Authorization {
  readonly sid?: string | undefined;
  readonly grantId?: string | undefined;
  /** The least that the relying party asked for and got. */
  readonly need?: Level;
  /** Of a third party: the consent of its last answer. */
  readonly consent?: string;
}

/** The members of the engine's sessions that we read. */
export interface EngineSession extends Resting, Readonly<SessionMarks> {
  readonly jti: string;
  /** Names it without opening it. */
  readonly uid?: string;
  readonly accountId?: string | undefined;
  readonly acr?: string | undefined;
  readonly amr?: string[] | undefined;
  readonly authorizations?: Readonly<Record<string, Authorization>> | undefined;
  /** Seconds. */
  readonly loginTs?: number | undefined;
  /** The `sid` of the relying parties that were removed from it, oldest first. */
  readonly endedSids?: readonly string[] | undefined;
}

type Saves = (this: Resting, ...given: unknown[]) => Promise<unknown>;
type Model = { readonly IN_PAYLOAD: readonly string[]; readonly prototype: { save: Saves } };

/**
 * Call it once, before the first session is read: the engine then writes and reads these members too.
 * @param ofCode the evidence of a code that is being issued
 */
export function keepEvidence(provider: Provider, ofCode: (ctx: KoaContextWithOIDC) => Resting): void {
  const { Session, AuthorizationCode, DeviceCode, AccessToken, RefreshToken } = provider;
  for (const model of [Session, AuthorizationCode, DeviceCode, AccessToken, RefreshToken] as unknown as Model[]) {
    const members = [...model.IN_PAYLOAD, 'rests', 'need', 'consent', 'endedSids', 'seenAt', 'device', 'by', 'endsAt'];
    Object.defineProperty(model, 'IN_PAYLOAD', { get: () => members });
  }
  for (const model of [AuthorizationCode, DeviceCode, AccessToken, RefreshToken] as unknown as Model[]) {
    const save: Saves = model.prototype.save;
    model.prototype.save = function saveResting(this: Resting & { readonly accountId?: string }, ...given: unknown[]) {
      const ctx = Provider.ctx;
      // A device code rests on nothing before somebody has signed in for it.
      if (this.rests === undefined && this.accountId !== undefined && ctx)
        Object.assign(this, originOf(ctx) ?? ofCode(ctx));
      return save.apply(this, given);
    };
  }
  provider.on('interaction.ended', (ctx) => {
    const login = ctx.oidc.result?.login;
    if (login && ctx.oidc.session) (ctx.oidc.session as Resting).rests = evidenceIn(login['rests']);
  });
}

/** The evidence of the token or code that this one is issued for. */
function originOf({ oidc: { entities } }: KoaContextWithOIDC): Resting | undefined {
  const { RotatedRefreshToken, RefreshToken, AuthorizationCode, DeviceCode } = entities;
  // While a person approves, the device code is what is being made.
  const origin = [RotatedRefreshToken, RefreshToken, AuthorizationCode, DeviceCode]
    .map((token) => token as Resting | undefined)
    .find((token) => token?.rests !== undefined);
  return origin && restingIn(origin);
}

const restingIn = ({ rests, need, consent }: Resting): Resting => ({
  ...(rests === undefined ? {} : { rests }),
  ...(need === undefined ? {} : { need }),
  ...(consent === undefined ? {} : { consent }),
});

/** For a session or token; one without evidence has none. */
export const evidenceOf = (kept: unknown): Evidence => evidenceIn((kept as Resting | undefined)?.rests);

function evidenceIn(value: unknown): Evidence {
  const found = value as Evidence | undefined;
  return Array.isArray(found?.keys) ? found : noEvidence;
}

/** The members of the relying parties of a session, without these. */
export const without = (
  authorizations: EngineSession['authorizations'],
  clients: readonly string[],
): Readonly<Record<string, Authorization>> =>
  Object.fromEntries(Object.entries(authorizations ?? {}).filter(([client]) => !clients.includes(client)));

type Kept = Pick<EngineSession, 'authorizations' | 'rests' | 'loginTs' | 'endedSids'>;
/** More than any session has; older ones are in no running request. */
const endedKept = 100;

/**
 * A session without these relying parties, and with the evidence that is valid: what was removed does not return when a
 * key becomes valid again.
 */
export function endedFor<Session extends Kept>(session: Session, clients: readonly string[], rests: Evidence): Session {
  const gone = clients.map((client) => session.authorizations?.[client]?.sid).filter((sid) => sid !== undefined);
  const endedSids = [...(session.endedSids ?? []), ...gone].slice(-endedKept);
  return { ...session, authorizations: without(session.authorizations, clients), rests, endedSids };
}

/**
 * What a request may write that read the session before relying parties were removed: they stay removed, with their
 * evidence, unless this request finishes a new sign-in.
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

/** The evidence of a session that is valid for at least one of them. */
export function unitedEvidence(session: Evidence, stands: readonly Evidence[]): Evidence {
  const { password: _given, trustedBrowser: _trusted, ...others } = session;
  const password = stands.find((one) => one.password)?.password;
  const trustedBrowser = stands.find((one) => one.trustedBrowser !== undefined)?.trustedBrowser;
  return {
    ...others,
    ...(password && { password }),
    ...(trustedBrowser !== undefined && { trustedBrowser }),
    keys: session.keys.filter(({ key, at }) =>
      stands.some(({ keys }) => keys.some((one) => one.key === key && one.at === at)),
    ),
  };
}
