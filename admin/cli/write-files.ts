/** Writes the files of a preview into a folder. */
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse, type Outcome } from '../refusals.ts';

/**
 * Readable by their owner alone: pages show a name and masked addresses. The folder is created; an existing one must be
 * empty unless `force`, and then files of an earlier preview are removed.
 * @param folder absolute
 * @param former names of such files
 */
export async function writeFiles(
  folder: string,
  files: readonly { readonly file: string; readonly text: string }[],
  { force, former }: { readonly force: boolean; readonly former: RegExp },
): Promise<Outcome<undefined>> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const there = await readdir(folder);
    if (there.length > 0 && !force)
      return refuse('folder_unusable', `${folder} is not empty. To write into it all the same: --force.`);
    for (const old of there) if (former.test(old)) await rm(join(folder, old));
    for (const { file, text } of files) {
      await writeFile(join(folder, file), text, { mode: 0o600 });
      await chmod(join(folder, file), 0o600);
    }
    return { ok: true, value: undefined };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return refuse('folder_unusable', `${folder} cannot be made or written to (${code}).`);
  }
}
