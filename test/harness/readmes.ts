/**
 * Which files a folder's README leaves out, by the names and patterns (`key-*.ts`) that it has between backticks.
 * test/architecture-readmes.test.ts calls it.
 */
import { basename } from 'node:path';

const escaped = (name: string) => name.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*');

/** @param own files of one folder; the test of a file that is there is named with it */
export function unnamed(readme: string, own: readonly string[]): readonly string[] {
  const patterns = [...readme.matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => new RegExp(`^${escaped(name)}$`));
  const isNamed = (file: string) => patterns.some((pattern) => pattern.test(basename(file)));
  const isTestOfOne = (file: string) => file.endsWith('.test.ts') && own.includes(file.replace(/\.test\.ts$/, '.ts'));
  return own.filter((file) => !isNamed(file) && !isTestOfOne(file));
}
