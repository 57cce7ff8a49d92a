/**
 * `npm test`: jest with what it needs of Node, and switches of our own: `--storage mongodb` runs on that store what
 * a store could change, and `--nodes 4` runs every product of the tests as so many nodes behind a balancer that never
 * sends a browser to the same node twice in a row.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { nodesVariable, storageVariable } from './harness/test-storage.ts';

/**
 * The tests that run on another store when no files are named: concurrent writes, the replacement of a card by another
 * key, and the attacks on limits, replay, dates and sessions, and by an attacker who can write the store. The tests of
 * the store itself, and of the product while the store fails, are part of every run.
 */
const onAnotherStore = [
  'admin/cli/(factor-history|extension-commands)',
  'app/configuration-watch',
  'audit/(audit-log|sealed-head)',
  'digital-keys/attempt-counter',
  'accounts/(account-mac|person-store)',
  'schedules/schedule-(history|store)',
  'provider/(keys|races|refresh-grace|sign-in-buckets|rotation|storage-bridge|tokens)',
  'test/flows/(activation|afterwards|before-the-last-day|interrupted|name-first|single-sign-on|store-calls|trouble|ways-out|wizard)',
  'test/attacks/((b2|b3|b5|b7)-|account-address|b12-floods|binding-bar|sending-pause|store-writer)',
  'test/crash/audit',
];

const words = process.argv.slice(2);
/** Takes `--name value` or `--name=value` out of the words. */
function taken(name: string): string | undefined {
  const at = words.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  const [word] = at < 0 ? [] : words.splice(at, 1);
  if (word === undefined) return undefined;
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : (words.splice(at, 1)[0] ?? '');
}
const refuse = (says: string): never => {
  process.stderr.write(`${says}\n`);
  process.exit(2);
};
const storage = taken('storage');
if (storage !== undefined && storage !== 'mongodb' && storage !== 'embedded')
  refuse('--storage takes embedded or mongodb.');
const nodes = taken('nodes');
if (nodes !== undefined && !/^[1-9]$/.test(nodes)) refuse('--nodes takes a number from 1 to 9.');
/** `npm run clients`: the guides for relying parties, followed with the real clients (test/clients). */
const clients = words.indexOf('--clients');
if (clients >= 0) words.splice(clients, 1, '--testMatch=**/test/clients/*.{test,client}.ts', '--maxWorkers=1');
/** Options of jest whose value stands behind them. */
const withValue = /^(-[tcw]|--(testNamePattern|testTimeout|maxWorkers|outputFile|config|shard|reporters))$/;
const names = words.some((word, index) => !word.startsWith('-') && !withValue.test(words[index - 1] ?? ''));
const onMany = nodes === undefined ? [] : ['test/(flows|attacks|nodes)/'];
const paths = names ? [] : storage === 'mongodb' && nodes === undefined ? onAnotherStore : onMany;

const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
// Four nodes for one, on machines that are busy: what takes long is not wrong.
if (nodes !== undefined) words.push('--testTimeout=180000');
// A worker keeps some megabytes of every file it has run: on a whole run it would reach the end of its heap.
if (!names) words.push('--workerIdleMemoryLimit=1500MB');
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const child = spawn(process.execPath, [...flags, jest, ...words, ...paths], {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(storage === undefined ? {} : { [storageVariable]: storage }),
    ...(nodes === undefined ? {} : { [nodesVariable]: nodes }),
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});
