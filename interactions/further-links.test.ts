import { expect, test } from '@jest/globals';
import type { Reason } from '../factors/reasons.ts';
import { furtherLinksOf } from './further-links.ts';

const links = { myKeys: '/my', activation: '/activate' };

test.each<readonly [Reason, object]>([
  ['key_not_held_or_expired', links],
  ['no_usable_key', links],
  ['key_blocked', { activation: '/activate' }],
  ['password_reset_impossible', { activation: '/activate' }],
  ['activation_used', { myKeys: '/my' }],
  ['key_last', { myKeys: '/my' }],
  ['account_disabled', {}],
  ['activation_locked', {}],
  ['interaction_expired', {}],
])('A-561 %s', (reason, furtherLinks) => {
  expect(furtherLinksOf(reason, links)).toEqual(furtherLinks);
});

test('A-561 no link to what the deployment does not have', () => {
  expect(furtherLinksOf('no_usable_key', {})).toEqual({});
});
