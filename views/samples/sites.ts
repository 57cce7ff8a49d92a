/** Samples of pages: My digital keys, and pages outside of any sign-in. */
import { deskSamples } from './desk.ts';
import type { LanguageCode, Models } from '../models.ts';
import { codes, lastDay, going, over, shell, site, zone, type Sample } from './parts.ts';

function deviceCode(language: LanguageCode, mode: Models['device-code']['mode']): Models['device-code'] {
  const { relyingParty: _none, ...rest } = shell(language, 'device-code');
  return { ...rest, action: '/device', mode, ...(mode === 'enter' ? { secret: 'a-secret' } : {}) };
}

export const siteSamples: readonly Sample[] = [
  {
    name: 'keys',
    page: 'keys',
    model: (l) => ({
      ...site(l, 'keys'),
      keys: [
        {
          id: 'k1',
          factor: 'token-card',
          detail: '0240',
          boundAt: lastDay - 400 * 86_400_000,
          lastUsedAt: lastDay - 86_400_000,
          lastUsedOn: 'computer',
          blocked: false,
          ending: going,
          mayReplace: true,
        },
        {
          id: 'k2',
          factor: 'passkey',
          label: 'Das iPad in der Küche, das wir alle zusammen benutzen',
          detail: '',
          nature: 'synced',
          boundAt: lastDay,
          blocked: true,
          mayReplace: false,
        },
        {
          id: 'k3',
          factor: 'long-words',
          detail: '',
          boundAt: lastDay,
          blocked: false,
          ending: over,
          mayReplace: true,
        },
        {
          id: 'k4',
          factor: 'recovery-codes',
          detail: '',
          boundAt: lastDay,
          blocked: false,
          spent: 'key_exhausted',
          mayReplace: true,
        },
      ],
    }),
  },
  {
    name: 'keys-single',
    page: 'keys',
    model: (l) => ({
      ...site(l, 'keys'),
      said: 'renamed',
      advice: 'single',
      keys: [
        { id: 'k1', factor: 'authenticator-app', detail: '', boundAt: lastDay, blocked: false, mayReplace: false },
      ],
    }),
  },
  {
    name: 'keys-device-bound',
    page: 'keys',
    model: (l) => ({
      ...site(l, 'keys'),
      advice: 'device-bound',
      keys: [
        {
          id: 'k1',
          factor: 'passkey',
          detail: '',
          nature: 'device-bound',
          boundAt: lastDay,
          blocked: false,
          mayReplace: false,
        },
      ],
    }),
  },
  { name: 'keys-none', page: 'keys', model: (l) => ({ ...site(l, 'keys'), keys: [] }) },
  {
    name: 'profile',
    page: 'profile',
    model: (l) => ({
      ...site(l, 'profile'),
      username: 'anna.vandenbroucke-peeters',
      email: 'anna.vandenbroucke-peeters@administration.example.org',
      emailProven: true,
      offersPhone: true,
      phone: '+32 4•• •• •• 12',
      own: codes.map((code) => ({ code, current: code === l })),
    }),
  },
  {
    name: 'info',
    page: 'info',
    model: (l) => ({
      ...site(l, 'info'),
      sessions: [
        {
          id: 's1',
          since: lastDay - 3_600_000,
          seenAt: lastDay,
          device: 'phone',
          services: ['Tax-on-web', 'Mijn digitale sleutels'],
          here: true,
        },
        { id: 's2', since: lastDay - 86_400_000, seenAt: lastDay - 7_200_000, services: ['Tax-on-web'], here: false },
      ],
      activity: [
        { at: lastDay, what: 'signed-in', factor: 'authenticator-app', service: 'Tax-on-web', device: 'computer' },
        { at: lastDay - 60_000, what: 'password-wrong', times: 4 },
        { at: lastDay - 86_400_000, what: 'code-wrong', factor: 'token-card', service: 'Tax-on-web' },
      ],
      consents: [
        {
          id: 'c1',
          service: 'Mobiliteitsbudget-vergelijker van de Werkgeversfederatie',
          at: lastDay,
          data: ['openid', 'profile', 'email', 'offline_access'],
          own: [],
        },
        { id: 'c2', service: 'Huurwoning.example', at: lastDay - 86_400_000, data: ['openid'], own: ['Attest 2024'] },
      ],
      browsers: [
        { id: 'd1', grantedAt: lastDay, until: lastDay + 30 * 86_400_000, here: true },
        { id: 'd2', grantedAt: lastDay - 86_400_000, until: lastDay + 29 * 86_400_000, here: false },
      ],
    }),
  },
  {
    name: 'info-none',
    page: 'info',
    model: (l) => ({ ...site(l, 'info'), sessions: [], activity: [], consents: [], browsers: [] }),
  },
  ...(['signed-out', 'not-signed-in', 'over'] as const).map((why): Sample => ({
    name: `site-start-${why}`,
    page: 'site-start',
    model: (l) => {
      const { relyingParty: _none, ...rest } = shell(l, 'site-start');
      return { ...rest, why, enter: '/my/keys' };
    },
  })),
  ...deskSamples((language, step) => {
    const { relyingParty: _none, ...rest } = shell(language, step);
    return rest;
  }),
  ...(['ask', 'done'] as const).map((mode): Sample => ({
    name: `not-me-${mode}`,
    page: 'not-me',
    model: (l) => {
      const { relyingParty: _none, ...rest } = shell(l, 'not-me');
      return { ...rest, mode };
    },
  })),
  ...(['enter', 'done', 'refused', 'over'] as const).map((mode): Sample => ({
    name: `device-code-${mode}`,
    page: 'device-code',
    model: (l) => deviceCode(l, mode),
  })),
  {
    name: 'device-code-unknown',
    page: 'device-code',
    model: (l) => ({ ...deviceCode(l, 'enter'), notice: { reason: 'user_code_unknown', field: 'user_code' } }),
  },
  {
    name: 'device-code-paused',
    page: 'device-code',
    model: (l) => ({ ...deviceCode(l, 'paused'), notice: { reason: 'attempts_paused', until: lastDay } }),
  },
  ...([true, false] as const).map((sameNetwork): Sample => ({
    name: sameNetwork ? 'device-confirm' : 'device-confirm-elsewhere',
    page: 'device-confirm',
    model: (l) => ({
      ...shell(l, 'device-confirm'),
      action: '/device',
      secret: 'a-secret',
      userCode: 'WDJB-MJHT',
      askedAt: lastDay,
      askedFrom: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
      sameNetwork,
      zone,
    }),
  })),
  {
    name: 'front',
    page: 'front',
    model: (l) => {
      const { relyingParty: _none, ...rest } = shell(l, 'front');
      return rest;
    },
  },
];
