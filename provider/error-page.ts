/** Every failure ends in one short page with a reference; its cause is only in the log. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context, Middleware, Next } from 'koa';
import { errors, type ErrorOut, type KoaContextWithOIDC } from 'oidc-provider';
import { StorageUnavailable } from '../adapters/storage/port.ts';
import type { CoreReason } from '../factors/reasons.ts';
import type { Pages } from './pages.ts';
import { settingOfRefusal } from './setting-of-refusal.ts';
import { ForeignBrowser } from './resume-guard.ts';

const references = new WeakMap<object, string>();

/** One for each request: on the page and in the log. */
export function referenceOf(ctx: { readonly req: object }): string {
  let reference = references.get(ctx.req);
  if (reference === undefined) references.set(ctx.req, (reference = randomBytes(6).toString('base64url')));
  return reference;
}

/** For the engine's `renderError`. */
export function createRenderError(pages: Pages) {
  return async (ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void> => {
    const { status, reason } = judge(error, ctx.status);
    ctx.status = status;
    await pages.error(ctx, {
      status,
      // What the engine refuses came from a relying party, not from the person.
      reason: reason === 'input_invalid' ? 'request_invalid' : reason,
      error: out.error,
      description: out.error === 'server_error' ? undefined : withSetting(out.error_description, error),
      reference: referenceOf(ctx),
      ...(error instanceof ForeignBrowser ? { client: error.clientId } : {}),
    });
  };
}

/** For the developer: the setting that decides. A sentence that names it already stays as it is. */
function withSetting(description: string | undefined, error: Error): string | undefined {
  const setting = error instanceof errors.OIDCProviderError ? settingOfRefusal(error) : undefined;
  if (setting === undefined || description === undefined || description.includes('(setting ')) return description;
  return `${description} (setting ${setting})`;
}

/** The methods of a path, if it is one of ours; HEAD is included with GET. */
export type MethodsOf = (path: string) => readonly string[] | undefined;

/** Errors of a connection that the client ended. */
const ofConnection: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Whether the client went away, or was too slow, before its request was complete: no fault of ours. */
export const isCutOff = ({ req }: { readonly req: IncomingMessage }, error: unknown): boolean =>
  !req.complete &&
  (req.destroyed || req.errored !== null || ofConnection.has((error as { readonly code?: unknown } | undefined)?.code));

/** The outermost middleware except the headers: unhandled errors, and pages that do not exist. */
export function createErrorBoundary(pages: Pages, methodsOf: MethodsOf = () => undefined): Middleware {
  const show = async (ctx: Context, status: number, reason: CoreReason, error: string): Promise<void> => {
    ctx.status = status;
    if (ctx.accepts('html', 'json') === 'html') {
      await pages.error(ctx, { status, reason, error, reference: referenceOf(ctx) });
    } else {
      ctx.body = { error };
    }
  };
  return async (ctx: Context, next: Next) => {
    try {
      await next();
    } catch (error) {
      if (isCutOff(ctx, error)) {
        ctx.status = 408;
        ctx.body = '';
        return;
      }
      const { status, reason } = judge(error, statusOf(error));
      if (status >= 500) ctx.app.emit('error', error, ctx);
      await show(ctx, status, reason, status >= 500 ? 'server_error' : 'invalid_request');
      return;
    }
    const methods = ctx.status === 404 && ctx.body === undefined ? methodsOf(ctx.path) : undefined;
    if (methods && !methods.includes(ctx.method)) {
      ctx.set('Allow', methods.join(', '));
      await show(ctx, 405, 'page_unknown', 'method_not_allowed');
      return;
    }
    if (ctx.status === 404 && ctx.body === undefined) await show(ctx, 404, 'page_unknown', 'not_found');
  };
}

function judge(error: unknown, status: number): { readonly status: number; readonly reason: CoreReason } {
  if (isStoreGone(error) || (error as { readonly status?: unknown }).status === 503)
    return { status: 503, reason: 'service_unavailable' };
  if (error instanceof ForeignBrowser) return { status: 403, reason: 'interaction_foreign' };
  if (error instanceof errors.SessionNotFound) return { status, reason: 'interaction_expired' };
  return { status, reason: status >= 500 ? 'service_fault' : 'input_invalid' };
}

/** Whether the store could not be read or written. */
export const isStoreGone = (error: unknown): boolean => hasCause(error, StorageUnavailable);

function hasCause(error: unknown, kind: abstract new (...args: never[]) => Error): boolean {
  return error instanceof kind || (error instanceof Error && hasCause(error.cause, kind));
}

function statusOf(error: unknown): number {
  const { status, expose } = error as { readonly status?: unknown; readonly expose?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 && expose === true ? status : 500;
}
