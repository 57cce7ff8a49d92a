/**
 * Whether several people read an address, judged by its name: `info@`, `office@`. A code sent there proves no one
 * person.
 */
export function isSharedMailbox(address: string, localParts: readonly string[]): boolean {
  const name = localPartOf(address);
  return localParts.some((part) => part.toLowerCase() === name);
}

/** The local part in lower case, without a `+` suffix. */
export function localPartOf(address: string): string {
  const at = address.lastIndexOf('@');
  const [name = ''] = address.slice(0, Math.max(0, at)).toLowerCase().split('+');
  return name;
}
