/** Addresses of a demo that follow from its ports, so that changing a port means changing one number. */
import { defaults } from './defaults.ts';
import { setAt, valueAt } from './schema-tree.ts';

/** An invalid port is reported once: the addresses that follow from it are corrected with it. */
function portAt(tree: unknown, path: readonly string[], otherwise: number): number {
  const given = valueAt(tree, path) ?? otherwise;
  return typeof given === 'number' && Number.isInteger(given) && given > 0 && given < 65_536 ? given : otherwise;
}

/** Changes `tree`: the issuer. Does nothing outside a demo. */
export function addDemoIssuer(tree: unknown): void {
  if (valueAt(tree, ['demo', 'enabled']) !== true || valueAt(tree, ['issuer']) !== undefined) return;
  setAt(tree, ['issuer'], `http://localhost:${portAt(tree, ['listen', 'port'], defaults.listen.port)}`);
}

/**
 * Changes `tree`: in settings of factors `{helperPage}` becomes the address of the helper page, which may play a service
 * that a factor asks. Does nothing outside a demo.
 */
export function addHelperPage(tree: unknown): void {
  if (valueAt(tree, ['demo', 'enabled']) !== true) return;
  const port = portAt(tree, ['demo', 'helperPort'], defaults.demo.helperPort);
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll('{helperPage}', `http://localhost:${port}`);
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one)]));
  };
  const factors = valueAt(tree, ['factors']);
  if (typeof factors !== 'object' || factors === null) return;
  for (const factor of Object.values(factors)) {
    const given = valueAt(factor, ['settings']);
    if (given !== undefined) setAt(factor, ['settings'], replaced(given));
  }
}

/**
 * Changes `tree`: the addresses of the sample relying parties: where browsers go, where the end of a session is told,
 * and the terms of those that are third parties. Does nothing outside a demo.
 */
export function addDemoAddresses(tree: unknown): void {
  if (valueAt(tree, ['demo', 'enabled']) !== true) return;
  const origin = `http://localhost:${portAt(tree, ['demo', 'relyingPartyPort'], defaults.demo.relyingPartyPort)}`;
  const clients = valueAt(tree, ['clients']);
  const first = valueAt(tree, ['demo', 'client']) ?? defaults.demo.client;
  const further = valueAt(tree, ['demo', 'furtherClients']);
  const add = (id: unknown, base: string): void => {
    const client: unknown = Array.isArray(clients) ? clients.find((one) => valueAt(one, ['id']) === id) : undefined;
    if (client === undefined) return;
    const missing = [
      ['backchannelLogoutUri', `${base}/backchannel-logout`],
      ...(valueAt(client, ['thirdParty']) === true
        ? [
            ['tosUri', `${base}/terms`],
            ['policyUri', `${base}/privacy`],
          ]
        : []),
    ] as const;
    for (const [key = '', uri] of missing) if (valueAt(client, [key]) === undefined) setAt(client, [key], uri);
    // A device without a browser is sent nowhere.
    if (valueAt(client, ['deviceGrant']) === true) return;
    for (const [key, uri] of [
      ['redirectUris', `${base}/callback`],
      ['postLogoutRedirectUris', `${base}/`],
    ] as const) {
      const there = valueAt(client, [key]) ?? [];
      if (Array.isArray(there) && !there.includes(uri)) setAt(client, [key], [...(there as unknown[]), uri]);
    }
  };
  const { host } = new URL(origin);
  const inside = valueAt(tree, ['internalHosts']) ?? [];
  if (Array.isArray(inside) && !inside.includes(host)) setAt(tree, ['internalHosts'], [...(inside as unknown[]), host]);
  add(first, origin);
  if (Array.isArray(further)) for (const id of further) add(id, `${origin}/${String(id)}`);
}
