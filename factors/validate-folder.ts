/** Checks a factor's folder against the contract. Each mistake is a sentence that says what is missing, and where. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { z } from 'zod';
import { thingsInHand, type Factor, type Language } from './contract.ts';

export const languages: readonly Language[] = ['nl', 'fr', 'de', 'en'];
/** Texts of every factor that pages and messages of the core use. */
export const requiredTexts = ['name', 'inline', 'hint', 'why', 'prove.title', 'enrol.title'] as const;
export const requiredFiles = ['views/authenticate.hbs', 'views/enrol.hbs', 'views/icon.svg'] as const;
/** Nobody sees these of a factor that people cannot enrol themselves (`traits.selfService: false`). */
const forEnrolment: ReadonlySet<string> = new Set(['views/enrol.hbs', 'why', 'enrol.title']);

/**
 * Words of the command line: no factor may take them as the noun under which it issues keys. A test compares them with
 * the commands.
 */
export const reservedNouns: ReadonlySet<string> = new Set(
  'audit client completion config cookie-key explain factor help key mail password person preview root-key session signing-key start storage texts version'.split(
    ' ',
  ),
);

const asFunction = z.custom<() => unknown>((value) => typeof value === 'function', 'must be a function');
const isSchema = (value: unknown): value is z.ZodType =>
  typeof (value as z.ZodType | undefined)?.safeParse === 'function';
/** Of this very copy of zod: each copy has classes of its own. */
const ourClasses: ReadonlySet<unknown> = new Set(Object.values(z));
const isOurs = (value: unknown): boolean =>
  !isSchema(value) || ourClasses.has((value as { readonly _zod?: { readonly constr?: unknown } })._zod?.constr);
const asSchema = z
  .custom<z.ZodType>(isSchema, 'must be a zod schema')
  .refine(isOurs, "is made by another zod than ours: import { z } from 'rekey/factor'");

const shape = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens'),
  settings: asSchema,
  states: z.strictObject({ secret: asSchema, pending: asSchema, challenge: asSchema }),
  traits: z.strictObject({
    many: z.boolean(),
    selfService: z.boolean(),
    sends: z.enum(['email', 'sms']).optional(),
    restricted: z.boolean().optional(),
    script: z.union([z.boolean(), z.literal('own')]),
    inHand: z.array(z.enum(thingsInHand)).min(1).optional(),
    family: z.string().min(1).optional(),
    longFields: z.record(z.string().regex(/^[a-z]+$/), z.int().min(1).max(12_288)).optional(),
    asksAnew: z.boolean().optional(),
    fallback: z.boolean().optional(),
  }),
  begin: asFunction,
  confirm: asFunction,
  again: asFunction.optional(),
  resume: asFunction.optional(),
  challenge: asFunction,
  select: asFunction.optional(),
  verify: asFunction,
  leave: asFunction.optional(),
  publishes: asFunction.optional(),
  wellFormed: asFunction.optional(),
  strength: asFunction,
  assure: asFunction,
  best: asFunction.optional(),
  health: asFunction,
  describe: asFunction,
  onMailbox: z.strictObject({ move: asFunction }).optional(),
  usernameless: z.strictObject({ challenge: asFunction, claim: asFunction }).optional(),
  issue: z
    .strictObject({
      noun: z
        .string()
        .regex(/^[a-z]+(-[a-z]+)*$/, 'must be a word of lower-case letters')
        .refine((noun) => !reservedNouns.has(noun), 'is a word of the command line already: choose another'),
      make: asFunction,
    })
    .optional(),
  transfer: z.strictObject({ load: asFunction, dump: asFunction }).optional(),
});

/** Mistakes of the default export of `factor.ts`. */
export function lacksOfShape(factor: unknown, folderName: string): readonly string[] {
  if (typeof factor !== 'object' || factor === null) return ['factor.ts has no default export that is a factor'];
  const checked = shape.safeParse(factor);
  if (!checked.success)
    return checked.error.issues.map(({ path, message }) => `factor.ts: ${[...path.map(String), message].join(': ')}`);
  const { id, settings } = checked.data;
  return [
    ...(id === folderName ? [] : [`factor.ts: id is ${id}, and must be the folder's name, ${folderName}`]),
    ...(isStrict(settings) ? [] : ['factor.ts: settings: must refuse unknown keys (z.strictObject)']),
  ];
}

function isStrict(settings: z.ZodType): boolean {
  const checked = settings.safeParse({ 'no such setting': true });
  return !checked.success && checked.error.issues.some(({ code }) => code === 'unrecognized_keys');
}

