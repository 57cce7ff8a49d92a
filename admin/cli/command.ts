/** The type of a command of `rekey`: a noun and a verb, a thin layer over one use case. */
import type { Clock } from '../../time/clock.ts';
import type { Services } from '../services.ts';
import type { Composition, Stores } from './composition.ts';
import type { Loaded } from '../../config/load.ts';
import type { Settings } from '../../config/schema.ts';
import type { Registry } from '../../factors/registry.ts';
import type { Refusal } from '../refusals.ts';
import type { ProgressOutput } from './progress-line.ts';

/** Documented in docs/command-line.md. */
export const exits = { done: 0, refused: 1, usage: 2, configuration: 3, unavailable: 4, fault: 5 } as const;
export type Exit = (typeof exits)[keyof typeof exits];

export interface Option {
  readonly name: string;
  /** The name of its value; absent: a switch. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly says: string;
}

export interface Argument {
  readonly name: string;
  readonly says: string;
}

export interface Given {
  readonly argument: string | undefined;
  readonly second: string | undefined;
  text(name: string): string | undefined;
  texts(name: string): readonly string[] | undefined;
  is(name: string): boolean;
}

export interface Answer {
  readonly exit: Exit;
  /** Printed with `--json`. */
  readonly json: unknown;
  /** Printed without `--json`. */
  readonly text: string;
}

export interface Surroundings {
  readonly given: Given;
  /** `cli:<name of the operating system's user>`, for the audit. */
  readonly by: string;
  /** Folder from which relative paths start. */
  readonly folder: string;
  readonly input: NodeJS.ReadableStream;
  /** For output that is too long to be kept in memory: lines are written as they come. */
  readonly output: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly progress: ProgressOutput;
  /** Whether JSON is wanted: for a command that prints during its work. */
  readonly asJson: boolean;
}
export interface WithConfiguration extends Surroundings {
  readonly file: string;
  readonly loaded: Loaded;
  readonly registry: Registry;
  readonly stores: Stores;
  /** Reads the configuration again; the engine builds every relying party once. */
  readonly checkedByEngine: () => Promise<Loaded>;
  /** Opens the services of this configuration for `work`. Rejects as `openServices` does. */
  readonly withServices: <T>(settings: Settings, work: (services: Services) => Promise<T>) => Promise<T>;
  readonly tryConnections: Composition['tryConnections'];
  readonly checkFactor: Composition['checkFactor'];
  readonly reportTexts: Composition['reportTexts'];
}
export interface WithServices extends Surroundings {
  readonly services: Services;
  readonly drawPages: () => ReturnType<Composition['drawPages']>;
  readonly drawTexts: Composition['drawTexts'];
}

interface Described {
  readonly noun: string;
  /** Absent: the noun is the whole command. */
  readonly verb: string | undefined;
  readonly argument?: Argument;
  /** The argument after the verb. */
  readonly second?: Argument;
  readonly options: readonly Option[];
  readonly summary: string;
  readonly examples?: readonly string[];
}
export type Command =
  | (Described & { readonly needs: 'configuration'; run(around: WithConfiguration): Promise<Answer> })
  | (Described & { readonly needs: 'services'; run(around: WithServices): Promise<Answer> });

/** A mistake in the words of the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The reader of the output has ended, as `head` does: nothing more can be printed. What was done stays done. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

export const answer = (json: unknown, text: string, exit: Exit = exits.done): Answer => ({ exit, json, text });
export const refusedAnswer = (refusals: readonly Refusal[], exit: Exit = exits.refused): Answer =>
  answer({ refused: refusals }, refusals.map(({ says }) => says).join('\n'), exit);

export const dryRun: Option = { name: 'dry-run', says: 'Only say what would happen.' };

/** Throws a UsageError if it is not a whole number in the range. */
export function wholeNumber(given: Given, name: string, min: number, max: number): number | undefined {
  const written = given.text(name);
  if (written === undefined) return undefined;
  const number = readWhole(written);
  if (!(number >= min && number <= max)) throw new UsageError(`--${name} takes a whole number from ${min} to ${max}.`);
  return number;
}

/** The values of an option that may be given several times; `none` alone: an empty list. */
export function valuesOrNone(given: Given, name: string): readonly string[] | undefined {
  const values = given.texts(name);
  if (values?.includes('none') !== true) return values;
  if (values.length > 1) throw new UsageError(`--${name} none stands alone.`);
  return [];
}

/** NaN: it is not a number. */
export const readWhole = (written: string): number => (/^\d{1,15}$/.test(written) ? Number(written) : Number.NaN);

/** The argument, which the command needs. */
export function argumentOf(given: Given, name: string): string {
  if (given.argument === undefined) throw new UsageError(`Say which ${name}.`);
  return given.argument;
}
