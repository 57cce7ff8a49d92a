/** The ladder of a deployment: the levels of a sign-in, and what each demands of the proof of a key. */
import { z } from 'zod';
import { clientLevels } from './client-schema.ts';
import { defaults } from './defaults.ts';
import { setAt, valueAt } from './schema-tree.ts';
import { text } from './value-types.ts';

/** As in `factors/contract.ts`: a test keeps the two equal. */
export const traits = [
  'possession',
  'userVerified',
  'hardware',
  'phishingResistant',
  'otherChannel',
  'notified',
] as const;

const rungs = ['low', 'substantial', 'high'] as const;
type Rung = (typeof rungs)[number];

const rung = (level: Rung) =>
  z
    .strictObject({
      demands: z
        .array(z.enum(traits))
        .default([])
        .describe(
          'What a proof must show beside its strength: possession of a thing, a user verified by it, hardware that does not let the key out, resistance to phishing, another channel than the browser, a national scheme that was notified under eIDAS. Beside it what the levels below demand.',
        ),
    })
    .prefault({})
    .describe(`Level \`${level}\`.`);

const levelsSchema = z.strictObject({
  preset: z
    .enum(['eidas', 'nist'])
    .optional()
    .describe(
      '`eidas`: `acr` values and demands of Implementing Regulation (EU) 2015/1502, where only an eID that a state has notified reaches `substantial` and `high`; `nist`: those of SP 800-63B-4 (AAL1 for `single`, AAL2 for `substantial`, AAL3 for `high`). What stands in `acr` and here beside it wins.',
    ),
  ...(Object.fromEntries(rungs.map((level) => [level, rung(level)])) as Record<Rung, ReturnType<typeof rung>>),
});

const acr = z.strictObject(
  Object.fromEntries(
    clientLevels.map((level) => [level, text('a URI').default(defaults.acr[level]).describe(`Level \`${level}\`.`)]),
  ) as Record<(typeof clientLevels)[number], z.ZodDefault<z.ZodString>>,
);

/** `acr` and `levels`, side by side in the configuration. */
export const ladder = {
  acr: acr.prefault({}).describe('The `acr` value that stands for each level; each another one.'),
  levels: levelsSchema.prefault({}).describe('What each level demands of the proof of a key.'),
};

interface Preset {
  readonly acr: Readonly<Record<string, string>>;
  readonly demands: Readonly<Partial<Record<Rung, readonly (typeof traits)[number][]>>>;
}

const eidas = 'http://eidas.europa.eu/LoA';
const nist = 'http://idmanagement.gov/ns/assurance/aal';

/** NIST has no level between one factor and two of different kinds: `low` keeps its own value there. */
const presets: Readonly<Record<string, Preset>> = {
  eidas: {
    acr: { low: `${eidas}/low`, substantial: `${eidas}/substantial`, high: `${eidas}/high` },
    // These two say how the person was identified, too: no key that somebody set up alone has them.
    demands: { substantial: ['possession', 'notified'], high: ['possession', 'userVerified', 'notified'] },
  },
  nist: {
    acr: { single: `${nist}/1`, substantial: `${nist}/2`, high: `${nist}/3` },
    demands: { substantial: ['possession'], high: ['possession', 'hardware', 'phishingResistant'] },
  },
};

/** Changes `tree`: what the preset says, where the file says nothing. */
export function addLevelPreset(tree: unknown): void {
  const preset = presets[String(valueAt(tree, ['levels', 'preset']))];
  if (!preset) return;
  const fill = (path: readonly string[], value: unknown): void => {
    if (valueAt(tree, path) === undefined) setAt(tree, path, value);
  };
  for (const [level, uri] of Object.entries(preset.acr)) fill(['acr', level], uri);
  for (const [level, demands] of Object.entries(preset.demands)) fill(['levels', level, 'demands'], [...demands]);
}
