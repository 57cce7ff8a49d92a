/**
 * How old a proof may be that permits a change of the account (ASVS 7.5.1). Pure; every step that changes something
 * asks it.
 */
export const recentMs = 5 * 60_000;

/** @param at when it was given (ms); absent: there is none */
export const isRecent = (at: number | undefined, now: number): boolean => at !== undefined && now - at <= recentMs;
