/** A national provider by OpenID Connect, such as itsme: the person confirms there, most often in an app, and comes back. */
import { defineFactor, type Assurance, type Strength } from '../contract.ts';
import { challenge, verify } from './authenticate.ts';
import { begin, confirm } from './enrol.ts';
import { publicKeys } from './keys.ts';
import { leave } from './leave.ts';
import { levels, readPreset } from './preset.ts';
import { settings, type Settings } from './settings.ts';
import * as states from './states.ts';

function highest({ upstreams, presetFiles }: Settings): Strength {
  const reached = upstreams.flatMap(({ preset }) => {
    const { acr } = readPreset(preset, presetFiles);
    return [...Object.values(acr.levels), ...(acr.absent === 'refuse' ? [] : [acr.absent])];
  });
  return levels[Math.max(...reached.map((level) => levels.indexOf(level)))] ?? 'low';
}

/** The levels of eIDAS from substantial on ask for two factors of different kinds; which ones, the provider knows. */
const proof = ({ level, amr }: { readonly level: Strength; readonly amr: readonly string[] }): Assurance => ({
  amr: level === 'low' && amr.length === 0 ? ['user'] : level === 'low' ? amr : [...new Set(['mfa', ...amr])],
  strength: level,
  possession: true,
  userVerified: level !== 'low',
  hardware: false,
  // A false site can pass on the request of the real one.
  phishingResistant: false,
  otherChannel: false,
  notified: true,
});

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
  strength: highest,
  assure: proof,
  best: (settings) => proof({ level: highest(settings), amr: [] }),
  // A key of a provider that is not configured any more opens nothing.
  health: ({ upstream }, _now, { upstreams }) =>
    upstreams.some(({ id }) => id === upstream) ? { kind: 'healthy' } : { kind: 'healthy', until: 0 },
  describe: ({ upstream }) => ({ detail: upstream }),
});
