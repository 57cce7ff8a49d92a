/**
 * Where a form of the engine sends itself on (an answer by `form_post`, a sign-out that is confirmed already), its page is drawn as ours: in the person's
 * language, with a button for who has no script.
 */
import type { Context, Middleware, Next } from 'koa';
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
    await pages.onward(ctx, facts);
    ctx.status = status;
  };
}

/** Of the page that the engine made; `undefined` of any other. */
function factsOf(body: string): OnwardFacts | undefined {
  const action = /<title>Submitting Callback<\/title>[\s\S]* method="post" action="([^"]*)"/.exec(body)?.[1];
  if (action === undefined) return undefined;
  const fields = body.matchAll(/ type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return {
    action: plain(action),
    fields: [...fields].map(([, name = '', value = '']) => ({ name, value: plain(value) })),
  };
}
