// Run by `npm ci` (`prepare`): loads what a start loads, so that the compile cache serves the first start too. It never
// fails an installation.
import { prepareRuntime } from './runtime.mjs';

try {
  if (prepareRuntime()) await import('../app/warm-compile-cache.ts');
} catch (error) {
  const [why] = String(error instanceof Error ? error.message : error).split('\n');
  process.stderr.write(
    `Nothing was compiled ahead (${why}): Rekey works all the same, its first start takes longer.\n`,
  );
}
process.exitCode = 0;
