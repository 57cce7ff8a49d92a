/** The deployments of the product, as whole configurations. */
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readDeployment } from '../app/services.ts';
import { deadlinesFrom } from '../schedules/second-factor-deadlines.ts';
import { initialSchedules } from '../schedules/from-configuration.ts';
import { statusAt } from '../factors/policy/lifecycle.ts';
import { decisionRules, isUsedBy } from '../interactions/decision-rules.ts';
import { createNationalPki } from '../test/eid-world/national-pki.ts';
import type { Responder } from '../test/eid-world/ocsp-responder.ts';
import { writeCountry } from '../test/eid-world/trust-folder.ts';
import { describeMistakes } from './config-errors.ts';

const read = async (name: string, env: Record<string, string> = {}) => {
  const { loaded } = await readDeployment(join(import.meta.dirname, 'deployments', name), env);
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  expect(loaded.warnings).toEqual([]);
  return loaded.settings;
};
const secrets = {
  REKEY_CLIENTS_TAX_ON_WEB_SECRET: '0123456789abcdef',
  REKEY_MAIL_SMTP_PASSWORD: 'secret',
  REKEY_SMS_TWILIO_AUTH_TOKEN: '0123456789abcdef',
};

test('A13, A12: the CSAM card signs in until the last millisecond of 30 January 2024 in Brussels, then it permits nothing', async () => {
  const settings = await read('csam.yaml', secrets);
  expect(settings).toMatchObject({ signIn: { order: 'key-first' }, defaultLanguage: 'nl' });
  const schedule = initialSchedules(settings.factors, Date.parse('2023-10-01T00:00:00Z'))['token-card'];
  const rule = schedule?.rules[0] ?? {};
  expect(schedule).toMatchObject({ after: 'refuse', replacements: ['email-otp', 'authenticator-app'] });
  const at = (instant: string, offset = 0) => statusAt(rule, Date.parse(instant) + offset);
  expect([-1, 0, 1].map((offset) => at('2023-07-19T00:00:00+02:00', offset))).toEqual(['active', 'closed', 'closed']);
  expect([-1, 0, 1].map((offset) => at('2024-01-31T00:00:00+01:00', offset))).toEqual(['closed', 'sunset', 'sunset']);
});

const euSecrets = {
  REKEY_MAIL_SMTP_PASSWORD: 'secret',
  REKEY_SMS_TWILIO_AUTH_TOKEN: '0123456789abcdef',
  REKEY_CLIENTS_STAFF_PORTAL_SECRET: '0123456789abcdef',
  REKEY_CLIENTS_PAYMASTER_SECRET: '0123456789abcdef',
};

test('E1, E2: text messages sign in until the last millisecond of 30 June 2025 in Brussels, then permit only their replacement', async () => {
  const settings = await read('eu-login.yaml', euSecrets);
  expect(settings).toMatchObject({ signIn: { order: 'name-first' } });
  const schedule = initialSchedules(settings.factors, Date.parse('2025-03-01T00:00:00Z'))['sms'];
  const rule = schedule?.rules[0] ?? {};
  expect(schedule).toMatchObject({
    after: 're-enrol',
    replacements: ['authenticator-app', 'trusted-platform', 'passkey', 'security-key'],
  });
  expect(schedule?.postponements).toBeUndefined();
  const at = (instant: string, offset = 0) => statusAt(rule, Date.parse(instant) + offset);
  expect([-1, 0, 1].map((offset) => at('2025-02-01T00:00:00+01:00', offset))).toEqual(['active', 'closed', 'closed']);
  expect([-1, 0, 1].map((offset) => at('2025-07-01T00:00:00+02:00', offset))).toEqual(['closed', 'sunset', 'sunset']);
  expect(at('2030-01-01T00:00:00Z')).toBe('sunset');
});

test('EU Login does not start without any of its secrets', async () => {
  for (const name of Object.keys(euSecrets)) {
    const env: Record<string, string> = { ...euSecrets };
    delete env[name];
    await expect(read('eu-login.yaml', env)).rejects.toThrow('is missing');
  }
});

