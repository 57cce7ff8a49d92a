/** Samples of pages: changes, refusals and the ends of a sign-in. */
import { myKeys, lastDay, shell, telephone, hours, wizard, withoutService, type Sample } from './parts.ts';

export const endSamples: readonly Sample[] = [
  {
    name: 'confirm-email-action',
    page: 'confirm-email',
    model: (l) => ({
      ...shell(l, 'confirm-email'),
      relyingParty: myKeys[l],
      forAction: true,
      displayName: 'Anna Vandenbroucke-Peeters',
      mayPrevious: false,
      mode: 'change',
      email: 'anna@example.org',
      further: false,
      mayChange: true,
    }),
  },
  {
    name: 'remove-key',
    page: 'remove-key',
    model: (l) => ({
      ...shell(l, 'remove-key'),
      relyingParty: myKeys[l],
      forAction: true,
      factor: 'sms',
      detail: '+32 … 67',
      since: lastDay,
    }),
  },
  {
    name: 'remove-key-named',
    page: 'remove-key',
    model: (l) => ({
      ...shell(l, 'remove-key'),
      relyingParty: myKeys[l],
      forAction: true,
      factor: 'passkey',
      detail: 'Google Password Manager',
      label: 'Sleutelbos met een heel lange naam, van thuis',
      nature: 'synced',
      since: lastDay,
    }),
  },
  {
    name: 'refused-key-last',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      relyingParty: myKeys[l],
      forAction: true,
      reason: 'key_last',
      actions: ['cancel'],
    }),
  },
  {
    name: 'done-ends',
    page: 'done',
    model: (l) => ({ ...wizard(l, 'done', 4), factor: 'email-otp', from: 'token-card', mayContinue: false }),
  },
  {
    name: 'refused',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      reason: 'key_not_held_or_expired',
      factor: 'token-card',
      furtherLinks: { myKeys: '/keys', activation: '/activate' },
      actions: ['secure', 'other-key', 'cancel'],
    }),
  },
  {
    name: 'refused-alone',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      reason: 'key_not_held_or_expired',
      factor: 'token-card',
      next: 'activate',
      actions: ['secure', 'cancel'],
    }),
  },
  {
    name: 'refused-alone-add',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      reason: 'no_usable_key',
      next: 'add',
      furtherLinks: { myKeys: '/keys' },
      actions: ['other-account', 'cancel'],
    }),
  },
  {
    name: 'refused-again',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      now: lastDay - 90_000,
      reason: 'attempts_paused',
      actions: ['again', 'back', 'cancel'],
      until: lastDay,
    }),
  },
  {
    name: 'refused-account',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      reason: 'account_unexpected',
      actions: ['other-account', 'cancel'],
    }),
  },
  {
    name: 'refused-begin-anew',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      service: { name: 'Tax-on-web', url: 'https://tax.example/begin' },
      reason: 'level_unreachable',
      actions: ['cancel'],
    }),
  },
  {
    name: 'refused-fault',
    page: 'refused',
    model: (l) => {
      const { relyingParty: _none, ...rest } = shell(l, 'refused');
      const fault = { reason: 'service_fault', actions: [], reference: '01JD6Q2Z7M', until: lastDay };
      return { ...rest, links: {}, helpDesk: { hours: hours[l], telephone }, ...fault };
    },
  },
  {
    name: 'refused-request',
    page: 'refused',
    model: (l) => {
      const { relyingParty: _none, ...rest } = shell(l, 'refused');
      const cause = "invalid_redirect_uri: redirect_uri did not match any of the client's registered redirect_uris";
      return { ...rest, links: {}, reason: 'request_invalid', actions: [], reference: '01JD6Q2Z7M', cause };
    },
  },
  {
    name: 'refused-password-reset',
    page: 'refused',
    model: (l) => ({
      ...shell(l, 'refused'),
      helpDesk: { hours: hours[l], telephone },
      reason: 'password_reset_impossible',
      actions: ['back', 'cancel'],
    }),
  },
  {
    name: 'choose-key-step-up',
    page: 'choose-key',
    model: (l) => ({
      ...shell(l, 'choose-key'),
      whyAsked: 'stronger',
      keys: [{ id: 'authenticator-app', usedLast: true }],
      mayFind: false,
      toService: true,
      maySecure: false,
    }),
  },
  {
    name: 'sign-out',
    page: 'sign-out',
    model: (l) => ({
      ...withoutService(l, 'sign-out'),
      formHtml:
        '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
    }),
  },
  {
    name: 'sign-out-asked',
    page: 'sign-out',
    model: (l) => ({
      ...withoutService(l, 'sign-out'),
      formHtml:
        '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="x"/></form>',
      asking: 'Mijn belastingen',
      name: 'An Peeters',
    }),
  },
  {
    name: 'still-signed-in',
    page: 'still-signed-in',
    model: (l) => ({
      ...withoutService(l, 'still-signed-in'),
      service: { name: 'Mijn belastingen', url: 'https://tax.example/' },
    }),
  },
  {
    name: 'signed-out',
    page: 'signed-out',
    model: (l) => ({
      ...withoutService(l, 'signed-out'),
      service: { name: 'Mijn belastingen', url: 'https://tax.example/' },
    }),
  },
  {
    name: 'onward',
    page: 'onward',
    model: (l) => ({
      ...withoutService(l, 'onward'),
      languages: [],
      action: 'https://rp.example/callback',
      fields: [{ name: 'code', value: 'x' }],
    }),
  },
];
