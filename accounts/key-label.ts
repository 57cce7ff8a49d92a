/** The person's own name for a key: one line of plain text, at most 60 characters. */
const longestLabel = 60;

/** `undefined`: no name. */
export function keyLabel(written: string | undefined): string | undefined {
  const plain = (written ?? '').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return plain === '' ? undefined : Array.from(plain).slice(0, longestLabel).join('');
}
