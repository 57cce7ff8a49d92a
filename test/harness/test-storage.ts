/**
 * On which store this run is: `npm test -- --storage mongodb` puts products and stores of tests on one server, each in
 * a database of its own.
 */

/** Set by the switch. */
export const storageVariable = 'REKEY_TEST_STORAGE';
/** Set before the run: where its server is. */
export const sharedServer = 'REKEY_TEST_MONGODB_SHARED';

/** Set by the switch: how many nodes a product of the tests has. */
export const nodesVariable = 'REKEY_TEST_NODES';

export const nodesOfRun = (): number => Number(process.env[nodesVariable] ?? '1');

export function storageKind(): 'embedded' | 'mongodb' {
  const kind = process.env[storageVariable] ?? 'embedded';
  if (kind === 'embedded' || kind === 'mongodb') return kind;
  throw new Error(`${storageVariable} is embedded or mongodb, not ${kind}.`);
}

export interface OwnDatabase {
  readonly uri: string;
  drop(): Promise<void>;
}

/** A database of its own on the server of this run; `undefined` when the run is on the embedded store. */
export async function ownDatabase(): Promise<OwnDatabase | undefined> {
  const uri = process.env[sharedServer];
  if (storageKind() !== 'mongodb' || uri === undefined) return undefined;
  const { startMongodb } = await import('./mongodb-server.ts');
  const server = await startMongodb({ kind: 'given', uri });
  const name = server.newDatabase();
  return { uri: server.uri(name), drop: () => server.drop(name) };
}
