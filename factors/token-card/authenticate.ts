/** Asks for the code at a position of the card, and judges it. */
import { accepted, refused } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import { normaliseCode } from '../kit/normalise-code.ts';
import { spend } from '../kit/spent-challenges.ts';
import { due } from './draw.ts';
import { tailOf } from './serial.ts';
import type { Settings } from './settings.ts';
import type { Challenge, Facts, Secret } from './states.ts';

/** Asks for the next position; it stays the same at every reload and every new sign-in until it is answered. */
export async function challenge(
  { random, now, settings }: Tools<Settings>,
  secret: Secret,
): Promise<Outcome<Challenged<Challenge>>> {
  const position = due(secret, settings.reuse);
  if (position === undefined) return refused('key_exhausted');
  const id = Buffer.from(random.bytes(16)).toString('base64url');
  return accepted({
    challenge: { version: 1, id, drawnAt: now, serial: secret.serial, position },
    shows: { position, card: tailOf(secret.serial), digits: secret.digits },
  });
}

/**
 * Only the code of the requested position is right, and an answered challenge no longer counts, even on a reusable
 * card.
 */
export async function verify(
  { hash, settings }: Tools<Settings>,
  secret: Secret,
  { id, drawnAt, serial, position }: Challenge,
  input: Input,
): Promise<Outcome<Proved<Secret, Facts>>> {
  const code = normaliseCode(input, secret.digits);
  if (!code.ok) return code;
  const expected = secret.hashes[position - 1];
  if (serial !== secret.serial || expected === undefined) return refused('code_expired');
  const reusable = settings.reuse === 'reusable';
  if (!reusable && secret.used.includes(position)) return refused('code_used');
  const challenges = spend(secret.challenges, { id, at: drawnAt });
  if (!challenges.ok) return challenges;
  if (!(await hash.matches(expected, code.value))) return refused('code_wrong');
  const used = [...secret.used.filter((earlier) => earlier !== position), position];
  return accepted({ secret: { ...secret, used, challenges: challenges.value }, facts: { reusable } });
}
