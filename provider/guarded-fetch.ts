/**
 * The only outgoing requests of the engine (back-channel logout, `jwks_uri`) and of factors: no redirects, a limited
 * answer, and never to an internal address, whatever a name resolves to at that moment, unless the host is permitted by
 * name. The engine limits the time (2.5 s); a factor gives a signal.
 */
import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

export interface OutgoingRequest extends RequestInit {
  /** The most bytes of the answer's body; never over `mostAllowedBytes`. */
  readonly mostBytes?: number;
  /** Ours with its key (PEM), for a site that asks for one in TLS. */
  readonly certificate?: string;
}
export type Fetch = (url: string | URL, init?: OutgoingRequest) => Promise<Response>;

const usualMostBytes = 64 * 1024;
const mostAllowedBytes = 4 * 1024 * 1024;
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
/** Identifies us in the logs of the other side (RFC 9110 §10.1.5). */
export const userAgent = `Rekey/${version}`;

/**
 * Special-purpose addresses: RFC 6890 and the IANA registries. One list for each family: in a common list every IPv4
 * address would match as IPv4-mapped, which is internal.
 */
const inside = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inside.ipv4.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  inside.ipv6.addSubnet(network, prefix, 'ipv6');

export function isInside(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return family === 4 ? inside.ipv4.check(address, 'ipv4') : inside.ipv6.check(address, 'ipv6');
}

/** @param allowInternalHosts names, or names with a port, that may be internal. */
export function createFetch(allowInternalHosts: readonly string[] = []): Fetch {
  return (target, init = {}) => {
    const url = new URL(target);
    const allowed = allowInternalHosts.includes(url.host) || allowInternalHosts.includes(url.hostname);
    return send(url, init, allowed);
  };
}

async function send(url: URL, init: OutgoingRequest, allowed: boolean): Promise<Response> {
  const mostBytes = Math.min(init.mostBytes ?? usualMostBytes, mostAllowedBytes);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowed && isIP(host) !== 0 && isInside(host)) throw new Error('This address is inside and not allowed.');
  const body = await new Response(init.body ?? null).bytes();
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
    url,
    {
      method: init.method ?? 'GET',
      headers: {
        ...Object.fromEntries(new Headers(init.headers)),
        'user-agent': userAgent,
        'content-length': body.length,
      },
      agent: false,
      ...(init.certificate === undefined ? {} : { cert: init.certificate, key: init.certificate }),
      ...(init.signal ? { signal: init.signal } : {}),
      ...(allowed ? {} : { lookup: outsideOnly }),
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) incoming.destroy(new Error('The answer is too long.'));
        else chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const status = incoming.statusCode ?? 502;
        const headers = new Headers();
        for (const [name, values] of Object.entries(incoming.headersDistinct))
          for (const value of values ?? []) headers.append(name, value);
        const empty = status === 204 || status === 205 || status === 304;
        resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers }));
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

/** The checked address is the one that is connected to, so a name that resolves differently later gains nothing. */
const outsideOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const outside = addresses.filter(({ address }) => !isInside(address));
    const [first] = outside;
    if (!first) return callback(new Error('This name leads inside and is not allowed.'), []);
    return options.all === true ? callback(null, outside) : callback(null, first.address, first.family);
  });
};
