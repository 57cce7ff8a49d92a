/** What follows from the ports of a demo, so that changing a port is changing one number. */
import { defaults } from './defaults.ts';
import { setAt, valueAt } from './nodes.ts';

/** Changes `tree`: the issuer, the page of keys (the helper page), and the redirect addresses of the sample relying party. Nothing happens outside a demo. */
export function addDemoAddresses(tree: unknown): void {
  if (valueAt(tree, ['demo', 'enabled']) !== true) return;
  const portAt = (path: readonly string[], otherwise: number) => Number(valueAt(tree, path) ?? otherwise);
  if (valueAt(tree, ['issuer']) === undefined)
    setAt(tree, ['issuer'], `http://localhost:${portAt(['listen', 'port'], defaults.listen.port)}`);
  if (valueAt(tree, ['links', 'myKeys']) === undefined) {
    const port = portAt(['demo', 'helperPort'], defaults.demo.helperPort);
    setAt(tree, ['links', 'myKeys'], `http://localhost:${port}/`);
  }
  const clients = valueAt(tree, ['clients']);
  const id = valueAt(tree, ['demo', 'client']) ?? defaults.demo.client;
  const client: unknown = Array.isArray(clients) ? clients.find((one) => valueAt(one, ['id']) === id) : undefined;
  if (client === undefined) return;
  const origin = `http://localhost:${portAt(['demo', 'relyingPartyPort'], defaults.demo.relyingPartyPort)}`;
  const add = (key: string, uri: string) => {
    const there = valueAt(client, [key]) ?? [];
    if (Array.isArray(there) && !there.includes(uri)) setAt(client, [key], [...(there as unknown[]), uri]);
  };
  add('redirectUris', `${origin}/callback`);
  add('postLogoutRedirectUris', `${origin}/`);
}
