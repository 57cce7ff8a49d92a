/**
 * The address of a request behind reverse proxies: reduces `X-Forwarded-For` to the one address that our own proxies
 * confirm, before koa reads it. `create-engine.ts` calls it for every request.
 */
import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/** `true` means one proxy; a number means that many; a list names their networks (CIDR). */
export type TrustedProxies = boolean | number | readonly string[];

/** Replaces every entry that is no address. */
export const noAddress = 'unknown';

type Range = ReturnType<typeof ipaddr.parseCIDR>;

/**
 * The address of one entry, in canonical form: with or without port, brackets, quotes (RFC 7239 §6) and zone id, IPv4
 * written as IPv6. `undefined`: it is none.
 */
export function addressIn(entry: string): string | undefined {
  const bare = entry.trim().replace(/^"(.*)"$/, '$1');
  const [, inBrackets, withPort] = /^\[([^\]]*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(bare) ?? [];
  const written = (inBrackets ?? withPort ?? bare).replace(/%.*$/, '');
  return isIP(written) === 0 ? undefined : ipaddr.process(written).toString();
}

/** A network in the form used for comparison: IPv4 written as IPv6 (::ffff:10.0.0.0/104) becomes IPv4. */
function rangeOf(written: string): Range {
  const [network, bits] = ipaddr.parseCIDR(written);
  return network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress()
    ? [network.toIPv4Address(), bits - 96]
    : [network, bits];
}

const isWithin = (address: string, ranges: readonly Range[]): boolean => {
  const parsed = ipaddr.process(address);
  return ranges.some((range) => range[0].kind() === parsed.kind() && parsed.match(range));
};

/** Chooses from the entries; the last one is from the proxy next to us. `undefined`: no entry is confirmed. */
export function clientOf(peer: string, entries: readonly string[], proxies: TrustedProxies): string | undefined {
  if (proxies === false) return undefined;
  if (typeof proxies !== 'object') {
    const hops = proxies === true ? 1 : proxies;
    return addressIn(entries[Math.max(0, entries.length - hops)] ?? '') ?? noAddress;
  }
  const ranges = proxies.map(rangeOf);
  const from = addressIn(peer);
  if (from === undefined || !isWithin(from, ranges)) return undefined;
  let client = from;
  for (const entry of entries.toReversed()) {
    const address = addressIn(entry);
    if (address === undefined) return noAddress;
    client = address;
    if (!isWithin(address, ranges)) break;
  }
  return client;
}

const forwarding = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'] as const;

export function createForwardedAddress(proxies: TrustedProxies): (request: IncomingMessage) => void {
  return (request) => {
    const written = request.headers['x-forwarded-for'];
    const entries = typeof written === 'string' ? written.split(',') : [];
    const client = clientOf(request.socket.remoteAddress ?? '', entries, proxies);
    if (client === undefined) for (const name of forwarding) delete request.headers[name];
    else if (entries.length > 0) request.headers['x-forwarded-for'] = client;
  };
}
