/** Whether an address is read by several people, as its name says: `info@`, `office@`. A code sent there proves nobody in particular. */
export function isSharedMailbox(address: string, localParts: readonly string[]): boolean {
  const at = address.lastIndexOf('@');
  const [name = ''] = address.slice(0, Math.max(0, at)).toLowerCase().split('+');
  return localParts.some((part) => part.toLowerCase() === name);
}
