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
    const members = [...model.IN_PAYLOAD, 'rests', 'need'];
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
