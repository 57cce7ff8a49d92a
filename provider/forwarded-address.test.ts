import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { addressIn, clientOf, noAddress } from './forwarded-address.ts';

describe('A-207c: an entry of X-Forwarded-For is read as one canonical address, or as none', () => {
  test.each([
    ['198.51.98.7', '198.51.98.7'],
    [' 198.51.98.7 ', '198.51.98.7'],
    ['198.51.98.7:40001', '198.51.98.7'],
    ['"198.51.98.7:40001"', '198.51.98.7'],
    ['::ffff:198.51.98.7', '198.51.98.7'],
    ['::FFFF:c633:6207', '198.51.98.7'],
    ['[::ffff:198.51.98.7]:1', '198.51.98.7'],
    ['2001:DB8:8:2::1', '2001:db8:8:2::1'],
    ['2001:0db8:0008:0002:0:0:0:1', '2001:db8:8:2::1'],
    ['[2001:db8:8:2::1]', '2001:db8:8:2::1'],
    ['"[2001:db8:8:2::1]:4711"', '2001:db8:8:2::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['', undefined],
    ['0x7f.1', undefined],
    ['127.1', undefined],
    ['198.51.98.07', undefined],
    ['198.51.98.7:', undefined],
    ['198.51.98.7/24', undefined],
    ['for=198.51.98.7', undefined],
    ['[2001:db8::1', undefined],
    ['host.example:80', undefined],
  ])('%s', (entry, address) => {
    expect(addressIn(entry)).toBe(address);
  });

  test('property: any entry is read as an address in canonical form, or as none', () => {
    const v4 = fc.ipV4();
    const ports = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(v4, ports, (address, port) => {
        const forms = [
          address,
          `${address}:${port}`,
          `"${address}:${port}"`,
          `::ffff:${address}`,
          `[::ffff:${address}]`,
        ];
        expect(new Set(forms.map(addressIn))).toEqual(new Set([address]));
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), ports, (address, port) => {
        const forms = [address, `[${address}]`, `[${address}]:${port}`, `"[${address}]:${port}"`, `${address}%eth0`];
        expect(new Set(forms.map(addressIn)).size).toBe(1);
        expect(addressIn(address)).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (entry) => {
        const address = addressIn(entry);
        if (address !== undefined) expect(addressIn(address)).toBe(address);
      }),
    );
  });
});

describe('A-207d: which entries the proxies confirm', () => {
  const lists = ['10.0.0.0/8', 'fd00::/8'];
  test.each([
    ['no proxy', false, '10.0.0.1', ['198.51.100.1'], undefined],
    ['one hop', true, '10.0.0.1', ['6.6.6.6', '198.51.100.1'], '198.51.100.1'],
    ['two hops', 2, '10.0.0.1', ['6.6.6.6', '198.51.100.1', '10.0.0.2'], '198.51.100.1'],
    ['fewer entries than hops', 3, '10.0.0.1', ['198.51.100.1'], '198.51.100.1'],
    ['no address', 1, '10.0.0.1', ['nonsense'], noAddress],
    ['an empty entry', 1, '10.0.0.1', ['198.51.100.1', ''], noAddress],
    [
      'networks: past our own proxies, to the first that is none',
      lists,
      '10.0.0.1',
      ['6.6.6.6', '198.51.100.1', '10.0.0.2:9'],
      '198.51.100.1',
    ],
    ['networks: IPv4 written as IPv6', lists, '::ffff:10.0.0.1', ['198.51.100.1'], '198.51.100.1'],
    [
      'networks: an IPv4 network written as IPv6',
      ['::ffff:10.0.0.0/104'],
      '10.0.0.1',
      ['198.51.100.1'],
      '198.51.100.1',
    ],
    ['networks: that one in hexadecimal', ['::FFFF:a00:0/104'], '::ffff:10.0.0.1', ['198.51.100.1'], '198.51.100.1'],
    ['networks: beside that one', ['::ffff:10.0.0.0/104'], '11.0.0.1', ['198.51.100.1'], undefined],
    ['networks: a peer that is none of them', lists, '198.51.100.9', ['1.2.3.4'], undefined],
    ['networks: nothing but proxies', lists, '10.0.0.1', ['10.0.0.3', '[fd00::2]'], '10.0.0.3'],
    [
      'networks: nonsense hides nothing behind it',
      lists,
      '10.0.0.1',
      ['198.51.100.1', 'nonsense', '10.0.0.2'],
      noAddress,
    ],
  ] as const)('%s', (_title, proxies, peer, entries, client) => {
    expect(clientOf(peer, entries, proxies)).toBe(client);
  });
});
