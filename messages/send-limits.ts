/**
 * How many messages a person gets: at most so many in an hour and in a day, and a least time between two of the same
 * purpose.
 */
export interface SendingLimits {
  /** Between a message and the next one for the same purpose in the same sign-in. */
  readonly sendEverySeconds: number;
  readonly sendPerHour: number;
  readonly sendPerDay: number;
}

const hour = 3_600_000;
const day = 24 * hour;

export type MaySend = { readonly ok: true } | { readonly ok: false; readonly until: number };

/** @param sendings instants (ms) of earlier messages to this person, oldest first */
export function maySend(sendings: readonly number[], now: number, limits: SendingLimits): MaySend {
  const fullUntil = (window: number, most: number): number => {
    const within = sendings.filter((at) => at > now - window);
    const oldest = within[within.length - most];
    return oldest === undefined ? now : oldest + window;
  };
  const until = Math.max(fullUntil(hour, limits.sendPerHour), fullUntil(day, limits.sendPerDay));
  return until > now ? { ok: false, until } : { ok: true };
}

/** @param before instant (ms) of the message that is to be sent again */
export function mayResend(before: number, now: number, limits: SendingLimits): MaySend {
  const until = before + limits.sendEverySeconds * 1000;
  return until > now ? { ok: false, until } : { ok: true };
}

export const sent = (sendings: readonly number[], now: number): readonly number[] => [
  ...sendings.filter((at) => at > now - day),
  now,
];
