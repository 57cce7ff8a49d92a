/**
 * Tells the client how an action ended: `rekey_action_status` beside the code, or beside the error. The engine has no
 * way to add to the answer of an error, so both are completed here, on their way out.
 */
import type { Context, Middleware, Next } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { actionStatusOf, statusParameter, type ActionStatus } from './asked-action.ts';

export function createActionStatus(): Middleware {
  return async (ctx: Context, next: Next) => {
    await next();
    const { oidc } = ctx as Partial<Pick<KoaContextWithOIDC, 'oidc'>>;
    const status = actionStatusOf(oidc?.entities.Interaction?.result);
    const to = oidc?.params?.['redirect_uri'];
    if (status === undefined || typeof to !== 'string') return;
    if (typeof ctx.body === 'string' && isFormPost(ctx.body)) ctx.body = withField(ctx.body, status);
    const location = String(ctx.res.getHeader('Location') ?? '');
    if (location.startsWith(new URL(to).href)) ctx.set('Location', withStatus(location, status));
  };
}

/** The engine's page that submits itself, which `form-post-page.ts` then draws. */
const isFormPost = (body: string): boolean => body.includes('<title>Submitting Callback</title>');

const withField = (body: string, status: ActionStatus): string =>
  body.replace('<noscript>', `<input type="hidden" name="${statusParameter}" value="${status}"/>\n<noscript>`);

/** In the query, or in the fragment where the answer stands there (`response_mode=fragment`). */
function withStatus(location: string, status: ActionStatus): string {
  const url = new URL(location);
  if (url.hash === '') url.searchParams.set(statusParameter, status);
  else url.hash = `${url.hash.slice(1)}&${statusParameter}=${status}`;
  return url.href;
}
