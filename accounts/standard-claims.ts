/**
 * What relying parties may be told of a person beside the account itself, under the names and in the forms of OpenID Connect Core 1.0 §5.1. It comes in
 * by import, goes out by the scope that stands for it, and decides nothing here.
 */
import { z } from 'zod';
import { isZone } from '../time/calendar.ts';

// No control characters, and nothing that turns the direction of what stands beside it.
const oneLine = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;
const someLines = /^(?:[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\r?\n)*$/u;

const text = (longest: number, form = oneLine) =>
  z.string().trim().min(1).max(longest).regex(form, 'must not have control characters');

const page = () =>
  text(2000).refine(
    (written) => /^https?:$/.test(URL.canParse(written) ? new URL(written).protocol : ''),
    'must be an address, https://…',
  );

/** ISO 8601: a day, a year alone, or with the year 0000 a day of a year that is not told. */
function isBirthdate(written: string): boolean {
  const [, year = '', rest] = /^(\d{4})(-\d{2}-\d{2})?$/.exec(written) ?? [];
  if (year === '' || (rest === undefined && year === '0000')) return false;
  // The 29th of February has to be possible where the year is not known.
  const day = `${year === '0000' ? '2000' : year}${rest ?? '-01-01'}`;
  const instant = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(day);
}

export const standardClaims = z
  .strictObject({
    middle_name: text(100).optional(),
    nickname: text(100).optional(),
    profile: page().optional(),
    picture: page().optional(),
    website: page().optional(),
    gender: text(50).optional(),
    birthdate: z.string().refine(isBirthdate, 'must be YYYY-MM-DD, YYYY, or 0000-MM-DD').optional(),
    zoneinfo: z.string().refine(isZone, 'must be the name of a time zone, such as Europe/Brussels').optional(),
    phone_number: text(100).optional(),
    phone_number_verified: z.boolean().optional(),
    address: z
      .strictObject({
        formatted: text(1000, someLines).optional(),
        street_address: text(500, someLines).optional(),
        locality: text(100).optional(),
        region: text(100).optional(),
        postal_code: text(50).optional(),
        country: text(100).optional(),
      })
      .refine((address) => Object.keys(address).length > 0, 'must tell something')
      .optional(),
  })
  .refine(
    (claims) => claims.phone_number_verified === undefined || claims.phone_number !== undefined,
    'phone_number_verified must not stand without phone_number',
  );

export type StandardClaims = z.output<typeof standardClaims>;
