/** The page that takes the place of the app on a telephone: who is it, and do they confirm? */
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';

export interface AppPerson {
  /** Its identifier there. */
  readonly sub: string;
  readonly name: string;
}

export interface AppPageParts {
  readonly people: readonly AppPerson[];
  /** What a confirmation with the code of the app is called. */
  readonly acr: string;
  /** HTML with a form whose button `sub` names the person; an empty one cancels. */
  readonly draw: (people: readonly AppPerson[]) => string;
}

const longest = 1_024;

const withoutSession = (cookies = ''): string =>
  cookies
    .split('; ')
    .filter((pair) => !pair.startsWith('national-session'))
    .join('; ');

export function appPage(provider: Provider, { people, acr, draw }: AppPageParts): Middleware {
  return async (ctx, next) => {
    // Each request is confirmed in the app: no session is used again.
    if (ctx.path === '/auth') ctx.req.headers.cookie = withoutSession(ctx.req.headers.cookie);
    if (!/^\/app\/[\w-]+$/.test(ctx.path)) return next();
    if (ctx.method === 'GET') {
      // An address that belongs to no open request of this browser is answered by the engine's own page.
      await provider.interactionDetails(ctx.req, ctx.res);
      ctx.type = 'html';
      ctx.body = draw(people);
      return undefined;
    }
    const sub = new URLSearchParams(await read(ctx.req)).get('sub');
    const known = people.some((one) => one.sub === sub);
    const result = known
      ? { login: { accountId: String(sub), acr, amr: ['mfa'], remember: false } }
      : { error: 'access_denied', error_description: 'the person cancelled' };
    const to = await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
    ctx.status = 303;
    ctx.redirect(to);
    return undefined;
  };
}

async function read(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length > longest) return '';
  }
  return text;
}