/** Missing files of the folder, and mistakes of its texts. */
export function lacksOfFolder(
  folder: string,
  { usernameless, traits }: { readonly usernameless?: unknown; readonly traits?: Partial<Factor['traits']> } = {},
): readonly string[] {
  const isDemanded = (name: string) => traits?.selfService !== false || !forEnrolment.has(name);
  const files = [
    ...requiredFiles,
    ...(usernameless === undefined ? [] : ['views/usernameless.hbs']),
    ...(traits?.script === 'own' ? ['views/page.js'] : []),
  ].filter(isDemanded);
  const missing = files.filter((file) => !existsSync(join(folder, file))).map((file) => `${file} is missing`);
  const texts = languages.map((language) => readTexts(folder, language));
  const unreadable = texts.flatMap(({ lack }) => lack ?? []);
  if (unreadable.length > 0) return [...missing, ...unreadable];
  const wanted = new Set<string>([
    ...requiredTexts.filter(isDemanded),
    ...texts.flatMap(({ byKey }) => [...byKey.keys()]),
  ]);
  return [
    ...missing,
    ...[...wanted].flatMap((key) => lacksOfText(key, texts)),
    ...lacksOfMessages(wanted),
    ...lacksOfViews(folder, wanted),
  ];
}

/** Texts that a view names outright and that no language has. */
function lacksOfViews(folder: string, keys: ReadonlySet<string>): readonly string[] {
  return ['authenticate', 'enrol', 'usernameless'].flatMap((name) => {
    const file = join(folder, 'views', `${name}.hbs`);
    const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const named = new Set([...source.matchAll(/[({]ft "([^"]+)"/g)].map(([, key = '']) => key));
    return [...named]
      .filter((key) => !keys.has(key))
      .map((key) => `views/${name}.hbs: there is no text ${key} in locales/`);
  });
}

interface Texts {
  readonly file: string;
  readonly byKey: ReadonlyMap<string, string>;
  readonly lack?: string;
}

function readTexts(folder: string, language: Language): Texts {
  const file = `locales/${language}.json`;
  const none = { file, byKey: new Map<string, string>() };
  try {
    const checked = z
      .record(z.string(), z.string().trim().min(1))
      .safeParse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    if (checked.success) return { file, byKey: new Map(Object.entries(checked.data)) };
    const keys = checked.error.issues.map(({ path }) => path.join('.')).join(', ');
    return { ...none, lack: `${file} must be a flat list of texts, none empty${keys && ` (${keys})`}` };
  } catch (error) {
    return {
      ...none,
      lack: existsSync(join(folder, file)) ? `${file} is not JSON: ${String(error)}` : `${file} is missing`,
    };
  }
}

function lacksOfText(key: string, texts: readonly Texts[]): readonly string[] {
  const absent = texts.filter(({ byKey }) => !byKey.has(key)).map(({ file }) => `${file} lacks ${key}`);
  if (absent.length > 0) return absent;
  const names = texts.map(({ file, byKey }) => ({ file, names: placeholders(byKey.get(key) ?? '') }));
  const unreadable = names.flatMap(({ file, names: found }) =>
    found === undefined ? [`${file}: ${key} is no ICU message`] : [],
  );
  if (unreadable.length > 0) return unreadable;
  const [first, ...others] = names.map(({ file, names: found = [] }) => ({
    file,
    list: found.join(', ') || 'nothing',
  }));
  const different = others.filter(({ list }) => list !== first?.list);
  const subject = /^message\..+\.subject$/.test(key) && names.some(({ names: found }) => found?.includes('code'));
  return [
    ...different.map(({ file, list }) => `${file}: ${key} speaks of ${list}, and ${first?.file} of ${first?.list}`),
    ...(subject ? [`${key}: a subject must not have the code, which a locked telephone would show`] : []),
  ];
}

/** A mail has a subject and a text; a text message has a text only. */
const lacksOfMessages = (keys: ReadonlySet<string>): readonly string[] =>
  [...keys].flatMap((key) => {
    const template = /^message\.(.+)\.subject$/.exec(key)?.[1];
    const text = `message.${template}.text`;
    return template === undefined || keys.has(text) ? [] : [`locales: ${key} is there without ${text}`];
  });

/** Plain text, and the number sign of a plural (numbers of the syntax tree). */
const withoutArgument: ReadonlySet<number> = new Set([0, 7]);

type Part = ReturnType<NonNullable<typeof IntlMessageFormat.__parse>>[number];

/** Names in braces, sorted, each once; `undefined` if the text is not an ICU message. */
export function placeholders(text: string): readonly string[] | undefined {
  // Most texts have none; to read them all took a tenth of a start.
  if (!/[{}]/.test(text)) return [];
  try {
    return [...new Set(namesIn(IntlMessageFormat.__parse?.(text, { ignoreTag: true }) ?? []))].sort();
  } catch {
    return undefined;
  }
}

function namesIn(parts: readonly Part[]): readonly string[] {
  return parts.flatMap((part) => {
    const own = withoutArgument.has(part.type) || !('value' in part) ? [] : [part.value];
    const inner = 'options' in part ? Object.values(part.options).flatMap(({ value }) => namesIn(value)) : [];
    return [...own, ...inner];
  });
}
