/** The one server of a process. */
import { createServer, type Server } from 'node:http';
import type { App } from './create-app.ts';

/** Balancers keep idle connections for a minute at most, by default: who closes first must be they, or a request is lost on the way. */
const keepAliveTimeout = 65_000;

/** Listens; resolves once connections are taken. Rejects with the system's error (`EADDRINUSE`, `EACCES`). */
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
