/** Samples of pages: from the choice of a key to a new password. */
import {
  zone,
  lastDay,
  going,
  over,
  shell,
  telephone,
  hours,
  sixKeys,
  usernameless,
  retirement,
  password,
  myKeys,
  withoutService,
  type Sample,
} from './parts.ts';

export const signInSamples: readonly Sample[] = [
  {
    name: 'consent',
    page: 'consent',
    model: (l) => ({
      ...withoutService(l, 'consent'),
      name: 'Mobiliteitsbudget-vergelijker van de Werkgeversfederatie',
      host: 'mobiliteitsbudget-vergelijker.werkgeversfederatie.example',
      displayName: 'Anna Vandenbroucke-Peeters',
      data: ['openid', 'profile', 'email', 'phone', 'address', 'groups', 'offline_access'],
      own: [myKeys[l]],
      terms: 'https://werkgeversfederatie.example/terms',
      privacy: 'https://werkgeversfederatie.example/privacy',
      allowedAt: lastDay,
    }),
  },
  {
    name: 'consent-first',
    page: 'consent',
    model: (l) => ({
      ...withoutService(l, 'consent'),
      name: 'Huurwoning',
      host: 'huurwoning.example',
      displayName: 'Anna Vandenbroucke-Peeters',
      data: ['openid', 'email'],
      own: [],
      terms: 'https://huurwoning.example/terms',
      privacy: 'https://huurwoning.example/privacy',
    }),
  },
  {
    name: 'select-account',
    page: 'select-account',
    model: (l) => ({
      ...shell(l, 'select-account'),
      displayName: 'Anna Vandenbroucke-Peeters',
      username: 'anna.vandenbroucke-peeters',
    }),
  },
  {
    name: 'select-account-program',
    page: 'select-account',
    model: (l) => ({
      ...shell(l, 'select-account'),
      displayName: 'Anna Vandenbroucke-Peeters',
      username: 'anna.vandenbroucke-peeters',
      application: 'MyGov',
    }),
  },
  {
    name: 'choose-key',
    page: 'choose-key',
    model: (l) => ({ ...shell(l, 'choose-key'), keys: sixKeys, mayFind: true, maySecure: true, toService: true }),
  },
  {
    name: 'find-key',
    page: 'find-key',
    model: (l) => ({ ...shell(l, 'find-key'), hands: ['phone', 'computer', 'card', 'letter', 'fob'] }),
  },
  {
    name: 'choose-key-over',
    page: 'choose-key',
    model: (l) => ({
      ...shell(l, 'choose-key'),
      inHand: 'card',
      mayFind: true,
      maySecure: false,
      keys: [
        { id: 'email-otp', detail: 'a…@example.org' },
        { id: 'token-card', going: over },
      ],
      toService: true,
    }),
  },
  {
    name: 'choose-key-usernameless',
    page: 'choose-key',
    model: (l) => ({
      ...shell(l, 'choose-key'),
      keys: [{ id: 'passkey', usedLast: true }, { id: 'trusted-platform' }, { id: 'security-key' }],
      mayFind: true,
      maySecure: false,
      toService: true,
      usernameless,
      notice: { reason: 'device_unknown' },
    }),
  },
  { name: 'phase-out', page: 'phase-out', model: retirement },
  {
    name: 'retirement-last-day',
    page: 'phase-out',
    model: (l) => ({ ...retirement(l), daysLeft: 1, postponementsLeft: 2, proved: true }),
  },
  {
    name: 'retirement-over',
    page: 'phase-out',
    model: (l) => ({ ...retirement(l), over: true, daysLeft: 0, mayPostpone: false }),
  },
  {
    name: 'retirement-over-refuse',
    page: 'phase-out',
    model: (l) => ({ ...retirement(l), over: true, daysLeft: 0, mayPostpone: false, mayMigrate: false }),
  },
  { name: 'password', page: 'password', model: password },
  {
    name: 'password-wrong',
    page: 'password',
    model: (l) => ({
      ...password(l),
      factor: 'token-card',
      going,
      username: 'anna.vandenbroucke-peeters',
      notice: { reason: 'credentials_wrong', field: 'password' },
    }),
  },
  {
    name: 'password-name-first',
    page: 'password',
    model: (l) => {
      const { factor: _none, ...rest } = password(l);
      return { ...rest, mayChooseKey: false, notice: { reason: 'attempts_paused', until: lastDay } };
    },
  },
  {
    name: 'password-usernameless',
    page: 'password',
    model: (l) => {
      const { factor: _none, ...rest } = password(l);
      return { ...rest, mayChooseKey: false, usernameless };
    },
  },
  {
    name: 'password-securing',
    page: 'password',
    model: (l) => {
      const { factor: _none, ...rest } = password(l);
      return { ...rest, mayChooseKey: false, securing: true };
    },
  },
  {
    name: 'password-may-secure',
    page: 'password',
    model: (l) => {
      const { factor: _none, ...rest } = password(l);
      return { ...rest, mayChooseKey: false, maySecure: true };
    },
  },
  {
    name: 'password-may-forget',
    page: 'password',
    model: (l) => ({ ...password(l), mayForget: true }),
  },
  {
    name: 'forgotten',
    page: 'forgotten',
    model: (l) => ({ ...shell(l, 'forgotten'), mode: 'password', username: 'anna.vandenbroucke-peeters' }),
  },
  {
    name: 'forgotten-username',
    page: 'forgotten',
    model: (l) => ({
      ...shell(l, 'forgotten'),
      mode: 'username',
      notice: { reason: 'field_empty', field: 'email' },
    }),
  },
  {
    name: 'check-mailbox',
    page: 'check-mailbox',
    model: (l) => ({
      ...shell(l, 'check-mailbox'),
      helpDesk: { hours: hours[l], telephone },
      mode: 'password',
      name: 'anna.vandenbroucke-peeters@gemeenschapscentrum.example.org',
      resendIn: 25,
      notice: { reason: 'code_wrong', field: 'code' },
    }),
  },
  {
    name: 'check-mailbox-username',
    page: 'check-mailbox',
    model: (l) => ({ ...shell(l, 'check-mailbox'), mode: 'username', name: 'anna@example.org', resendIn: 1 }),
  },
  {
    name: 'new-password',
    page: 'new-password',
    model: (l) => ({
      ...shell(l, 'new-password'),
      mode: 'choose',
      username: 'anna.vandenbroucke-peeters',
      minimumLength: 8,
    }),
  },
  {
    name: 'new-password-refused',
    page: 'new-password',
    model: (l) => ({
      ...shell(l, 'new-password'),
      mode: 'choose',
      username: 'anna.vandenbroucke-peeters',
      minimumLength: 15,
      notice: { reason: 'password_too_common', field: 'password' },
    }),
  },
  {
    name: 'new-password-done',
    page: 'new-password',
    model: (l) => ({ ...shell(l, 'new-password'), mode: 'done', username: 'anna', minimumLength: 8 }),
  },
  {
    name: 'secure-account',
    page: 'secure-account',
    model: (l) => ({ ...shell(l, 'secure-account'), must: false, from: lastDay, zone }),
  },
  {
    name: 'secure-account-must',
    page: 'secure-account',
    model: (l) => ({ ...shell(l, 'secure-account'), must: true }),
  },
];
