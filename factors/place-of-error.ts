/**
 * Where in a factor's folder an error came from, for its author. Called where a folder is loaded and where it is
 * checked.
 */
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export interface PlaceOfError {
  /** Relative to the folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The first place inside the folder that the stack names; `undefined` if it names none. Never throws. */
export function placeOfError(error: unknown, folder: string): PlaceOfError | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const found = prefixesOf(folder).flatMap((prefix) => {
    const at = stack.indexOf(prefix);
    const [, file, line] =
      at === -1 ? [] : (/^([^\n:?]+)(?:\?[^\n:]*)?:(\d+)/.exec(stack.slice(at + prefix.length)) ?? []);
    return file === undefined ? [] : [{ at, file, line: Number(line) }];
  });
  const [first] = found.toSorted((a, b) => a.at - b.at);
  return first && { file: decodeURI(first.file), line: first.line };
}

function prefixesOf(folder: string): readonly string[] {
  const folders = new Set([folder, real(folder)]);
  return [...folders].flatMap((path) => [`${pathToFileURL(path).href}/`, `${path}/`]);
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
