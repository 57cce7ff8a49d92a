// The required version and settings of Node.js. See docs/decisions/2026-11-29-install-and-run.md.
import module from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import v8 from 'node:v8';

const root = dirname(import.meta.dirname ?? dirname(fileURLToPath(import.meta.url)));
const oldest = [22, 18];

/** These have an effect only at the start of a process. */
const startFlags = ['--max-semi-space-size=8'];
/** Less memory for more collections: set once the server listens, because it would make the start a tenth longer. */
const heapFlag = '--heap-growing-percent=30';
/** All flags of a running server, for another process that is measured with them. */
export const serverFlags = [...startFlags, heapFlag];
/** Read by glibc when a process starts: large blocks are returned to the system at once. */
export const startEnvironment = { MALLOC_MMAP_THRESHOLD_: '8000' };
/** Folder of Node's compile cache. An empty variable counts as none. */
export const compileCache = process.env.NODE_COMPILE_CACHE || join(root, 'node_modules/.cache/rekey');

/** False: this Node.js cannot run the product, and one sentence has said so. */
export function prepareRuntime({ isServer = false } = {}) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    process.stderr.write(
      `Rekey needs Node.js ${oldest.join('.')} or later; this is ${process.versions.node}. Install a newer one from https://nodejs.org.\n`,
    );
    process.exitCode = 1;
    return false;
  }
  if (isServer) beginAgainWithFlags();
  dropKnownWarnings();
  module.enableCompileCache?.(compileCache);
  prepareImports();
  return true;
}

/**
 * Called when the server has started. V8 accepts compiled code only under the flags with which it was made, so what
 * this start compiled is written first.
 */
export function saveMemory() {
  if (isGiven(heapFlag)) return;
  module.flushCompileCache?.();
  v8.setFlagsFromString(heapFlag);
}

/** Whether the operator has given this flag, with any value. */
const isGiven = (flag) =>
  `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`.includes(flag.split('=')[0]);

/** Factors find `rekey/…`, and the product's TypeScript runs wherever it is installed. */
export function prepareImports() {
  findForFactors();
  if (root.includes(`${sep}node_modules${sep}`)) stripTypesOfPackages();
}

/**
 * Replaces this process with itself and the flags of a server: same id, same streams. Flags of the operator are kept.
 */
function beginAgainWithFlags() {
  if (typeof process.execve !== 'function') return;
  const missing = startFlags.filter((flag) => !isGiven(flag));
  const isSet = Object.keys(startEnvironment).every((name) => process.env[name] !== undefined);
  if (missing.length === 0 && isSet) return;
  const words = [
    process.execPath,
    ...process.execArgv,
    ...missing,
    join(root, 'bin/rekey.mjs'),
    ...process.argv.slice(2),
  ];
  try {
    process.execve(process.execPath, words, { ...startEnvironment, ...process.env });
  } catch {
    // Not on this system: the server still runs, and uses some more memory.
  }
}

/**
 * Node.js APIs that are experimental in the oldest supported release and stable in later ones; and factors outside whose
 * package.json does not say `"type": "module"`.
 */
export function dropKnownWarnings() {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...more) => {
    if (/^((SQLite|stripTypeScriptTypes) is an experimental|Module type of file:)/.test(String(warning))) return;
    emitWarning(warning, ...more);
  };
}

/** A factor of a deployment imports `rekey/factor` wherever its folder is: it gets the product that loads it. */
function findForFactors() {
  const parentURL = pathToFileURL(join(root, 'package.json')).href;
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, specifier.startsWith('rekey/') ? { ...context, parentURL } : context),
  });
}

/**
 * Node.js strips no types below a folder `node_modules`, where the product is when it is a dependency; so they are
 * stripped here. Elsewhere Node.js does it, and names the line of a mistake.
 */
function stripTypesOfPackages() {
  module.registerHooks({
    load(url, context, next) {
      const isOurs = url.startsWith('file:') && /\/node_modules\/.*\.ts$/.test(new URL(url).pathname);
      if (!isOurs) return next(url, context);
      const source = module.stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', source, shortCircuit: true };
    },
  });
}
