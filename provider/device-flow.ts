/**
 * The device authorization grant (RFC 8628): the engine's pages are drawn by ours, each end is an address of its own,
 * and a code that is unknown, expired or used has one answer. `features.ts` puts it into the engine's configuration.
 */
import type { EventEmitter } from 'node:events';
import type { Configuration, ErrorOut, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { AbortedError, ReRenderError } from 'oidc-provider/lib/helpers/re_render_errors.js';
import type { Clock } from '../time/clock.ts';
import type { Clients } from './clients.ts';
import { pollSeconds, type Deciding, type DeviceCodes } from './device-codes.ts';
import { deviceEnds, type Pages } from './pages.ts';

type DeviceFeature = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>;

/** RFC 8628 §3.4. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** Events of ours on the engine, for log and audit. */
export const deviceEvents = { refused: 'rekey.device.refused', guessed: 'rekey.device.guessed' } as const;

export interface DeviceFlowParts {
  readonly pages: Pick<Pages, 'device'>;
  readonly clients: Pick<Clients, 'signInDevices'>;
  readonly codes: Pick<DeviceCodes, 'ended' | 'deciding'>;
  readonly clock: Clock;
  readonly renderError: (ctx: KoaContextWithOIDC, out: ErrorOut, error: Error) => void | Promise<void>;
}

export function createDeviceFlow(parts: DeviceFlowParts): DeviceFeature {
  const { pages, clients, clock } = parts;
  if (!clients.signInDevices) return { enabled: false };
  return {
    enabled: true,
    charset: 'base-20',
    mask: '****-****',
    deviceInfo: (ctx) => ({ askedAt: clock.now(), askedFrom: ctx.ip }),
    userCodeInputSource: (ctx, _form, out, error) =>
      error && out
        ? refuse(parts, ctx, out, error)
        : pages.device.enter(ctx, { secret: decidingOf(ctx).secret, refused: false }),
    async userCodeConfirmSource(ctx, _form, client, deviceInfo, userCode) {
      const deciding = decidingOf(ctx);
      const { askedAt, askedFrom } = deviceInfo as { readonly askedAt: number; readonly askedFrom: string };
      if (ctx.oidc.session) ctx.oidc.session.state = { ...deciding, shown: userCode.replace('-', '') };
      await pages.device.confirm(ctx, {
        secret: deciding.secret,
        userCode,
        client: client.clientId,
        askedAt,
        askedFrom,
      });
    },
    successSource: (ctx) => leadTo(ctx, deviceEnds.done),
  };
}

function decidingOf({ oidc }: KoaContextWithOIDC): Deciding {
  const { secret } = (oidc.session?.state ?? {}) as Partial<Deciding>;
  if (secret === undefined) throw new Error('A page for a device code was asked for without a secret.');
  return { secret };
}

function leadTo(ctx: KoaContextWithOIDC, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}

/** The engine writes a session that an error began, which fails where the browser had none. */
function dropUnsaved({ oidc: { session } }: KoaContextWithOIDC): void {
  if (session && session.exp === undefined) Object.assign(session, { touched: false });
}

/** The engine's own errors of a form that this session does not know. */
const ofOldForm: ReadonlySet<string | undefined> = new Set([
  'xsrf token invalid',
  'could not find device form details',
]);

async function refuse(parts: DeviceFlowParts, ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void> {
  const events: EventEmitter = ctx.oidc.provider;
  dropUnsaved(ctx);
  if (error instanceof AbortedError) {
    events.emit(deviceEvents.refused, ctx);
    return leadTo(ctx, deviceEnds.refused);
  }
  if (ctx.oidc.route === 'code_verification' && ofOldForm.has(out.error_description))
    return leadTo(ctx, deviceEnds.over);
  if (!(error instanceof ReRenderError)) return parts.renderError(ctx, out, error);
  if (ctx.oidc.route !== 'code_verification') return leadTo(ctx, deviceEnds.over);
  // The engine has just given out another secret; forms that are open in this browser still count.
  const before = parts.codes.deciding(ctx);
  if (before && ctx.oidc.session) ctx.oidc.session.state = { ...before };
  const ended = await parts.codes.ended(ctx);
  if (ended !== undefined) return leadTo(ctx, deviceEnds[ended]);
  events.emit(deviceEvents.guessed, ctx);
  return parts.pages.device.enter(ctx, { secret: decidingOf(ctx).secret, refused: true });
}

type Allows = (this: { readonly clientId: string }, type: string) => boolean;

/**
 * The engine lets only clients with keys of their own have a pairwise `sub` and this grant, since their sector is read
 * from `jwks_uri`. Ours is in the settings (`clients.ts`), so the grant is added beside the metadata. Call it once.
 */
export function allowDevices(provider: Provider, clients: Pick<Clients, 'signsInDevice'>): void {
  const { prototype } = provider.Client as unknown as { readonly prototype: { grantTypeAllowed: Allows } };
  const allowed: Allows = prototype.grantTypeAllowed;
  prototype.grantTypeAllowed = function grantTypeAllowed(type) {
    return allowed.call(this, type) || (type === deviceGrant && clients.signsInDevice(this.clientId));
  };
  provider.on('device_authorization.success', (_ctx, body) => {
    body['interval'] = pollSeconds;
  });
}
