/** Mistakes of a configuration, with the place, the expected value, and what was perhaps meant. */
import type { z } from 'zod';
import { nearest } from './did-you-mean.ts';
import { expectation, nodeAt, pathText, valueAt, type Node, type Path } from './schema-tree.ts';

export const mistakeCodes = {
  file_unreadable: 'A file that is named cannot be read, or is too large.',
  file_encoding: 'A file that holds one value is not plain UTF-8: another encoding, a byte order mark.',
  yaml_invalid: 'The configuration file is not YAML that can be read.',
  key_unknown: 'A key is not known there.',
  key_twice: 'A value is given in two ways at once.',
  value_missing: 'A value is missing that has no default.',
  value_wrong: 'A value is not what is expected there.',
  values_disagree: 'Values that are right by themselves do not fit each other.',
  variable_shared: 'One environment variable would stand for several values.',
  variable_unknown: 'An environment variable of this name is not known (a warning).',
  pem_invalid: 'What should be certificates or a key in PEM is something else.',
  address_invalid: 'The address of the database has a fault, whose part is named.',
  picture_refused: 'A logo or icon is no picture that pages may show.',
  text_refused: 'A text or layout of your own does not fit the one in whose place it stands.',
  contrast_low: 'A colour is too light for text.',
  client_refused: 'The engine refuses a relying party as it is configured.',
  key_deprecated: 'A key has a newer name (a warning).',
  dates_differ: 'Dates in the file differ from those in force (a warning).',
  administrators_missing: 'Nobody is an administrator of those that `administrators` names (a warning).',
  factor_held: 'People hold keys of a factor that the configuration does not enable (a warning).',
  configuration_strands: 'A change of the configuration leaves people without a way in (a warning).',
  remark: 'May stand, but should be known (a warning).',
} as const;
export type MistakeCode = keyof typeof mistakeCodes;

export interface Mistake {
  /** From a closed list (docs/configuration-mistakes.md); independent of the sentence. */
  readonly code: MistakeCode;
  /** `factors.token-card.schedule.zone`; empty for the file as a whole. */
  readonly path: string;
  /** Line of the file, from 1; absent if the value did not come from it. */
  readonly line?: number;
  /** Another source of the value: an environment variable. */
  readonly source?: string;
  /** A whole sentence without the final full stop, e.g. `is not known here`, `expected a port, 1 to 65535`. */
  readonly says: string;
  readonly meant?: string;
}

/** A mistake without its place. */
export interface Finding {
  readonly path: Path;
  /** Default: `values_disagree`, for values that are valid alone and do not fit the rest. */
  readonly code?: MistakeCode;
  readonly says: string;
  readonly meant?: string | undefined;
}

/** The finding for a name that must be one of these. @param all what they are: `the clients` */
export const noneOf = (all: string, names: readonly string[], written: string, path: Path): readonly Finding[] =>
  names.includes(written) ? [] : [{ path, says: `is none of ${all}: "${written}"`, meant: nearest(written, names) }];

/** One line for each, in the order of the file. */
export function describeMistakes(mistakes: readonly Mistake[]): string {
  return mistakes
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ path, line, source, says, meant }) => {
      const place = [line === undefined ? undefined : `line ${line}`, source, path || undefined];
      const where = place.filter((part) => part !== undefined).join(', ');
      return `${where === '' ? '' : `${where}: `}${says}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
    })
    .join('\n');
}

type Issue = z.core.$ZodIssue;

/** Converts a finding of the schema: says what is permitted there. Values of secrets are never quoted. */
export function findingsOf(issues: readonly Issue[], root: Node, tree: unknown): readonly Finding[] {
  return issues.flatMap((issue): readonly Finding[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    const node = nodeAt(root, path);
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(node?.properties ?? {});
      return issue.keys.map((key) => ({
        path: [...path, key],
        code: 'key_unknown',
        says: 'is not known here',
        meant: nearest(key, known),
      }));
    }
    const value = valueAt(tree, path);
    const expected = issue.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : expectation(node);
    if (value === undefined) return [{ path, code: 'value_missing', says: `is missing: expected ${expected}` }];
    const found =
      node?.secret === true || (typeof value === 'object' && issue.code !== 'invalid_type')
        ? ''
        : `, found ${quoted(value)}`;
    return [{ path, code: 'value_wrong', says: `expected ${expected}${found}`, meant: meantBy(value, node) }];
  });
}

function quoted(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'keys and values';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function meantBy(value: unknown, node: Node | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (node?.among === 'zones') {
    const zones = Intl.supportedValuesOf('timeZone');
    const city = value.split('/').at(-1)?.toLowerCase();
    return nearest(value, zones) ?? zones.find((name) => name.split('/').at(-1)?.toLowerCase() === city);
  }
  return nearest(
    value,
    (node?.enum ?? []).filter((option) => typeof option === 'string'),
  );
}

export const inFile = (finding: Finding, line: number | undefined, source?: string): Mistake => ({
  code: finding.code ?? 'values_disagree',
  path: pathText(finding.path),
  says: finding.says,
  ...(line === undefined ? {} : { line }),
  ...(source === undefined ? {} : { source }),
  ...(finding.meant === undefined ? {} : { meant: finding.meant }),
});
