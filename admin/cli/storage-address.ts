/** Opens a store by its address, with any engine, for commands that use two at once. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../time/clock.ts';
import type { Storage } from '../../adapters/storage/port.ts';
import type { Stores } from './composition.ts';
import { defaults } from '../../config/defaults.ts';
import type { Settings } from '../../config/schema.ts';
import type { MongodbConfiguration } from '../../config/storage-schema.ts';

export interface StoreAddress {
  readonly engine: 'embedded' | 'mongodb';
  /** For screens and logs: no user, no password, no options. */
  readonly label: string;
  /** Whether a store exists there; `undefined` if only opening it tells. */
  readonly exists: boolean | undefined;
  /** Equal texts for equal places, as far as the address shows. */
  readonly place: string;
  open(): Promise<Storage>;
}

/** The fault of an address; never quotes it. */
export class StoreAddressError extends Error {
  override readonly name = 'StoreAddressError';
}

export const addressForms =
  '`embedded:FILE`, a `mongodb://` or `mongodb+srv://` URI that names a database, `configuration` (the store of the deployment), or `env:NAME` or `file:FILE` where one of these is found';

export interface AddressParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder for relative paths. */
  readonly folder: string;
  readonly settings: Settings | undefined;
  readonly stores: Pick<Stores, 'open'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Throws a `StoreAddressError`. */
export async function storeAt(written: string, parts: AddressParts): Promise<StoreAddress> {
  const given = await lookUp(written, parts);
  if (given === 'configuration') {
    const { settings } = parts;
    if (!settings) throw new StoreAddressError('The configuration has mistakes: `rekey config check` names them.');
    const { embedded, mongodb } = settings.storage;
    return embedded ? embeddedAt(embedded.file, parts) : mongodbAt(mongodb, parts);
  }
  const [, file] = /^embedded:(.+)$/s.exec(given) ?? [];
  if (file !== undefined) return embeddedAt(resolve(parts.folder, file), parts);
  if (/^mongodb(\+srv)?:\/\/[^/]/.test(given))
    return mongodbAt({ uri: given, ...defaults.mongodb, serverExpiry: false }, parts);
  throw new StoreAddressError(`This is no address of a store. It is ${addressForms.replaceAll('`', '')}.`);
}

async function lookUp(written: string, { env, folder }: AddressParts): Promise<string> {
  const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(written) ?? [];
  if (kind === 'env') {
    const found = env[name]?.trim() ?? '';
    if (found === '') throw new StoreAddressError(`The environment has no ${name}.`);
    return found;
  }
  if (kind === 'file') {
    const found = (await readFile(resolve(folder, name), 'utf8').catch(() => '')).trim();
    if (found === '') throw new StoreAddressError(`${name} cannot be read, or is empty.`);
    return found;
  }
  return written.trim();
}

type Opening = Pick<AddressParts, 'stores' | 'clock' | 'log'>;

async function embeddedAt(file: string, { stores, clock, log }: Opening): Promise<StoreAddress> {
  const place = await realpath(file).catch(() => file);
  const size = (await stat(file).catch(() => undefined))?.size;
  return {
    engine: 'embedded',
    label: `embedded:${file}`,
    exists: size !== undefined && size > 0,
    place: `embedded:${place}`,
    open: () => stores.open({ embedded: { file } }, { clock, log }),
  };
}

/** Many calls at once may wait longer than a person would. */
const patienceSeconds = 30;

/** The server removes nothing during the copy: expiry begins when the product first opens the store. */
function mongodbAt(settings: MongodbConfiguration, { stores, clock, log }: Opening): StoreAddress {
  const [, hosts = '', database = ''] = /^[^:]+:\/\/(?:.*@)?([^/?]+)(?:\/([^?]*))?/.exec(settings.uri) ?? [];
  const label = `mongodb://${hosts}/${settings.database ?? database}`;
  const mongodb = { ...settings, timeoutSeconds: patienceSeconds, serverExpiry: false };
  return {
    engine: 'mongodb',
    label,
    exists: undefined,
    place: label,
    open: () => stores.open({ mongodb }, { clock, log }),
  };
}
