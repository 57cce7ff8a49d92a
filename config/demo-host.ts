/**
 * A demo shows every secret on its helper page, so it may only listen where no other machine can reach it. Called by
 * load.ts.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Finding } from './config-errors.ts';
import type { Settings } from './schema.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Every address of a name; an empty list if there is none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

const bySystem: Resolve = (name) =>
  lookup(name, { all: true }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );

/**
 * Whether only this machine can reach a socket at this address (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3); IPv4-mapped
 * addresses count as IPv4.
 */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** All addresses of a name must be loopback, since the system may use any of them. */
export async function checkDemoHost(
  { demo, listen: { host } }: Pick<Settings, 'demo' | 'listen'>,
  resolve: Resolve = bySystem,
): Promise<readonly Finding[]> {
  if (!demo.enabled) return [];
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const others = addresses.filter((address) => !isLoopbackAddress(address));
  if (addresses.length > 0 && others.length === 0) return [];
  const found =
    addresses.length === 0
      ? `"${host}" is no address of this machine`
      : others[0] === host
        ? `found "${host}"`
        : `"${host}" stands for ${others.join(', ')}`;
  return [
    {
      path: ['listen', 'host'],
      says: `expected 127.0.0.1, ::1 or localhost in a demo, which shows every secret: ${found}`,
    },
  ];
}