const uitSecrets = {
  REKEY_MAIL_SMTP_PASSWORD: 'secret',
  REKEY_SMS_TWILIO_AUTH_TOKEN: '0123456789abcdef',
  REKEY_CLIENTS_BALIE_SECRET: '0123456789abcdef',
  REKEY_CLIENTS_BEHEER_SECRET: '0123456789abcdef',
  REKEY_CLIENTS_AGENDA_SECRET: '0123456789abcdef',
};

test('D1, D2, D4, D6: UiTPAS: the desk accepts no code by e-mail; the back office asks every time', async () => {
  const settings = await read('uitpas.yaml', uitSecrets);
  expect(settings).toMatchObject({
    signIn: { order: 'name-first', secureAccount: true, trustedBrowser: { enabled: true, days: 7 } },
    sharedMailboxes: { mayEnrol: false },
    password: { minimumLength: 15 },
  });
  const client = (id: string) => settings.clients.find((one) => one.id === id);
  const strong = ['authenticator-app', 'sms'];
  expect(client('balie')).toMatchObject({ level: 'single', accepts: strong, trustedBrowser: true });
  expect(client('beheer')).toMatchObject({ level: 'substantial', accepts: strong, trustedBrowser: false });
  expect(client('agenda')).toMatchObject({ level: 'low', trustedBrowser: false });
  expect(client('agenda')?.accepts).toBeUndefined();
  // At the last millisecond of 31 May 2025 in Brussels a second step is still voluntary.
  expect(deadlinesFrom(settings.signIn.secondFactorDeadlines, 0)).toEqual([
    {
      client: 'balie',
      group: 'stad-oostende',
      announceAt: Date.parse('2025-03-03T00:00:00+01:00'),
      from: Date.parse('2025-06-01T00:00:00+02:00'),
      zone: 'Europe/Brussels',
    },
  ]);
});

test('UiTPAS does not start without any of its secrets', async () => {
  for (const name of Object.keys(uitSecrets)) {
    const env: Record<string, string> = { ...uitSecrets };
    delete env[name];
    await expect(read('uitpas.yaml', env)).rejects.toThrow('is missing');
  }
});

test('CSAM does not start without its secrets', async () => {
  await expect(read('csam.yaml')).rejects.toThrow('clients[0].secret: is missing');
});

test('the demo: the card’s last day is ten days after the first start, and then it permits its replacement', async () => {
  const settings = await read('demo.yaml');
  const now = Date.parse('2026-03-20T23:30:00+01:00');
  const schedule = initialSchedules(settings.factors, now)['token-card'];
  expect(schedule?.rules[0]?.sunsetAt).toBe(Date.parse('2026-03-31T00:00:00+02:00'));
  expect(statusAt(schedule?.rules[0] ?? {}, now)).toBe('announced');
  expect(schedule?.after).toBe('re-enrol');
  expect(settings).toMatchObject({
    issuer: 'http://localhost:3000',
    demo: { relyingPartyPort: 3001, helperPort: 3002 },
  });
});

test('no demo with a public issuer, however it is switched on', async () => {
  const env = { ...secrets, REKEY_DEMO_ENABLED: 'true', REKEY_DEMO_CLIENT: 'tax-on-web' };
  await expect(read('csam.yaml', env)).rejects.toThrow(
    'must not be switched on with the issuer https://idp.csam.example',
  );
  await expect(read('demo.yaml', { REKEY_ISSUER: 'https://id.example' })).rejects.toThrow('must not be switched on');
});

test('A-498 nobody is stranded at the relying party of the activation, where nobody signs in', async () => {
  const { loaded, registry } = await readDeployment(join(import.meta.dirname, 'deployments', 'csam.yaml'), secrets);
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  const { clients } = decisionRules({ settings: loaded.settings, registry, clock: { now: () => 0 } });
  const used = [...clients.values()].filter((client) => isUsedBy(client, { groups: ['staff'] }));
  expect(used.map(({ id }) => id)).toEqual(['tax-on-web', 'rekey-self-service']);
  expect(clients.has('rekey-activation')).toBe(true);
});

