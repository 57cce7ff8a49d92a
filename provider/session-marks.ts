/**
 * What a session says of itself to its person: when it was used last, and on what kind of device. Stored inside the
 * engine's own document, so it costs no store call and ends with it. No decision reads it.
 */
import { Provider } from 'oidc-provider';
import { deviceKind, type DeviceKind } from '../accounts/device-kind.ts';
import type { Clock } from '../time/clock.ts';

/** Members that we add to the engine's sessions; `keepEvidence` has the engine write them. */
export interface SessionMarks {
  /** Instant (ms) of the last request that used it. */
  seenAt?: number;
  device?: DeviceKind;
}

type Saves = (this: SessionMarks, ...given: unknown[]) => Promise<unknown>;

/** Call it once, after `keepEvidence`. */
export function markSessions(provider: Provider, clock: Clock): void {
  const model = provider.Session as unknown as { readonly prototype: { save: Saves } };
  const { save } = model.prototype;
  model.prototype.save = function saveMarked(this: SessionMarks, ...given: unknown[]) {
    const device = deviceKind(Provider.ctx?.get('user-agent') ?? '');
    Object.assign(this, { seenAt: clock.now() }, device === undefined ? {} : { device });
    return save.apply(this, given);
  };
}
