import type { Random } from '../contract.ts';

/** Nine random digits: tells cards apart, says nothing about codes or order of issue. */
export const makeSerial = (random: Random): string => String(random.int(1_000_000_000)).padStart(9, '0');

/** In threes, as printed. */
export const groupSerial = (serial: string): string => serial.match(/.{1,3}/g)?.join(' ') ?? serial;

export const tailOf = (serial: string): string => serial.slice(-4);
