import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { readDeployment } from './services.ts';
import { describeMistakes } from '../config/config-errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-sms-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const twilio = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a-token-of-32-characters-in-all', from: '+3225551234' };
const sms = { outbox: true, countries: ['BE'] };
const sound = {
  issuer: 'http://localhost:3000',
  name: 'Test',
  state: 'state',
  mail: { outbox: true },
  factors: { 'email-otp': {}, sms: {} },
  clients: [],
};

async function read(over: object, env: Record<string, string> = {}) {
  const file = join(folder, 'deployment.yaml');
  await writeFile(file, stringify({ ...sound, ...over }), { mode: 0o600 });
  const { loaded } = await readDeployment(file, env);
  return loaded.ok ? { settings: loaded.settings } : { says: describeMistakes(loaded.mistakes) };
}

test('a deployment with text messages, and its default settings', async () => {
  const { settings } = await read({ sms });
  expect(settings?.sms).toEqual({
    outbox: true,
    countries: ['BE'],
    limits: {
      perNumberHour: 5,
      perNumberDay: 10,
      blockDigits: 4,
      perBlockHour: 50,
      perCountryHour: 1_000,
      perNetworkHour: 60,
    },
    money: { perMessage: 0.1, byCountry: {}, hour: 50, day: 200, month: 2_000, alarmAt: 0.8 },
  });
});

test('the token comes from the environment or a file, and is never shown', async () => {
  const { authToken, ...rest } = twilio;
  const given = { ...sms, outbox: undefined, twilio: rest };
  const file = join(folder, 'token');
  await writeFile(file, `${authToken}\n`);
  for (const env of [{ REKEY_SMS_TWILIO_AUTH_TOKEN: authToken }, { REKEY_SMS_TWILIO_AUTH_TOKEN_FILE: file }]) {
    const { settings } = await read({ sms: given }, env);
    expect(settings?.sms?.twilio?.authToken).toBe(authToken);
  }
  const { settings } = await read({ sms: { ...given, twilio: { ...rest, authTokenFile: file } } });
  expect(settings?.sms?.twilio?.authToken).toBe(authToken);
  const short = await read({ sms: { ...given, twilio: { ...rest, authToken: 'tok-very-short' } } });
  expect(short.says).toContain('sms.twilio.authToken');
  expect(short.says).not.toContain('tok-very-short');
});

describe('A-026 refused settings', () => {
  test.each<readonly [string, object, RegExp]>([
    ['a kind that sends text messages, and no way to send them', {}, /factors\.sms.*give a section `sms`/],
    [
      'a restricted kind alone',
      { sms, factors: { sms: {} } },
      /factors\.sms.*restricted factor, and may be offered only beside one that is not/,
    ],
    [
      'a restricted kind beside one that is switched off',
      { sms, factors: { sms: {}, 'authenticator-app': { enabled: false } } },
      /factors\.sms.*restricted/,
    ],
    [
      'A-560 a key for every day that is offered at the end of an enrolment',
      { factors: { 'authenticator-app': { offerAfterEnrolment: true } } },
      /factors\.authenticator-app\.offerAfterEnrolment.*only for keys that are kept/,
    ],
    [
      'A-063 a fallback that is recommended',
      { factors: { 'authenticator-app': {}, 'recovery-codes': { recommended: true } } },
      /factors\.recovery-codes\.recommended.*cannot be recommended/,
    ],
    [
      'A-063 a fallback alone',
      { factors: { 'recovery-codes': {} } },
      /factors\.recovery-codes.*may be offered only beside one that is not/,
    ],
    ['no countries', { sms: { outbox: true } }, /sms\.countries/],
    ['a country that is none', { sms: { ...sms, countries: ['BE', 'XX'] } }, /sms\.countries\[1\].*no country XX/],
    ['a price for a country that is none', { sms: { ...sms, money: { byCountry: { XX: 1 } } } }, /no country XX/],
    ['two ways at once', { sms: { ...sms, twilio } }, /either `twilio` or `outbox: true`/],
    ['no way at all', { sms: { countries: ['BE'] } }, /either `twilio` or `outbox: true`/],
    [
      'two senders',
      { sms: { countries: ['BE'], twilio: { ...twilio, messagingServiceSid: `MG${'0'.repeat(32)}` } } },
      /either `from` or `messagingServiceSid`/,
    ],
    ['an account that is none', { sms: { countries: ['BE'], twilio: { ...twilio, accountSid: 'SK1' } } }, /accountSid/],
    [
      'another gateway than on this machine',
      { sms: { countries: ['BE'], twilio: { ...twilio, baseUrl: 'https://gateway.example' } } },
      /baseUrl.*on this machine/,
    ],
    [
      'messages kept, and a public issuer',
      {
        sms,
        issuer: 'https://login.example',
        mail: { smtp: { host: 'x', from: { name: 'x', address: 'x@y.example' } } },
      },
      /sms\.outbox.*localhost only/,
    ],
    [
      'a risk check over plain http',
      { sms: { ...sms, riskCheck: { url: 'http://risk.example/', key: 'k'.repeat(32) } } },
      /sms\.riskCheck\.url/,
    ],
    [
      'a risk check with a short key',
      { sms: { ...sms, riskCheck: { url: 'https://risk.example/', key: 'k' } } },
      /key/,
    ],
    [
      'a risk check that may take longer than a page',
      { sms: { ...sms, riskCheck: { url: 'https://risk.example/', key: 'k'.repeat(32), timeoutMs: 1_000 } } },
      /timeoutMs/,
    ],
    ['an unknown key', { sms: { ...sms, lookup: true } }, /lookup/],
    [
      'a home that is no country',
      { sms, factors: { 'email-otp': {}, sms: { settings: { homeCountry: 'Belgium' } } } },
      /homeCountry/,
    ],
  ])('%s', async (_name, over, says) => {
    const { says: said = '' } = await read(over);
    expect(said).toMatch(says);
  });

  test('is accepted beside an unrestricted factor, or when it is switched off', async () => {
    expect(await read({ sms })).toHaveProperty('settings');
    expect(await read({ factors: { 'email-otp': {}, sms: { enabled: false } } })).toHaveProperty('settings');
  });
});
