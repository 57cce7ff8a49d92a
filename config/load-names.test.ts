/** Old names of settings, and addresses that follow from the ports of a demo. */
import { expect, test } from '@jest/globals';
import type { Deprecation } from './deprecations.ts';
import { describeMistakes } from './config-errors.ts';
import { withFiles, load, local, mistakesOf } from '../test/harness/loaded-text.ts';

withFiles();

const rows: Deprecation[] = [
  {
    old: 'sessions.maximumMinutes',
    now: 'sessions.absoluteHours',
    since: '0.2',
    map: (minutes) => Number(minutes) / 60,
  },
  { old: 'factors.*.active', now: 'factors.*.enabled', since: '0.3' },
];

test('a renamed key still works, and is reported with its line and its new name', async () => {
  const text = `${local.replace('card: {}', 'card: { active: false }')}sessions: { maximumMinutes: 120 }\n`;
  const loaded = await load(text, { deprecations: rows });
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  expect(loaded.settings.sessions.absoluteHours).toBe(2);
  expect(loaded.settings.factors['card']?.enabled).toBe(false);
  expect(describeMistakes(loaded.warnings).split('\n')).toEqual([
    'line 7, factors.card.active: is called factors.card.enabled since 0.3; the old name will go.',
    'line 8, sessions.maximumMinutes: is called sessions.absoluteHours since 0.2; the old name will go.',
  ]);
});

test('an old name beside the new one, and a wrong value under an old name, are mistakes at the place in the file', async () => {
  const both = `${local}sessions: { maximumMinutes: 120, absoluteHours: 2 }\n`;
  expect(await mistakesOf(both, { deprecations: rows })).toEqual([
    'line 8, sessions.maximumMinutes: is the old name of sessions.absoluteHours, which is given too: keep only that.',
  ]);
  expect(await mistakesOf(`${local}sessions:\n  maximumMinutes: much\n`, { deprecations: rows })).toEqual([
    expect.stringContaining('line 9, sessions.absoluteHours: expected a number'),
  ]);
});

test('the addresses of a demo follow from its ports', async () => {
  const text =
    local.replace(/issuer.*\n/, '') + 'demo: { enabled: true }\nclients: [{ id: demo-rp, secret: 0123456789abcdef }]\n';
  const loaded = await load(text, { env: { REKEY_LISTEN_PORT: '4100', REKEY_DEMO_RELYING_PARTY_PORT: '4101' } });
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  expect(loaded.settings.issuer).toBe('http://localhost:4100');
  expect(loaded.settings.clients[0]).toMatchObject({
    redirectUris: ['http://localhost:4101/callback'],
    postLogoutRedirectUris: ['http://localhost:4101/'],
  });
});

test('an invalid port is reported once, not for the addresses that follow from it', async () => {
  const text =
    local.replace(/issuer.*\n/, '') + 'demo: { enabled: true }\nclients: [{ id: demo-rp, secret: 0123456789abcdef }]\n';
  const env = { REKEY_LISTEN_PORT: 'abc', REKEY_DEMO_RELYING_PARTY_PORT: '0', REKEY_DEMO_HELPER_PORT: '65536' };
  const found = await mistakesOf(text, { env });
  expect(found.map((line) => line.replace(/^.*, (\S+): .*$/, '$1')).toSorted()).toEqual([
    'demo.helperPort',
    'demo.relyingPartyPort',
    'listen.port',
  ]);
});
