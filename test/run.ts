/** `npm test`: jest with what it needs of Node, and a switch of our own: `--storage mongodb` runs on that store what a store could change. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { storageVariable } from './harness/test-storage.ts';

/** What is run on another store when no files are named. */
const onAnotherStore = [
  'adapters/storage/mongodb/',
  'admin/audit-trail',
  'factors/counting',
  'people/people',
  'provider/(keys|races|rotation|storage-bridge|tokens)',
  'test/(flows|attacks|storage-failures)/',
];

const words = process.argv.slice(2);
const at = words.findIndex((word) => /^--storage(=|$)/.test(word));
const [taken = ''] = at < 0 ? [] : words.splice(at, 1);
const storage = taken.includes('=') ? taken.slice('--storage='.length) : at < 0 ? undefined : words.splice(at, 1)[0];
if (at >= 0 && storage !== 'mongodb' && storage !== 'embedded') {
  process.stderr.write('--storage takes embedded or mongodb.\n');
  process.exit(2);
}
const names = words.some((word, index) => !word.startsWith('-') && !(words[index - 1] ?? '').startsWith('-'));
const paths = storage === 'mongodb' && !names ? onAnotherStore : [];

const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const child = spawn(process.execPath, [...flags, jest, ...words, ...paths], {
  stdio: 'inherit',
  env: { ...process.env, ...(storage === undefined ? {} : { [storageVariable]: storage }) },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});
