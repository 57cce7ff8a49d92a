/** Tries each connection of a deployment once, with a time limit, and sends nothing: `rekey config check --connect`. */
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { TriedConnection } from '../admin/cli/composition.ts';
import { StorageUnavailable } from '../adapters/storage/port.ts';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../time/clock.ts';
import { checkMail } from './mail.ts';
import { openStorage } from './open-storage.ts';
import { checkSms } from './sms.ts';

/** All at once; the results in the order store, mail, text messages. */
export async function tryConnections(settings: Settings, clock: Clock): Promise<readonly TriedConnection[]> {
  return Promise.all([
    tryStore(settings, clock),
    told('mail', settings.mail.smtp === undefined ? 'stays in the store (`mail.outbox`)' : undefined, () =>
      checkMail(settings),
    ),
    told('gateway', notByGateway(settings), () => checkSms(settings)),
  ]);
}

const notByGateway = ({ sms }: Settings): string | undefined =>
  sms === undefined ? 'is not configured' : sms.twilio === undefined ? 'stays in the store (`sms.outbox`)' : undefined;

async function told(
  what: TriedConnection['what'],
  absent: string | undefined,
  check: () => Promise<string | undefined>,
): Promise<TriedConnection> {
  if (absent !== undefined) return { what, ok: true, says: absent };
  const cause = await check();
  return cause === undefined
    ? { what, ok: true, says: 'answers as it should' }
    : { what, ok: false, says: `fails: ${cause}` };
}

async function tryStore({ storage: place }: Settings, clock: Clock): Promise<TriedConnection> {
  const what = 'store';
  if (place.embedded && !(await isThere(place.embedded.file))) return unmade(place.embedded.file);
  try {
    const storage = await openStorage(place, { clock, log: pino({ enabled: false }) });
    try {
      await storage.ping();
      return { what, ok: true, says: 'answers as it should' };
    } finally {
      await storage.close();
    }
  } catch (error) {
    if (!(error instanceof StorageUnavailable)) throw error;
    return { what, ok: false, says: `fails (${error.reason}): ${error.message.replace(/\.$/, '')}` };
  }
}

const cannot = (code: string): TriedConnection => ({
  what: 'store',
  ok: false,
  says: `is not there, and cannot be made (${code})`,
});

/** A check creates nothing: it asks whether the nearest existing folder is writable. */
async function unmade(file: string): Promise<TriedConnection> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const code = await codeOf(access(folder, constants.W_OK | constants.X_OK));
    if (code === undefined)
      return (await stat(folder)).isDirectory()
        ? { what: 'store', ok: true, says: 'is not there yet, and can be made' }
        : cannot('ENOTDIR');
    if (code !== 'ENOENT' || folder === dirname(folder)) return cannot(code);
  }
}

/** The refusal of the operating system; `undefined` if there is none. */
const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? 'unknown',
  );

const isThere = async (path: string): Promise<boolean> => (await codeOf(stat(path))) === undefined;
