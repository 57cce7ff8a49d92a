/** A national identity card in a reader, by Web eID: the card signs our origin and our question, the person enters its PIN. */
import { defineFactor, type Assurance, type Strength } from '../contract.ts';
import { challenge, verify } from './authenticate.ts';
import { begin, confirm } from './enrol.ts';
import { answerField } from './prove-card.ts';
import { longestToken } from './read-token.ts';
import { settings, type Settings } from './settings.ts';
import * as states from './states.ts';
import { readTrust } from './trust.ts';

const levels = ['low', 'substantial', 'high'] as const;

function highest(given: Settings): Strength {
  const accepted = readTrust(given).countries.map(({ level }) => levels.indexOf(level));
  return levels[Math.max(...accepted)] ?? 'low';
}

/** RFC 8176 §2: a smart card, and its PIN. */
const proof = ({ level }: { readonly level: Strength }): Assurance => ({
  amr: ['sc', 'pin'],
  strength: level,
  possession: true,
  userVerified: true,
  hardware: true,
  phishingResistant: true,
  otherChannel: false,
  notified: true,
});

export default defineFactor({
  id: 'eid-card',
  settings,
  states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
  traits: {
    many: false,
    selfService: true,
    script: 'own',
    longFields: { [answerField]: longestToken },
    asksAnew: true,
    inHand: ['card'],
  },
  begin,
  confirm,
  challenge,
  verify,
  strength: highest,
  assure: proof,
  best: (given) => proof({ level: highest(given) }),
  health: () => ({ kind: 'healthy' }),
  describe: ({ country }) => ({ detail: country }),
});
