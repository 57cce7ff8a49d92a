/**
 * Standard claims of a person for relying parties, with the names and formats of OpenID Connect Core 1.0 §5.1. They
 * come from the import and are released by their scopes; no decision here depends on them.
 */
import { z } from 'zod';
import { plainLines, plainText } from './plain-text.ts';
import { isZone } from '../time/calendar.ts';

const page = () =>
  plainText(2000).refine(
    (written) => /^https?:$/.test(URL.canParse(written) ? new URL(written).protocol : ''),
    'must be an address, https://…',
  );

/** ISO 8601: a day, a year alone, or, with the year 0000, a day without its year. */
function isBirthdate(written: string): boolean {
  const [, year = '', rest] = /^(\d{4})(-\d{2}-\d{2})?$/.exec(written) ?? [];
  if (year === '' || (rest === undefined && year === '0000')) return false;
  // Permits 29 February where the year is not known.
  const day = `${year === '0000' ? '2000' : year}${rest ?? '-01-01'}`;
  const instant = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(day);
}

export const standardClaims = z
  .strictObject({
    middle_name: plainText(100).optional(),
    nickname: plainText(100).optional(),
    profile: page().optional(),
    picture: page().optional(),
    website: page().optional(),
    gender: plainText(50).optional(),
    birthdate: z.string().refine(isBirthdate, 'must be YYYY-MM-DD, YYYY, or 0000-MM-DD').optional(),
    zoneinfo: z.string().refine(isZone, 'must be the name of a time zone, such as Europe/Brussels').optional(),
    phone_number: plainText(100).optional(),
    phone_number_verified: z.boolean().optional(),
    address: z
      .strictObject({
        formatted: plainLines(1000).optional(),
        street_address: plainLines(500).optional(),
        locality: plainText(100).optional(),
        region: plainText(100).optional(),
        postal_code: plainText(50).optional(),
        country: plainText(100).optional(),
      })
      .refine((address) => Object.keys(address).length > 0, 'must tell something')
      .optional(),
  })
  .refine(
    (claims) => claims.phone_number_verified === undefined || claims.phone_number !== undefined,
    'phone_number_verified must not stand without phone_number',
  );

export type StandardClaims = z.output<typeof standardClaims>;
