/** Short names of factors, for sentences of the helper page; the pages of the product have longer ones. */
const names: Readonly<Record<string, string>> = {
  'token-card': 'paper card',
  'email-otp': 'code by e-mail',
  'authenticator-app': 'authenticator app',
  sms: 'code by text message',
  'recovery-codes': 'recovery codes',
  passkey: 'passkey',
  'security-key': 'security key',
  'trusted-platform': 'key of this computer',
  'eid-card': 'identity card',
  'mobile-eid': 'national app',
};

/** Of a factor that is not listed: its id. */
export const shortName = (factor: string): string => names[factor] ?? factor;
