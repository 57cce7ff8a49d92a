// A process without root's rights that opens a store which it may not write, in several ways. Prints its observations
// as JSON.
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbedded } from '../../adapters/storage/embedded/open-embedded.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import type { Storage } from '../../adapters/storage/port.ts';

const NOBODY = 65_534;
const root = process.argv[2] ?? '';
if (process.getuid?.() === 0) {
  chownSync(root, NOBODY, NOBODY);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}

const open = (file: string): Promise<Storage> => openEmbedded({ file, clock: { now: () => 0 } });

async function reason(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'answered';
  } catch (error) {
    return error instanceof StorageUnavailable ? error.reason : String(error);
  }
}

async function write(storage: Storage, id: string): Promise<void> {
  await storage.collection({ name: `c-${id}` }).insert(id, {});
}

async function openWriteClose(file: string): Promise<void> {
  const storage = await open(file);
  try {
    await write(storage, 'later');
  } finally {
    await storage.close();
  }
}

interface Seen {
  readonly reason: string;
  readonly changed: boolean;
  readonly afterwards: string;
}

const seen: Record<string, Seen> = {};

/** Forbids with one mode, tries, permits with another, tries again. */
async function meet(
  name: string,
  prepare: (file: string) => Promise<void> | void,
  modes: (file: string, folder: string) => readonly [path: string, forbidding: number, allowing: number],
): Promise<void> {
  const folder = join(root, String(Object.keys(seen).length));
  mkdirSync(folder);
  const file = join(folder, 'store.db');
  await prepare(file);
  const before = contents(folder);
  const [path, forbidding, allowing] = modes(file, folder);
  chmodSync(path, forbidding);
  const refused = await reason(() => openWriteClose(file));
  chmodSync(path, allowing);
  const changed = contents(folder) !== before;
  seen[name] = { reason: refused, changed, afterwards: await reason(() => openWriteClose(file)) };
}

function contents(folder: string): string {
  return readdirSync(folder)
    .map((name) => `${name}:${readFileSync(join(folder, name), 'base64')}`)
    .join('\n');
}

await meet('file not writable', openWriteCloseFirst, (file) => [file, 0o400, 0o600]);
await meet('file not readable', openWriteCloseFirst, (file) => [file, 0o000, 0o600]);
await meet(
  'file empty and not writable',
  (file) => writeFileSync(file, ''),
  (file) => [file, 0o400, 0o600],
);
await meet('folder not writable', openWriteCloseFirst, (_file, folder) => [folder, 0o500, 0o700]);
await meet(
  'folder not writable, no file',
  () => undefined,
  (_file, folder) => [folder, 0o500, 0o700],
);

async function openWriteCloseFirst(file: string): Promise<void> {
  const storage = await open(file);
  await write(storage, 'first');
  await storage.close();
}

process.stdout.write(JSON.stringify(seen));
