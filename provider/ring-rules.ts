/**
 * How long keys of the installation overlap, computed from the lifetimes of what they sign. Used by automatic rotation
 * and by the commands.
 */
import type { Settings } from '../config/schema.ts';
import type { RingRules } from './key-ring.ts';
import type { RingName } from './keys.ts';
import { idTokenSeconds } from './lifetimes.ts';

/** ms added to every wait: nodes read the keys every few seconds, and clocks differ a little. */
const spread = 60_000;

export function ringRules({
  publishHours,
  absoluteSeconds,
  interactionSeconds,
}: {
  /** How long relying parties may cache the key set. */
  readonly publishHours: number;
  /** Longest life of a session: a relying party may use its ID token as a hint for this long. */
  readonly absoluteSeconds: number;
  readonly interactionSeconds: number;
}): Readonly<Record<RingName, RingRules>> {
  return {
    signing: {
      publishedFor: publishHours * 3_600_000 + spread,
      keptFor: Math.max(absoluteSeconds, idTokenSeconds) * 1000 + spread,
    },
    // Only our own nodes read these.
    cookies: { publishedFor: spread, keptFor: Math.max(absoluteSeconds, interactionSeconds) * 1000 + spread },
  };
}

/** The same from the configuration of a deployment. */
export const ringRulesOf = ({ keys, sessions, signIn }: Pick<Settings, 'keys' | 'sessions' | 'signIn'>) =>
  ringRules({
    publishHours: keys.publishHours,
    absoluteSeconds: sessions.absoluteHours * 3600,
    interactionSeconds: signIn.interactionMinutes * 60,
  });
