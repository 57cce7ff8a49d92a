import { expect, test } from '@jest/globals';
import { assert, ipV4, property } from 'fast-check';
import { checkDemoHost, isLoopbackAddress, type Resolve } from './demo-host.ts';
import type { Settings } from './schema.ts';

const withHost = (host: string, enabled = true) =>
  ({ demo: { enabled }, listen: { host } }) as unknown as Pick<Settings, 'demo' | 'listen'>;
const names: Readonly<Record<string, readonly string[]>> = {
  localhost: ['::1', '127.0.0.1'],
  'this.machine': ['127.0.1.1'],
  'half.machine': ['127.0.0.1', '192.0.2.7'],
  'other.machine': ['192.0.2.7'],
  '0': ['0.0.0.0'],
};
const resolve: Resolve = (name) => Promise.resolve(names[name] ?? []);

test.each([
  '127.0.0.1',
  '127.8.9.10',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  'localhost',
  'this.machine',
])('A-224 a demo may listen on %s', async (host) => {
  expect(await checkDemoHost(withHost(host), resolve)).toEqual([]);
});

test.each([
  ['0.0.0.0', 'found "0.0.0.0"'],
  ['::', 'found "::"'],
  ['192.0.2.7', 'found "192.0.2.7"'],
  ['::ffff:0.0.0.0', 'found "::ffff:0.0.0.0"'],
  ['::ffff:192.0.2.7', 'found "::ffff:192.0.2.7"'],
  ['::127.0.0.1', 'found "::127.0.0.1"'],
  ['fe80::1%eth0', 'found "fe80::1%eth0"'],
  ['half.machine', '"half.machine" stands for 192.0.2.7'],
  ['other.machine', '"other.machine" stands for 192.0.2.7'],
  ['0', '"0" stands for 0.0.0.0'],
  ['no.machine', '"no.machine" is no address of this machine'],
])('A-224 a demo does not listen on %s', async (host, found) => {
  expect(await checkDemoHost(withHost(host), resolve)).toEqual([
    {
      path: ['listen', 'host'],
      says: `expected 127.0.0.1, ::1 or localhost in a demo, which shows every secret: ${found}`,
    },
  ]);
  expect(await checkDemoHost(withHost(host, false), resolve)).toEqual([]);
});

test('A-224 property: an IPv4 address is loopback if and only if it is in 127/8, mapped or not', () => {
  assert(
    property(ipV4(), (address) => {
      const expected = address.startsWith('127.');
      expect(isLoopbackAddress(address)).toBe(expected);
      expect(isLoopbackAddress(`::ffff:${address}`)).toBe(expected);
    }),
  );
});
