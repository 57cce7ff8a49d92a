/**
 * The time that this server judges by: its own clock, or, if that is too far behind the others, their time. So the
 * server refuses what only its own clock would permit. A clock that is ahead refuses earlier than others, and is left
 * as it is.
 */
import type { Services } from '../admin/services.ts';
import type { Membership } from '../cluster/membership.ts';
import type { Clock } from '../time/clock.ts';

export interface NodeClock {
  readonly clock: Clock;
  /** Whether this clock is right, as far as this process knows. */
  readonly isRight: () => boolean;
  readonly toolsFor: Services['toolsFor'];
}

export function createNodeClock(
  { settings, clock: own, toolsFor }: Pick<Services, 'settings' | 'clock' | 'toolsFor'>,
  node: Pick<Membership, 'clockDifference'>,
): NodeClock {
  // Where the database server may not judge expiry, its clock is not used here either.
  const ahead = () => (settings.storage.mongodb?.serverExpiry === false ? 0 : node.clockDifference());
  const clock = { now: () => own.now() - Math.min(0, ahead()) };
  return {
    clock,
    isRight: () => ahead() === 0,
    toolsFor: (factor, language) => ({ ...toolsFor(factor, language), now: clock.now() }),
  };
}
