/**
 * Shared by both sites of the demo: they answer on localhost alone and only to their own pages, since one of them shows
 * secrets. A page of another site, or a foreign name that resolves to this machine, gets nothing.
 */
import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyParser } from '@koa/bodyparser';
import Koa, { type Context, type Middleware } from 'koa';
import type { Logger } from 'pino';
import { readAssets } from '../views/assets.ts';

export interface Site {
  readonly origin: string;
  close(): Promise<void>;
}

/** The port is in use (or not permitted); `variable` changes it. The message is complete, so there is no stack. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  constructor(port: number, code: string | undefined, variable: string) {
    super(
      code === 'EACCES'
        ? `Port ${port} may not be used. Choose another one with ${variable}, for example ${variable}=${port + 3000} npm start.`
        : `Port ${port} is taken. Stop what uses it, or choose another one with ${variable}, for example ${variable}=${port + 100} npm start.`,
    );
    this.stack = this.message;
  }
}

export interface SiteParts {
  readonly host: string;
  readonly port: number;
  /** Environment variable that changes the port. */
  readonly variable: string;
  readonly routes: Middleware;
  /** For programs on this machine, which send neither `Origin` nor Fetch Metadata. */
  readonly forPrograms?: Middleware;
  readonly log: Logger;
}

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Listens; rejects with `PortTaken`. */
export async function openSite({ host, port, variable, routes, forPrograms, log }: SiteParts): Promise<Site> {
  const app = new Koa();
  const assets = demoAssets();
  app.use(async (ctx, next) => {
    ctx.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    });
    const asset = assets.get(ctx.path);
    if (asset) {
      ctx.type = asset.type;
      ctx.body = asset.bytes;
      return;
    }
    if (!isOwnHost(ctx.host, port)) return refuse(ctx);
    await next();
  });
  if (forPrograms !== undefined) app.use(forPrograms);
  app.use((ctx, next) => (isOwnPage(ctx) ? next() : refuse(ctx)));
  app.use(bodyParser({ enableTypes: ['form'], formLimit: '16kb' }));
  app.use(routes);
  app.on('error', (error: NodeJS.ErrnoException) => {
    // A browser that leaves while it is being answered.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') log.error({ event: 'demo.fault', err: error });
  });

  const answer = app.callback();
  const server: Server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(['EADDRINUSE', 'EACCES'].includes(error.code ?? '') ? new PortTaken(port, error.code, variable) : error);
    });
    server.listen(port, host, resolve);
  });
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuse(ctx: Context): void {
  ctx.status = 403;
  ctx.body = 'This page of the demo answers to localhost and to itself only.\n';
}

const isOwnHost = (host: string, port: number): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].some((name) => host === `${name}:${port}` || (port === 80 && host === name));

/**
 * A request that changes something must come from a page of this site (Fetch Metadata; Origin if a browser has none).
 */
function isOwnPage(ctx: Context): boolean {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return true;
  const site = ctx.get('Sec-Fetch-Site');
  return site === '' ? ctx.get('Origin') === `http://${ctx.host}` : site === 'same-origin';
}

interface Public {
  readonly type: string;
  readonly bytes: Buffer;
}

const own = (name: string, type: string): readonly [string, Public] => [
  `/assets/${name}`,
  { type, bytes: readFileSync(join(import.meta.dirname, 'public', name)) },
];

function demoAssets(): ReadonlyMap<string, Public> {
  return new Map<string, Public>([
    ...readAssets(),
    own('demo.css', 'text/css; charset=utf-8'),
    own('live.js', 'text/javascript; charset=utf-8'),
    own('television.js', 'text/javascript; charset=utf-8'),
    own('card-reader.js', 'text/javascript; charset=utf-8'),
  ]);
}
