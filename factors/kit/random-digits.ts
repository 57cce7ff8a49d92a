/** Random codes of digits. */
import type { Random } from '../contract.ts';

/** A number of exactly `digits` digits, leading zeros included, each as likely as any other. */
export const randomDigits = (random: Random, digits: number): string =>
  String(random.int(10 ** digits)).padStart(digits, '0');
