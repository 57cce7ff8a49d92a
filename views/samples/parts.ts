/** What the samples of pages share: a person, names of great length, a card that ends. */
import encodeQr from 'qr';
import type { KeyChoice, LanguageCode, Models, Shell } from '../models.ts';

/** A page in one of its states. */
export type Sample = {
  [Page in keyof Models]: {
    readonly name: string;
    readonly page: Page;
    readonly model: (language: LanguageCode) => Models[Page];
  };
}[keyof Models];

export const products = {
  nl: 'Aanmelden bij de overheid',
  fr: 'Connexion aux services publics',
  de: 'Anmeldung bei Verwaltungsdiensten',
  en: 'Sign in to public services',
};
export const myKeys = {
  nl: 'Mijn digitale sleutels',
  fr: 'Mes clés numériques',
  de: 'Meine digitalen Schlüssel',
  en: 'My digital keys',
};
export const codes = ['nl', 'fr', 'de', 'en'] as const;
export const zone = 'Europe/Brussels';
export const lastDay = Date.UTC(2024, 0, 30, 22, 59);
export const going = { over: false, lastDay, zone };
export const over = { ...going, over: true };

export function shell(language: LanguageCode, step: string): Shell {
  return {
    language,
    languages: codes.map((code) => ({
      code,
      href: `/interaction/u1/${step}?lang=${code}`,
      current: code === language,
    })),
    product: products[language],
    relyingParty: 'Tax-on-web',
    links: { help: '/help', myKeys: '/keys' },
    step,
    action: `/interaction/u1/${step}`,
  };
}

/** Of a page that leads to no service, or names it itself. */
export function withoutService(language: LanguageCode, step: string): Shell {
  const { relyingParty: _none, ...rest } = shell(language, step);
  return rest;
}

export const telephone = { shown: '+32 2 212 96 00', dial: '+3222129600' };
export const hours: Record<LanguageCode, string> = {
  nl: 'Op werkdagen van 9 tot 17 uur',
  fr: 'Les jours ouvrables de 9 h à 17 h',
  de: 'Werktags von 9 bis 17 Uhr',
  en: 'On working days from 9 a.m. to 5 p.m.',
};

export const wizard = (language: LanguageCode, step: string, at: 1 | 2 | 3 | 4) =>
  ({ ...shell(language, step), at, displayName: 'Anna Vandenbroucke-Peeters', mayPrevious: at > 1 }) as const;

/** The pages of an activation lead to no service, and have no Previous before the third. */
export const activationWizard = (language: LanguageCode, step: string, at: 1 | 2 | 3 | 4) => {
  const { relyingParty: _none, ...rest } = wizard(language, step, at);
  return { ...rest, activation: true } as const;
};

export const site = (language: LanguageCode, tab: string) => {
  const { relyingParty: _none, ...rest } = shell(language, tab);
  return {
    ...rest,
    displayName: 'Anna Vandenbroucke-Peeters',
    formToken: 'a-token',
    tabs: ['keys', 'profile', 'info'].map((name) => ({ name, href: `/my/${name}`, current: name === tab })),
    zone,
  };
};

export const sixKeys: readonly KeyChoice[] = [
  { id: 'authenticator-app', usedLast: true },
  { id: 'email-otp' },
  { id: 'long-words' },
  { id: 'plain-words' },
  { id: 'gone' },
  { id: 'token-card', going },
];

export const uri = 'otpauth://totp/Rekey:anna?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Rekey';
export const appShows = {
  uri,
  qr: {
    size: 270,
    image: `data:image/svg+xml;base64,${Buffer.from(encodeQr(uri, 'svg', { ecc: 'medium', border: 4 })).toString('base64')}`,
  },
  secret: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
  issuer: 'Rekey',
  account: 'anna.vandenbroucke-peeters',
  digits: 6,
};
export const mailShows = { address: 'a…@example.org', minutes: 5, digits: 8, sentAt: lastDay };
export const cardShows = { position: 18, card: '4711', digits: 6 };

export const ask = {
  challenge: 'A'.repeat(43),
  rpId: 'gallery.localhost',
  timeout: 300_000,
  userVerification: 'required',
};
export const deviceShows = { options: JSON.stringify(ask), patience: 300_000, number: 2 };
export const usernameless = { factor: 'passkey', sealed: 'B'.repeat(120), shows: deviceShows };
export const held = [
  { label: 'Mijn telefoon', detail: 'Google Password Manager', nature: 'synced' },
  { label: 'Sleutelbos met een heel lange naam, van thuis', detail: '', nature: 'device-bound' },
];

export const retirement = (language: LanguageCode): Models['phase-out'] => ({
  ...shell(language, 'phase-out'),
  factor: 'token-card',
  lastDay,
  zone,
  over: false,
  daysLeft: 10,
  mayMigrate: true,
  mayPostpone: true,
  proved: false,
});
export const password = (language: LanguageCode): Models['password'] => ({
  ...shell(language, 'password'),
  factor: 'email-otp',
  mayChooseKey: true,
  maySecure: false,
  mayForget: false,
  securing: false,
});
export const proveCard = (language: LanguageCode): Models['prove-key'] => ({
  ...shell(language, 'prove-key'),
  factor: 'token-card',
  shows: cardShows,
  detail: '4711',
  mayResend: false,
  mayChooseOther: true,
  others: [],
  trust: false,
  mayFind: true,
  forMigration: false,
  forPassword: false,
});
export const proveMail = (language: LanguageCode): Models['prove-key'] => ({
  ...proveCard(language),
  factor: 'email-otp',
  shows: mailShows,
  detail: 'a…@example.org',
  mayResend: true,
  resendIn: 25,
});
