/** Whether a person should have a further key. Pure. The page of *My digital keys* and the end of an enrolment say so. */
import type { Key } from '../accounts/person.ts';

/**
 * @param working the keys that sign in now
 * @param isFob whether the key of a factor is a thing of its own, and no part of a phone or computer
 * @returns why; `undefined`: there is a spare, or no key at all
 */
export function spareAdvice(
  working: readonly Key[],
  isFob: (factor: string) => boolean,
): 'single' | 'device-bound' | undefined {
  if (working.length === 1) return 'single';
  if (working.length === 0 || working.some(({ nature }) => nature !== 'device-bound')) return undefined;
  return working.filter(({ factor }) => isFob(factor)).length < 2 ? 'device-bound' : undefined;
}
