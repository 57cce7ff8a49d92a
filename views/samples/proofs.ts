/** Samples of pages: the proof of a key. */
import { myKeys, going, wizard, deviceShows, held, proveCard, proveMail, type Sample } from './parts.ts';

export const proofSamples: readonly Sample[] = [
  { name: 'prove-card', page: 'prove-key', model: (l) => ({ ...proveCard(l), going }) },
  {
    name: 'prove-card-wrong',
    page: 'prove-key',
    model: (l) => ({ ...proveCard(l), forMigration: true, notice: { reason: 'code_wrong', field: 'code' } }),
  },
  { name: 'prove-mail', page: 'prove-key', model: proveMail },
  {
    name: 'prove-for-password',
    page: 'prove-key',
    model: (l) => ({ ...proveCard(l), mayChooseOther: false, mayFind: false, forPassword: true }),
  },
  {
    name: 'prove-mail-action',
    page: 'prove-key',
    model: (l) => ({ ...proveMail(l), relyingParty: myKeys[l], forAction: true, forMigration: true }),
  },
  {
    name: 'prove-mail-others',
    page: 'prove-key',
    model: (l) => ({
      ...proveMail(l),
      mayChooseOther: false,
      trustDays: 7,
      others: [{ id: 'authenticator-app' }, { id: 'token-card', detail: '4711', going }],
    }),
  },
  {
    name: 'prove-app',
    page: 'prove-key',
    model: (l) => ({ ...proveCard(l), factor: 'authenticator-app', shows: { digits: 6, period: 30 }, detail: '' }),
  },
  {
    name: 'prove-sms',
    page: 'prove-key',
    model: (l) => ({
      ...proveMail(l),
      factor: 'sms',
      shows: { number: '+32 … 56', minutes: 5, digits: 6 },
      detail: '+32 … 56',
    }),
  },
  {
    name: 'prove-passkey',
    page: 'prove-key',
    model: (l) => ({ ...proveCard(l), factor: 'passkey', shows: deviceShows, detail: '', scripted: true, held }),
  },
  {
    name: 'prove-platform',
    page: 'prove-key',
    model: (l) => ({
      ...proveCard(l),
      factor: 'trusted-platform',
      shows: deviceShows,
      detail: 'Windows Hello',
      scripted: true,
      forMigration: true,
      notice: { reason: 'device_unverified', field: 'code' },
    }),
  },
  {
    name: 'prove-security-key',
    page: 'prove-key',
    model: (l) => ({
      ...proveCard(l),
      factor: 'security-key',
      shows: deviceShows,
      detail: 'YubiKey 5 NFC',
      scripted: true,
      notice: { reason: 'device_copied' },
    }),
  },
  ...(['passkey', 'trusted-platform', 'security-key'] as const).map((factor): Sample => ({
    name: `activate-${factor}`,
    page: 'activate-key',
    model: (l) => ({
      ...wizard(l, 'activate-key', 3),
      factor,
      shows: deviceShows,
      scripted: true,
      mayResend: false,
      ...(factor === 'security-key' ? { notice: { reason: 'device_known', kept: { label: 'Sleutelbos' } } } : {}),
    }),
  })),
];
