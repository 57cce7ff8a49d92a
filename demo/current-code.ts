/**
 * What an authenticator app would show: HOTP (RFC 4226 §5.3) over the time step (RFC 6238 §4), SHA-1, six digits,
 * thirty seconds.
 */
import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const period = 30;

export interface CurrentCode {
  readonly code: string;
  /** Whole seconds for which it is still the current one, 1 to 30. */
  readonly secondsLeft: number;
}

/** @param secret base32, however grouped; `undefined` when it is none */
export function currentCode(secret: string, now: number): CurrentCode | undefined {
  const letters = secret.toUpperCase().replaceAll(/[\s=-]/g, '');
  if (!/^[A-Z2-7]{16,128}$/.test(letters)) return undefined;
  const seconds = Math.floor(now / 1000);
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(seconds / period)));
  const mac = createHmac('sha1', fromBase32(letters)).update(step).digest();
  const at = (mac.at(-1) ?? 0) & 0x0f;
  const number = (mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000;
  return { code: String(number).padStart(6, '0'), secondsLeft: period - (seconds % period) };
}

function fromBase32(letters: string): Buffer {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of letters) {
    held = ((held << 5) | alphabet.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Buffer.from(bytes);
}
