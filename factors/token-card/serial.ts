/** Of a serial that we make: random, so that it tells cards apart and says nothing of codes or of the order of issue. */
export const serialDigits = 9;

/** In threes, as printed. */
export const groupSerial = (serial: string): string => serial.match(/.{1,3}/g)?.join(' ') ?? serial;

export const tailOf = (serial: string): string => serial.slice(-4);
