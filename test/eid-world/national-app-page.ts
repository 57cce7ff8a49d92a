/** The page that takes the place of the app on a telephone: who is it, and do they confirm? */
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';

export interface AppPerson {
  /** Its identifier there. */
  readonly sub: string;
  readonly name: string;
}

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const button = ({ sub, name }: AppPerson): string =>
  `<p><button name="sub" value="${escaped(sub)}">I am ${escaped(name)}: confirm</button></p>`;

const page = (people: readonly AppPerson[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>National app (played)</title></head>
<body><main data-app="national"><h1>National app</h1>
<p>This page plays the app on your phone. Who are you?</p>
<form method="post">${people.map(button).join('\n')}
<p><button name="sub" value="">Cancel</button></p></form></main></body></html>`;

const longest = 1_024;

const withoutSession = (cookies = ''): string =>
  cookies
    .split('; ')
    .filter((pair) => !pair.startsWith('national-session'))
    .join('; ');

export function appPage(
  provider: Provider,
  { people, acr }: { readonly people: readonly AppPerson[]; readonly acr: string },
): Middleware {
  return async (ctx, next) => {
    // Each request is confirmed in the app: no session is used again.
    if (ctx.path === '/auth') ctx.req.headers.cookie = withoutSession(ctx.req.headers.cookie);
    if (!/^\/app\/[\w-]+$/.test(ctx.path)) return next();
    if (ctx.method === 'GET') {
      ctx.type = 'html';
      ctx.body = page(people);
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
