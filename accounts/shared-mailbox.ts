/** Whether an address is read by several people, as its name says: `info@`, `office@`. A code sent there proves nobody in particular. */
export function isSharedMailbox(address: string, localParts: readonly string[]): boolean {
  const name = localPartOf(address);
  return localParts.some((part) => part.toLowerCase() === name);
}

/** What stands before the @, in small letters and without what follows a `+`. */
export function localPartOf(address: string): string {
  const at = address.lastIndexOf('@');
  const [name = ''] = address.slice(0, Math.max(0, at)).toLowerCase().split('+');
  return name;
}
