#!/usr/bin/env node
// The command `rekey`. Plain JavaScript, so that an older Node.js prints one sentence; then the flags, the compile
// cache, and the TypeScript of the product.
import { prepareRuntime, saveMemory } from './runtime.mjs';

const words = process.argv.slice(2);
const withValue = ['--config', '--deployment', '--mongodb'];
const first = words.findIndex((word, at) => !word.startsWith('-') && !withValue.includes(words[at - 1] ?? ''));
const isStart = words[first] === 'start' && !words.some((word) => /^(-h|--help|--version)$/.test(word));
if (prepareRuntime({ isServer: isStart })) {
  if (isStart) {
    await (await import('../app/start.ts')).start(words.filter((_, at) => at !== first));
    saveMemory();
  } else await import('../app/command-line.ts');
}
