/** A national provider by OpenID Connect, such as itsme: the person confirms there, most often in an app, and comes back. */
import { defineFactor } from '../contract.ts';
import { challenge, verify } from './authenticate.ts';
import { begin, confirm } from './enrol.ts';
import { publicKeys } from './keys.ts';
import { leave } from './leave.ts';
import { levels, readPreset } from './preset.ts';
import { settings } from './settings.ts';
import * as states from './states.ts';

export default defineFactor({
  id: 'mobile-eid',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: { many: false, selfService: true, script: false, asksAnew: true, inHand: ['phone'] },
  begin,
  confirm,
  challenge,
  verify,
  leave,
  publishes({ upstreams }, name) {
    const keys = upstreams.find(({ id }) => id === name)?.keys;
    return keys === undefined ? undefined : publicKeys(keys);
  },
  strength({ upstreams, presetFiles }) {
    const reached = upstreams.flatMap(({ preset }) => {
      const { acr } = readPreset(preset, presetFiles);
      return [...Object.values(acr.levels), ...(acr.absent === 'refuse' ? [] : [acr.absent])];
    });
    return levels[Math.max(...reached.map((level) => levels.indexOf(level)))] ?? 'low';
  },
  // The levels of eIDAS from substantial on ask for two factors of different kinds; which ones, the provider knows.
  assure: ({ level, amr }) => ({
    amr: level === 'low' && amr.length === 0 ? ['user'] : level === 'low' ? amr : [...new Set(['mfa', ...amr])],
    strength: level,
    possession: true,
    userVerified: level !== 'low',
    hardware: false,
    // A false site can pass on the request of the real one.
    phishingResistant: false,
    otherChannel: false,
  }),
  // A key of a provider that is not configured any more opens nothing.
  health: ({ upstream }, _now, { upstreams }) =>
    upstreams.some(({ id }) => id === upstream) ? { kind: 'healthy' } : { kind: 'healthy', until: 0 },
  describe: ({ upstream }) => ({ detail: upstream }),
});
