/**
 * Which MongoDB server the tests are given: the one that `MONGODB_URI` names; else a real `mongod`
 * (`MONGOMS_SYSTEM_BINARY`, one in the path, or downloaded where there is a way out); else a stand-in on Java, which
 * speaks the protocol.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export type Source =
  | { readonly kind: 'given'; readonly uri: string }
  | { readonly kind: 'mongod'; readonly binary: string }
  | {
      readonly kind: 'stand-in';
      readonly java: string;
      readonly jars: string;
      /** What it says of its protocol, to pass for an older server. */
      readonly wireVersion?: number;
    };

/** How a run hands its choice to the processes that run the tests. */
export const variable = 'REKEY_TEST_MONGODB_SOURCE';

export const howToGet =
  'Give MONGODB_URI, or MONGOMS_SYSTEM_BINARY=<path of mongod>, or install a JDK 17 and Maven (apt-get install openjdk-17-jdk-headless maven).';

const standIn = join(import.meta.dirname, '../fixtures/mongodb-stand-in');
const cache = join(import.meta.dirname, '../../node_modules/.cache');
const run = promisify(execFile);

/** The choice of this run; found out once. `undefined`: no server can be had. */
export async function mongodbSource(): Promise<Source | undefined> {
  const chosen = process.env[variable];
  if (chosen !== undefined) return (JSON.parse(chosen) as Source | null) ?? undefined;
  const source = await findSource();
  process.env[variable] = JSON.stringify(source ?? null);
  return source;
}

/** For tests of what needs a server: rejects with the way to one when there is none. */
export async function neededSource(): Promise<Source> {
  const source = await mongodbSource();
  if (!source) throw new Error(`No MongoDB server can be had here. ${howToGet}`);
  return source;
}

async function findSource(): Promise<Source | undefined> {
  const uri = process.env['MONGODB_URI'];
  if (uri !== undefined && uri !== '') return { kind: 'given', uri };
  const binary = process.env['MONGOMS_SYSTEM_BINARY'] ?? inPath('mongod') ?? (await downloaded());
  if (binary !== undefined) return { kind: 'mongod', binary };
  const java = inPath('java');
  const jars = java === undefined ? undefined : await fetchJars();
  return java === undefined || jars === undefined ? undefined : { kind: 'stand-in', java, jars };
}

function inPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Only where its address is known to the name service: without a way out the attempt would take long. */
async function downloaded(): Promise<string | undefined> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('late')), 2_000).unref();
  });
  try {
    await Promise.race([lookup('fastdl.mongodb.org'), late]);
    const { MongoBinary } = await import('mongodb-memory-server-core');
    return await MongoBinary.getPath({ downloadDir: join(cache, 'mongod') });
  } catch {
    return undefined;
  }
}

/** The jars that the stand-in runs on, fetched by Maven once; `undefined` where that does not work. */
async function fetchJars(): Promise<string | undefined> {
  const digest = createHash('sha256')
    .update(readFileSync(join(standIn, 'pom.xml')))
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `mongodb-stand-in-${digest}`);
  if (existsSync(folder)) return folder;
  const mvn = inPath('mvn');
  if (mvn === undefined) return undefined;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, 'making-'));
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies';
  try {
    await run(mvn, ['-q', '-B', '-f', join(standIn, 'pom.xml'), goal, `-DoutputDirectory=${making}`], {
      timeout: 120_000,
    });
    await rename(making, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } catch {
    return undefined;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}
