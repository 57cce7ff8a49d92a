/** A deployment that retires the card and the mailed code, and replaces them by keys in devices. */
import type { Overrides } from './product.ts';

const goes = {
  closeEnrolment: '2023-07-19',
  untilAndIncluding: '2024-01-30',
  zone: 'Europe/Brussels',
  after: 're-enrol',
  replacements: ['passkey', 'trusted-platform', 'security-key'],
};

export const devices = {
  factors: {
    passkey: { recommended: true },
    'trusted-platform': {},
    'security-key': {},
    'authenticator-app': {},
    'email-otp': { schedule: goes },
    'token-card': { settings: { reuse: 'reusable' }, schedule: goes },
  },
} satisfies Overrides;
