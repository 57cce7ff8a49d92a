/** A check for `loadSettings`: what the enabled factors need beside their own settings. */
import type { Finding } from '../config/config-errors.ts';
import type { Settings } from '../config/schema.ts';
import { isCountry } from '../factors/kit/phone-number.ts';
import type { Registry } from '../factors/registry.ts';

export function checkKinds(registry: Registry, { factors, sms }: Settings): readonly Finding[] {
  const enabled = registry.all().filter(({ id }) => factors[id]?.enabled === true);
  const sending = enabled.filter(({ traits }) => traits.sends === 'sms');
  const restricted = enabled.filter(({ traits }) => traits.restricted === true);
  const fallbacks = enabled.filter(({ traits }) => traits.fallback === true);
  const named = [
    ...(sms?.countries ?? []).map((code, index) => ({ code, path: ['sms', 'countries', index] })),
    ...Object.keys(sms?.money.byCountry ?? {}).map((code) => ({ code, path: ['sms', 'money', 'byCountry', code] })),
  ];
  return [
    ...(sms
      ? []
      : sending.map(({ id }) => ({
          path: ['factors', id],
          says: 'sends text messages, and nothing says how they leave: give a section `sms`',
        }))),
    ...(restricted.length < enabled.length
      ? []
      : restricted.map(({ id }) => ({
          path: ['factors', id],
          says: 'is a restricted factor, and may be offered only beside one that is not (NIST SP 800-63B-4 §3.2.9)',
        }))),
    ...fallbacks
      .filter(({ id }) => factors[id]?.recommended === true)
      .map(({ id }) => ({
        path: ['factors', id, 'recommended'],
        says: 'is kept for the day on which no other key is at hand, and cannot be recommended',
      })),
    ...enabled
      .filter(({ id, traits }) => factors[id]?.offerAfterEnrolment === true && traits.fallback !== true)
      .map(({ id }) => ({
        path: ['factors', id, 'offerAfterEnrolment'],
        says: 'is only for keys that are kept for the day on which no other is at hand',
      })),
    ...(fallbacks.length === 0 || fallbacks.length < enabled.length
      ? []
      : fallbacks.map(({ id }) => ({
          path: ['factors', id],
          says: 'is kept for the day on which no other key is at hand, and may be offered only beside one that is not',
        }))),
    ...named
      .filter(({ code }) => !isCountry(code))
      .map(({ code, path }) => ({ path, says: `there is no country ${code}` })),
  ];
}
