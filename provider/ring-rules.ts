/** How long keys of the installation overlap, from how long what they sign lives. Used by automatic rotation and by the commands. */
import type { Settings } from '../config/schema.ts';
import type { RingRules } from './key-ring.ts';
import type { RingName } from './keys.ts';
import { idTokenSeconds } from './lifetimes.ts';

/** Nodes read the keys every few seconds, and clocks differ by some: ms that are added to every wait. */
const spread = 60_000;

export function ringRules({
  publishHours,
  absoluteSeconds,
  interactionSeconds,
}: {
  /** For how long relying parties may keep a copy of the key set. */
  readonly publishHours: number;
  /** Longest life of a session: for as long a relying party may show an ID token of it as a hint. */
  readonly absoluteSeconds: number;
  readonly interactionSeconds: number;
}): Readonly<Record<RingName, RingRules>> {
  return {
    signing: {
      publishedFor: publishHours * 3_600_000 + spread,
      keptFor: Math.max(absoluteSeconds, idTokenSeconds) * 1000 + spread,
    },
    // Nobody but our own nodes reads these.
    cookies: { publishedFor: spread, keptFor: Math.max(absoluteSeconds, interactionSeconds) * 1000 + spread },
  };
}

/** The same, from the configuration of a deployment. */
export const ringRulesOf = ({ keys, sessions, signIn }: Pick<Settings, 'keys' | 'sessions' | 'signIn'>) =>
  ringRules({
    publishHours: keys.publishHours,
    absoluteSeconds: sessions.absoluteHours * 3600,
    interactionSeconds: signIn.interactionMinutes * 60,
  });
