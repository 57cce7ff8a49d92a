// Run by `npm ci` (`prepare`): loads once what a start loads, so that already the first start finds it compiled. It never fails an installation.
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
