/** A deployment that also signs in by text message, over a double of the gateway. */
import type { Overrides } from './product.ts';
import type { TwilioDouble } from './twilio-double.ts';

export function smsDeployment({ accountSid, authToken, baseUrl }: TwilioDouble, over: object = {}): Overrides {
  return {
    factors: {
      'email-otp': { recommended: true },
      'authenticator-app': { recommended: true },
      sms: { settings: { homeCountry: 'BE' } },
      'token-card': {
        settings: { reuse: 'reusable' },
        schedule: {
          closeEnrolment: '2023-07-19',
          untilAndIncluding: '2024-01-30',
          zone: 'Europe/Brussels',
          after: 're-enrol',
          replacements: ['authenticator-app', 'sms', 'email-otp'],
        },
      },
    },
    sms: { twilio: { accountSid, authToken, baseUrl, from: 'Proef' }, countries: ['BE', 'NL'], ...over },
  };
}
