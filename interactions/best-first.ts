/** The order in which keys are asked for and offered. Pure. The context of a request calls it. */
import type { Key } from '../accounts/person.ts';
import type { FactorId } from '../factors/contract.ts';

/** Keys that are not being retired first, then the last used. */
export const bestFirst = (keys: readonly Key[], isGoing: (factor: FactorId) => boolean): readonly Key[] =>
  keys.length < 2
    ? keys
    : keys.toSorted(
        (a, b) =>
          Number(isGoing(a.factor)) - Number(isGoing(b.factor)) ||
          (b.lastUsedAt ?? b.boundAt) - (a.lastUsedAt ?? a.boundAt),
      );
