import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import type { ListedKey } from '../use-cases/installation-keys.ts';

let services: AdminServices;
beforeEach(async () => {
  services = await adminServices();
});
afterEach(() => services.close());

const hour = 3_600_000;
const list = async (noun = 'signing-key') => (await services.rekey(`${noun} list --json`)).json<readonly ListedKey[]>();
const codeOf = async (words: string | readonly string[]) =>
  (await services.rekey(typeof words === 'string' ? `${words} --json` : [...words, '--json'])).json<{
    readonly refused: readonly { readonly code: string }[];
  }>().refused[0]?.code;

describe('A-102: signing keys by command', () => {
  test('added, published, promoted when every cache has it, retired when everything signed by the old one has expired; each audited', async () => {
    const [old] = await list();
    expect(await list()).toMatchObject([
      { group: 'RS256', status: 'signing' },
      { group: 'ES256', status: 'signing' },
    ]);
    const added = (await services.rekey('signing-key add --algorithm RS256 --json')).json<ListedKey>();
    expect(await list()).toMatchObject([{ id: old?.id }, { group: 'ES256' }, { id: added.id, status: 'next' }]);
    expect(await codeOf('signing-key add --algorithm RS256')).toBe('installation_key_waits');
    expect(await codeOf(`signing-key promote ${added.id}`)).toBe('installation_key_early');
    services.clock.advance(24 * hour + 60_000);
    expect((await services.rekey(`signing-key promote ${added.id}`)).exit).toBe(0);
    expect(await list()).toMatchObject([
      { id: added.id, status: 'signing' },
      { id: old?.id, status: 'old' },
      { group: 'ES256', status: 'signing' },
    ]);
    expect(await codeOf(`signing-key retire ${added.id}`)).toBe('installation_key_signs');
    expect(await codeOf(`signing-key retire ${old?.id ?? ''}`)).toBe('installation_key_early');
    services.clock.advance(24 * hour + 60_000);
    expect((await services.rekey(`signing-key retire ${old?.id ?? ''}`)).exit).toBe(0);
    expect((await list()).map(({ id }) => id)).not.toContain(old?.id);
    const trail = (await services.rekey('audit list --action signing-key --json')).json<
      readonly { readonly action: string; readonly actor: string }[]
    >();
    expect(trail.map(({ action, actor }) => [action, actor])).toEqual([
      ['signing-key.added', 'cli:ann'],
      ['signing-key.promoted', 'cli:ann'],
      ['signing-key.retired', 'cli:ann'],
    ]);
  });

  test('a stolen key is removed at once, by force and with a reason that stays in the audit log', async () => {
    const [old] = await list();
    const { id } = (await services.rekey('signing-key add --algorithm RS256 --json')).json<ListedKey>();
    expect((await services.rekey(`signing-key promote ${id} --force`)).exit).toBe(2);
    const force = ['--force', '--reason', 'stolen'];
    expect((await services.rekey(['signing-key', 'promote', id, ...force])).exit).toBe(0);
    expect((await services.rekey(['signing-key', 'retire', old?.id ?? '', ...force])).exit).toBe(0);
    expect((await list()).map((key) => key.id)).not.toContain(old?.id);
    const trail = JSON.stringify((await services.rekey('audit list --json')).json());
    expect(trail.match(/"forcedBecause":"stolen"/g)).toHaveLength(2);
  });

  test.each([
    ['signing-key promote nothing', 1, 'installation_key_unknown'],
    ['signing-key add --algorithm EdDSA', 2, 'usage'],
    ['signing-key add', 2, 'usage'],
    ['root-key promote', 1, 'root_key_state'],
    ['root-key retire', 1, 'root_key_state'],
  ])('%s is refused and changes nothing', async (words, exit, code) => {
    const before = await list();
    expect((await services.rekey(words)).exit).toBe(exit);
    expect(await codeOf(words)).toBe(code);
    expect(await list()).toEqual(before);
  });

  test('cookie keys too', async () => {
    const { id } = (await services.rekey('cookie-key add --json')).json<ListedKey>();
    services.clock.advance(60_000);
    expect((await services.rekey(`cookie-key promote ${id}`)).exit).toBe(0);
    expect(await list('cookie-key')).toMatchObject([{ id, status: 'signing' }, { status: 'old' }]);
  });
});
