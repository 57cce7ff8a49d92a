/** The one server of a process. */
import { createServer, type Server } from 'node:http';
import type { App } from './create-app.ts';

/**
 * Balancers keep idle connections for at most a minute by default. They must close first: if the server closes first, a
 * request is lost.
 */
const keepAliveTimeout = 65_000;

/** Listens; resolves when connections are accepted. Rejects with the system's error (`EADDRINUSE`, `EACCES`). */
export async function listen(
  callback: App['callback'],
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 5_000, keepAliveTimeout },
    (request, response) => void callback(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return server;
}
