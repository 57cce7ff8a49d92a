/**
 * Writes the engine's events to the log and the audit log. An allow-list: route, client, person (pseudonym), protocol
 * code. Never parameters, tokens, cookies or addresses. Only a fault of ours is logged with its cause.
 */
import type { Logger } from 'pino';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { AuditEvent } from '../accounts/person.ts';
import type { CoreReason } from '../factors/reasons.ts';
import { deviceEvents } from './device-flow.ts';
import { isCutOff, referenceOf } from './error-page.ts';
import { settingOfRefusal } from './setting-of-refusal.ts';
import { isKept, signOutAskedBy } from './sign-out-at-once.ts';

/** Ordinary answers to `prompt=none`. */
const quiet: ReadonlySet<string> = new Set(['login_required', 'interaction_required']);

/** Routes by which a person decides on a device code. */
const ofDevice: ReadonlySet<string> = new Set(['code_verification', 'device_resume']);

export type Audit = (event: AuditEvent) => void;

export function observe(
  provider: Provider,
  { log, clock, audit }: { readonly log: Logger; readonly clock: Clock; readonly audit?: Audit | undefined },
): void {
  const record = (action: string, ctx: KoaContextWithOIDC, reason?: CoreReason): void => {
    const { client, person } = whoOf(ctx);
    audit?.({
      at: clock.now(),
      actor: person ?? 'system',
      action,
      ...(person ? { person } : {}),
      ...(client ? { client } : {}),
      ...(reason ? { reason } : {}),
    });
    log.info({ event: action, ...factsOf(ctx) });
  };
  const refused = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError): void =>
    log[quiet.has(error.error) ? 'info' : 'warn']({
      event: 'request.refused',
      ...factsOf(ctx),
      error: error.error,
      description: error.error_description,
      detail: error.error_detail,
      setting: settingOfRefusal(error, ctx.oidc?.params?.['grant_type']),
    });

  provider.on('authorization.success', (ctx) => {
    if (ofDevice.has(ctx.oidc.route)) record('device-code.approved', ctx);
    record('authorization.granted', ctx);
  });
  provider.on('device_authorization.success', (ctx) => record('device-code.asked', ctx));
  const own = provider as NodeJS.EventEmitter;
  own.on(deviceEvents.refused, (ctx: KoaContextWithOIDC) => record('device-code.refused', ctx));
  own.on(deviceEvents.guessed, (ctx: KoaContextWithOIDC) => record('device-code.unknown', ctx, 'user_code_unknown'));
  provider.on('grant.success', (ctx) => log.info({ event: 'token.issued', ...factsOf(ctx) }));
  provider.on('grant.revoked', (ctx) => record('grant.revoked', ctx));
  provider.on('end_session.success', (ctx) => {
    if (!isKept(ctx)) record('session.ended', ctx);
  });
  provider.on('interaction.started', (ctx, prompt) =>
    log.info({ event: 'interaction.started', ...factsOf(ctx), reasons: prompt.reasons }),
  );
  // backchannel-logouts.ts reports the result.
  provider.on('backchannel.error', (ctx, error, client) =>
    log.error({ event: 'backchannel-logout.not-queued', ...factsOf(ctx), client: client.clientId, err: error }),
  );
  onRefusal(provider, refused);
  provider.on('server_error', (ctx, error) =>
    log[isCutOff(ctx, error) ? 'info' : 'error']({ event: 'request.failed', ...factsOf(ctx), err: faultOf(error) }),
  );
  // Faults outside the engine's routes, from koa.
  own.on('error', (error: unknown, ctx?: KoaContextWithOIDC) =>
    log[ctx !== undefined && isCutOff(ctx, error) ? 'info' : 'error']({
      event: 'request.failed',
      err: faultOf(error),
      ...(ctx ? { reference: referenceOf(ctx), method: ctx.method } : {}),
    }),
  );
}

function onRefusal(
  provider: Provider,
  refused: (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => void,
): void {
  provider.on('authorization.error', refused);
  provider.on('grant.error', refused);
  provider.on('device_authorization.error', refused);
  provider.on('code_verification.error', refused);
  provider.on('device_resume.error', refused);
  provider.on('userinfo.error', refused);
  provider.on('introspection.error', refused);
  provider.on('revocation.error', refused);
  provider.on('end_session.error', refused);
  provider.on('pushed_authorization_request.error', refused);
  provider.on('jwks.error', refused);
  provider.on('discovery.error', refused);
}

function whoOf(ctx: KoaContextWithOIDC): { readonly client?: string; readonly person?: string } {
  const { oidc } = ctx;
  const client = signOutAskedBy(ctx);
  const person = oidc.entities.Account?.accountId ?? oidc.entities.Session?.accountId;
  return {
    ...(client === undefined ? {} : { client }),
    ...(person === undefined ? {} : { person }),
  };
}

function factsOf(ctx: KoaContextWithOIDC): Readonly<Record<string, string>> {
  return { route: ctx.oidc.route, ...whoOf(ctx), reference: referenceOf(ctx) };
}

interface Fault {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: Fault;
}

/** Name, message, stack and causes. Other members of an error (requests, documents) are left out. */
function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: typeof error, message: 'not an error' };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: faultOf(error.cause) }),
  };
}
