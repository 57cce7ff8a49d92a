/**
 * Reads telephone numbers and stores them as E.164 with a plus (ITU-T E.164 §6). Conservative: refuses a number that
 * could be dialled in another way, has an extension, or gets no text messages.
 */
import { createRequire } from 'node:module';
import type { CountryCode } from 'libphonenumber-js/max';
import { accepted, refused } from '../contract.ts';
import type { Outcome } from '../contract.ts';

type Plans = typeof import('libphonenumber-js/max');
const load = createRequire(import.meta.url);
let read: Plans | undefined;
/** The numbering plans take time to load, and the start does not wait for them. */
const plans = (): Plans => (read ??= load('libphonenumber-js/max') as Plans);

export interface PhoneNumber {
  /** `+32470123456` */
  readonly number: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

const longest = 40;
/** Characters that people put between digits: spaces, full stops, slashes, brackets, hyphens and dashes. */
const between = /[\s./()\u2010-\u2015-]/gu;
const trunkZero = /\(0\)/;
/** Types of numbers that get text messages. Some countries do not distinguish landline and mobile. */
const reached: ReadonlySet<string | undefined> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);

/** ISO 3166-1 alpha-2, of countries with a numbering plan. */
export const isCountry = (code: string): code is CountryCode => plans().isSupportedCountry(code);

/**
 * @param home the country whose national numbers are accepted; without it a number begins with `+` or `00`. Refuses
 * with `number_invalid` anything but one number of a numbering plan, and with `number_refused` a number that gets no
 * text messages.
 */
export function readPhoneNumber(typed: string, home?: string): Outcome<PhoneNumber> {
  if (typed.length > longest) return refused('number_invalid');
  const text = typed.normalize('NFKC').trim();
  const abroad = /^(\+|00)/.test(text);
  const bare = (abroad ? text.replace(trunkZero, '') : text).replace(between, '');
  if (!/^\+?[0-9]+$/.test(bare)) return refused('number_invalid');
  const given = bare.startsWith('00') ? `+${bare.slice(2)}` : bare;
  if (!given.startsWith('+') && (home === undefined || !isCountry(home))) return refused('number_invalid');
  try {
    const { number, country, ...found } = plans().parsePhoneNumberWithError(given, {
      ...(home !== undefined && isCountry(home) ? { defaultCountry: home } : {}),
      extract: false,
    });
    if (country === undefined || !isNumber(number)) return refused('number_invalid');
    const known = plans().parsePhoneNumberWithError(number);
    if (found.ext !== undefined || !known.isValid()) return refused('number_invalid');
    return reached.has(known.getType()) ? accepted({ number, country }) : refused('number_refused');
  } catch {
    return refused('number_invalid');
  }
}

const isNumber = (text: string): boolean => /^\+[1-9][0-9]{6,14}$/.test(text);

/** Whether it is a number in stored form that gets text messages. */
export const isKeptNumber = (text: string): boolean => {
  const understood = readPhoneNumber(text);
  return understood.ok && understood.value.number === text;
};

/** Country code and the last two digits: enough to recognise one's own number, too little to learn another's. */
export function maskPhoneNumber(number: string): string {
  return `${callingCode(number)} … ${number.slice(-2)}`;
}

/**
 * The groups of a number for limits: its country, and its neighbours (country code and the first `digits` digits after
 * it).
 */
export function blockOf(number: string, digits: number): { readonly country: string; readonly block: string } {
  const code = callingCode(number);
  return { country: countryOf(number) ?? 'none', block: number.slice(0, code.length + digits) };
}

function countryOf(number: string): string | undefined {
  try {
    return plans().parsePhoneNumberWithError(number).country;
  } catch {
    return undefined;
  }
}

function callingCode(number: string): string {
  try {
    return `+${plans().parsePhoneNumberWithError(number).countryCallingCode}`;
  } catch {
    return '+';
  }
}
