/** The grid: how a fob is made, which two numbers a question asks for, and what is engraved. Pure. */
import { createHmac } from 'node:crypto';
import type { Random, z } from 'rekey/factor';
import { randomDigits } from 'rekey/factor-kit/random-digits';
import type { secret } from './states.ts';

export type Secret = z.infer<typeof secret>;

const columns = ['A', 'B', 'C', 'D', 'E'];

/** `B3`: second column, third row. */
export const nameOfCell = (cell: number): string => `${columns[cell % 5] ?? ''}${Math.floor(cell / 5) + 1}`;

/** @param now ms */
export function makeFob(random: Random, now: number, months: number): Secret {
  const end = new Date(now);
  end.setUTCMonth(end.getUTCMonth() + months);
  return {
    version: 1,
    serial: randomDigits(random, 8),
    numbers: Array.from({ length: 25 }, () => randomDigits(random, 3)),
    seed: Buffer.from(random.bytes(16)).toString('base64url'),
    answered: 0,
    expiresAt: end.getTime(),
  };
}

/** The two different cells of the question with this number. */
export function cellsOf(seed: string, number: number): readonly [number, number] {
  const drawn = createHmac('sha256', seed).update(String(number)).digest();
  const first = drawn.readUInt32BE(0) % 25;
  const further = 1 + (drawn.readUInt32BE(4) % 24);
  return [first, (first + further) % 25];
}

/** The right answer: six digits. */
export const codeOf = ({ numbers, seed }: Secret, number: number): string =>
  cellsOf(seed, number)
    .map((cell) => numbers[cell])
    .join('');

export function printed({ serial, numbers }: Secret): string {
  const rows = [0, 1, 2, 3, 4].map((row) => `${row + 1}  ${numbers.slice(row * 5, row * 5 + 5).join('  ')}`);
  return [serial, `   ${columns.join('    ')}`, ...rows, ''].join('\n');
}
