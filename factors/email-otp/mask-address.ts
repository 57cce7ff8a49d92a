/** The first character and the domain: enough to recognise one's own mailbox, too little to learn another's. */
export const maskAddress = (address: string): string =>
  `${address.slice(0, 1)}…${address.slice(address.lastIndexOf('@'))}`;
