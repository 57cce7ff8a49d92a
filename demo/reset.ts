/**
 * Empties the demo's state folder, so that the next start is a first one. Refuses while the demo runs, and refuses any
 * other folder.
 */
import { readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Settings } from '../config/schema.ts';
import { markedPorts } from './running-mark.ts';

/** The files that a start of the product creates in its folder. */
const ours = /^(root\.key|demo\.running|audit-head-[\w-]+(\.[\w-]+)?|[\w.-]+\.(db|sqlite)(-wal|-shm|-journal)?)$/;

/** A sentence if it was refused, otherwise how many files were removed. */
export async function resetDemo(
  settings: Settings,
): Promise<{ readonly refused: string } | { readonly removed: number }> {
  if (!settings.demo.enabled) return { refused: 'This deployment is not a demo: nothing was removed.' };
  if (settings.storage.mongodb) {
    return {
      refused: 'This demo keeps everything in MongoDB: stop it, and drop its database there. Nothing was removed.',
    };
  }
  const { host } = settings.listen;
  for (const port of new Set([settings.listen.port, ...(await markedPorts(settings.state))])) {
    if (await answers(host, port)) {
      return { refused: `The demo runs (port ${port} answers): stop it first. Nothing was removed.` };
    }
  }
  const files = await readdir(settings.state).catch(() => []);
  const foreign = files.filter((file) => !ours.test(file));
  if (foreign.length > 0) {
    return { refused: `${settings.state} holds what the demo did not put there (${foreign[0]}): nothing was removed.` };
  }
  for (const file of files) await rm(join(settings.state, file));
  return { removed: files.length };
}

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const say = (running: boolean) => {
      socket.destroy();
      resolve(running);
    };
    socket.on('connect', () => say(true));
    socket.on('timeout', () => say(true));
    socket.on('error', () => say(false));
  });