const national = (keysFile: string) => ({
  REKEY_FACTORS_MOBILE_EID_ENABLED: 'true',
  REKEY_FACTORS_MOBILE_EID_SETTINGS_LINK_KEY: 'k'.repeat(32),
  REKEY_FACTORS_MOBILE_EID_SETTINGS_UPSTREAMS_ITSME_CLIENT_ID: 'our-client',
  REKEY_FACTORS_MOBILE_EID_SETTINGS_UPSTREAMS_ITSME_SCOPE: 'openid service:OURS',
  REKEY_FACTORS_MOBILE_EID_SETTINGS_UPSTREAMS_ITSME_KEYS_FILE: keysFile,
});

test.each([
  ['csam.yaml', secrets],
  ['eu-login.yaml', euSecrets],
])('A-525: %s offers itsme once it is configured, and starts without it', async (name, env) => {
  expect((await read(name, env)).factors['mobile-eid']).toBeUndefined();
  const folder = await mkdtemp(join(tmpdir(), 'rekey-keys-'));
  const file = join(folder, 'keys.json');
  const key = (use: string) => ({
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    use,
    kid: use,
  });
  await writeFile(file, JSON.stringify({ keys: [key('sig'), key('enc')] }));
  const settings = await read(name, { ...env, ...national(file) });
  expect(settings.factors['mobile-eid']).toMatchObject({ enabled: true });
  // Switched on, it says what is missing.
  await expect(read(name, { ...env, REKEY_FACTORS_MOBILE_EID_ENABLED: 'true' })).rejects.toThrow('is missing');
  await rm(folder, { recursive: true });
});

test.each([
  ['csam.yaml', secrets],
  ['eu-login.yaml', euSecrets],
])('A-575: %s offers the identity card once it is configured, and starts without it', async (name, env) => {
  expect((await read(name, env)).factors['eid-card']).toBeUndefined();
  const folder = await mkdtemp(join(tmpdir(), 'rekey-country-'));
  const pki = await createNationalPki(Date.now());
  const places = writeCountry(folder, { pki, responder: { host: 'ocsp.example.org' } as Responder });
  await cp(join(places.certificates, 'xx'), join(places.certificates, 'be'), { recursive: true });
  await cp(join(places.countryFiles, 'xx.yaml'), join(places.countryFiles, 'be.yaml'));
  const given = {
    REKEY_FACTORS_EID_CARD_ENABLED: 'true',
    REKEY_FACTORS_EID_CARD_SETTINGS_LINK_KEY: 'k'.repeat(32),
    REKEY_FACTORS_EID_CARD_SETTINGS_CERTIFICATES: places.certificates,
    // The certificates of Belgium are not ours to give: a test country in its place.
    REKEY_FACTORS_EID_CARD_SETTINGS_COUNTRY_FILES: places.countryFiles,
  };
  expect((await read(name, { ...env, ...given })).factors['eid-card']).toMatchObject({ enabled: true });
  // Belgium's own file does not trust them.
  const { REKEY_FACTORS_EID_CARD_SETTINGS_COUNTRY_FILES: _own, ...real } = given;
  await expect(read(name, { ...env, ...real })).rejects.toThrow('does not lead to a pinned certificate of be.yaml');
  await expect(read(name, { ...env, REKEY_FACTORS_EID_CARD_ENABLED: 'true' })).rejects.toThrow('is missing');
  await rm(folder, { recursive: true });
});

test('A-525: a factor that is off may lack values, and nothing else', async () => {
  const env = { ...secrets, REKEY_FACTORS_MOBILE_EID_SETTINGS_LINK_KEY: 'short' };
  await expect(read('csam.yaml', env)).rejects.toThrow('linkKey');
});
