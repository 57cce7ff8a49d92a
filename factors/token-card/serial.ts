/** Makes serials: random, so that a serial identifies a card and reveals nothing about codes or the order of issue. */
export const serialDigits = 9;

/** In groups of three, as printed. */
export const groupSerial = (serial: string): string => serial.match(/.{1,3}/g)?.join(' ') ?? serial;

export const tailOf = (serial: string): string => serial.slice(-4);
