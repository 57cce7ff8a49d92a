/**
 * People as lines of JSON, for import and export. A line is read strictly, and as a whole or not at all. An export has
 * no clear secret unless that is asked for: passwords as hashes, keys sealed under this installation's root key.
 */
import { z } from 'zod';
import { longestPassword } from '../../passwords/passwords.ts';
import { plainText, withoutNulls } from '../../accounts/plain-text.ts';
import { noAttempts } from '../../passwords/attempt-limits.ts';
import { mailAddress } from '../../accounts/mail-address.ts';
import type { Person } from '../../accounts/person.ts';
import { isAcceptableHash } from '../../passwords/argon2.ts';
import { foreignKinds, isAcceptableForeignHash } from '../../passwords/foreign-hashes.ts';
import { standardClaims } from '../../accounts/standard-claims.ts';
import { jsonFaults } from './json-members.ts';

const keyLine = z
  .strictObject({
    factor: z.string().min(1).max(100),
    label: plainText(100).optional(),
    /** The factor's own format: see its README. */
    data: z.json().optional(),
    /** From an export of an installation with the same root key. */
    sealed: z.string().max(100_000).optional(),
  })
  .refine(({ data, sealed }) => (data === undefined) !== (sealed === undefined), 'must have either data or sealed');

const personLine = z
  .strictObject({
    /** Kept, so that relying parties see the same `sub`. */
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 letters, digits, - or _')
      .optional(),
    username: plainText(100),
    givenName: plainText(100).optional(),
    familyName: plainText(100).optional(),
    language: z.enum(['nl', 'fr', 'de', 'en']).optional(),
    email: z
      .string()
      .refine((address) => mailAddress(address) !== undefined, 'must be one mail address')
      .transform((address) => mailAddress(address) ?? '')
      .optional(),
    emailVerified: z.boolean().default(true),
    groups: z.array(plainText(100)).max(100).default([]),
    claims: standardClaims.optional(),
    disabled: z.boolean().default(false),
    /** In clear text. */
    password: z
      .string()
      .min(1)
      .refine(
        (password) => Array.from(password).length <= longestPassword,
        `must have at most ${longestPassword} characters`,
      )
      .optional(),
    passwordHash: z
      .string()
      .refine(
        (hash) => isAcceptableHash(hash) || isAcceptableForeignHash(hash),
        `must be whole, and one of: argon2id (PHC string, at most 256 MiB, 10 passes and 16 lanes), ${foreignKinds.map(({ looks }) => looks).join(', ')}`,
      )
      .optional(),
    /** Whether it is the hash of the password keyed with this installation's root key: true in its own exports only. */
    passwordPeppered: z.boolean().default(false),
    keys: z.array(keyLine).max(50).default([]),
    /**
     * The strength of the strongest key that was blocked, removed or cannot be exported: a new key needs a proof of
     * that strength, or `rekey key allow`.
     */
    bar: z.enum(['low', 'substantial', 'high']).optional(),
  })
  .refine(
    ({ password, passwordHash }) => password === undefined || passwordHash === undefined,
    'must not have both password and passwordHash',
  );

export type PersonLine = z.output<typeof personLine>;
export type KeyLine = PersonLine['keys'][number];

export type ReadLine =
  /** `members`: the members of the line that are not `null`. */
  | { readonly ok: true; readonly line: PersonLine; readonly members: ReadonlySet<string> }
  /** Every fault, by place; no value is quoted, because it may be a secret. */
  | { readonly ok: false; readonly faults: readonly string[] };

export function readPersonLine(text: string): ReadLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, faults: ['is not JSON'] };
  }
  const unsaid = jsonFaults(text);
  if (unsaid.length > 0) return { ok: false, faults: unsaid };
  const given = withoutNulls(value, ['data']);
  const parsed = personLine.safeParse(given);
  if (parsed.success) return { ok: true, line: parsed.data, members: new Set(Object.keys(given as object)) };
  const faults = parsed.error.issues.map(({ path, message }) =>
    [path.map(String).join('.'), message].filter(Boolean).join(': '),
  );
  return { ok: false, faults };
}

/** Replaces a key that was left out. */
const barOf = (person: string, strength: NonNullable<PersonLine['bar']>, now: number): Person['keys'][number] => ({
  id: `bar-${person}`,
  factor: 'moved',
  detail: '',
  status: 'off',
  strength,
  boundAt: now,
  source: 'imported',
  offAt: now,
  offBecause: 'removed',
  attempts: noAttempts,
});

/** The person without keys and password; `id` is its future id. */
export function personFrom(line: PersonLine, id: string, defaultLanguage: Person['language'], now: number): Person {
  return {
    id,
    username: line.username,
    ...(line.givenName === undefined ? {} : { givenName: line.givenName }),
    ...(line.familyName === undefined ? {} : { familyName: line.familyName }),
    language: line.language ?? defaultLanguage,
    ...(line.email === undefined
      ? {}
      : { email: { address: line.email, ...(line.emailVerified ? { verifiedAt: now } : {}) } }),
    groups: line.groups,
    ...(line.claims === undefined ? {} : { claims: line.claims }),
    disabled: line.disabled,
    createdAt: now,
    ...(line.passwordHash === undefined
      ? {}
      : { password: { hash: line.passwordHash, peppered: line.passwordPeppered, setAt: now } }),
    passwordAttempts: {},
    otherAttempts: {},
    keys: line.bar === undefined ? [] : [barOf(id, line.bar, now)],
    postponements: {},
    sendings: [],
    pending: [],
  };
}

/** One line of JSON, without the line break. Without attempts, postponements and pending items. */
export function writePersonLine(person: Person, keys: readonly KeyLine[], bar?: PersonLine['bar']): string {
  const { id, username, givenName, familyName, language, email, groups, claims, disabled, password } = person;
  return JSON.stringify({
    id,
    username,
    givenName,
    familyName,
    language,
    ...(email && { email: email.address, emailVerified: email.verifiedAt !== undefined }),
    groups,
    claims,
    disabled,
    ...(password && { passwordHash: password.hash, passwordPeppered: password.peppered }),
    keys,
    bar,
  });
}
