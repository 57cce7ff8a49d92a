/**
 * Request objects (RFC 9101) are refused, by redirect. If only the object asked for `form_post`, the refusal uses it:
 * nothing else of the object is read, and it decides only the form of an error.
 */
import type { Context, Middleware, Next } from 'koa';

export function createResponseModeOfRequestObject(authorizationPath: string): Middleware {
  return (ctx: Context, next: Next) => {
    if (ctx.path !== authorizationPath) return next();
    const { request, response_mode: outside } = ctx.query;
    if (typeof request === 'string' && outside === undefined && asksFormPost(request))
      ctx.query = { ...ctx.query, response_mode: 'form_post' };
    return next();
  };
}

function asksFormPost(request: string): boolean {
  try {
    const payload: unknown = JSON.parse(Buffer.from(request.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return (payload as { readonly response_mode?: unknown } | null)?.response_mode === 'form_post';
  } catch {
    return false;
  }
}
