#!/usr/bin/env node
// The command `rekey`. Plain JavaScript, so that an older Node.js says one sentence; then the flags, the compile cache, and the TypeScript of the product.
import { prepareRuntime } from './runtime.mjs';

if (prepareRuntime()) {
  const [, , first, ...words] = process.argv;
  const isStart = first === 'start' && !words.some((word) => word === '--help' || word === '-h');
  if (isStart) await (await import('../app/start.ts')).start(words);
  else await import('../app/command-line.ts');
}
