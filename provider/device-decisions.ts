/** Who may decide on a device code, and how often: pure. Used by the store of device codes and by their rules. */
import type { AdapterPayload } from 'oidc-provider';

/** What the engine keeps of a device code, with the members that we add. */
export interface DeviceCodePayload extends AdapterPayload {
  /** `uid` of the session of the browser that has begun to decide on it. */
  readonly by?: string;
  /** Instant (ms) by our clock. */
  readonly endsAt?: number;
}

/** Whether it was approved or refused. */
export const isDecided = ({ accountId, error }: DeviceCodePayload): boolean =>
  accountId !== undefined || error !== undefined;

/** Whether a stored device code may become this one: it is decided by one browser, and once. */
export function mayFollow(stored: DeviceCodePayload, next: DeviceCodePayload): boolean {
  if (stored.consumed !== undefined || isDecided(stored)) return false;
  return stored.by === undefined || stored.by === next.by;
}
