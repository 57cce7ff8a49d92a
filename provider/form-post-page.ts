/**
 * Renders the engine's self-submitting forms (an answer by `form_post`, a confirmed sign-out) as pages of ours: in the
 * person's language, with a button for browsers without script.
 */
import type { Context, Middleware, Next } from 'koa';
import { statusFor } from './action-status.ts';
import { statusParameter } from './asked-action.ts';
import type { OnwardFacts, Pages } from './pages.ts';

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const plain = (escaped: string): string =>
  escaped.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_all, name: string) => characters[name] ?? '');

export function createFormPostPage(pages: Pages): Middleware {
  return async (ctx: Context, next: Next) => {
    await next();
    const facts = typeof ctx.body === 'string' ? factsOf(ctx.body) : undefined;
    if (!facts) return;
    const { status } = ctx;
    await pages.onward(ctx, withStatus(facts, statusFor(ctx, facts.action)));
    ctx.status = status;
  };
}

/** With how an action ended that the client asked for. */
const withStatus = (facts: OnwardFacts, status: string | undefined): OnwardFacts =>
  status === undefined ? facts : { ...facts, fields: [...facts.fields, { name: statusParameter, value: status }] };

/** The form of a page that the engine made; `undefined` for any other page. */
function factsOf(body: string): OnwardFacts | undefined {
  const action = /<title>Submitting Callback<\/title>[\s\S]* method="post" action="([^"]*)"/.exec(body)?.[1];
  if (action === undefined) return undefined;
  const fields = body.matchAll(/ type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return {
    action: plain(action),
    fields: [...fields].map(([, name = '', value = '']) => ({ name, value: plain(value) })),
  };
}
