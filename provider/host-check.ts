/**
 * Every address that we send is the issuer's, from the settings: a request for another host is refused, and the engine
 * always sees the issuer's host and scheme, whatever the headers say. Health checks may use any name.
 */
import type Koa from 'koa';
import type { Context, Middleware, Next } from 'koa';
import type { TrustedProxies } from './forwarded-address.ts';
import { healthPaths } from './health.ts';

export function createHostCheck(
  app: Pick<Koa, 'request'>,
  { issuer, proxy }: { readonly issuer: string; readonly proxy: TrustedProxies },
  refused: (hosts: string) => void = () => undefined,
): Middleware {
  const { host, protocol } = new URL(issuer);
  const scheme = protocol.slice(0, -1);
  // On the prototype of every request.
  Object.defineProperties(app.request, { host: { value: host }, protocol: { value: scheme } });
  const accepted = new Set([host, host.includes(':') ? host : `${host}:${scheme === 'https' ? 443 : 80}`]);
  const isOurs = (value: string): boolean => accepted.has(value.trim().toLowerCase());

  return async (ctx: Context, next: Next) => {
    const hosts = hostsOf(ctx.req.rawHeaders);
    const forwarded = proxy !== false ? ctx.get('X-Forwarded-Host') : '';
    const ours =
      hosts.length === 1 &&
      hosts.every(isOurs) &&
      (forwarded === '' || forwarded.split(',').every(isOurs)) &&
      // A target in absolute form (RFC 9112 §3.2.2) could bypass this check.
      ctx.req.url?.startsWith('/') === true;
    if (!ours && !healthPaths.has(ctx.path)) {
      refused([...hosts, ...(forwarded === '' ? [] : [forwarded])].join(' ').slice(0, 200));
      ctx.status = 400;
      ctx.type = 'text';
      ctx.body = 'This host is not served here.';
      return;
    }
    await next();
  };
}

/** Reads all `Host` fields: Node's own value has only the first. */
function hostsOf(rawHeaders: readonly string[]): string[] {
  const hosts: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts.push(rawHeaders[at + 1] ?? '');
  }
  return hosts;
}
