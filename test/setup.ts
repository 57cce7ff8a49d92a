// Run by jest before each test file.
// Every warning or notice of the engine is a mistake of ours: a test that provokes one fails.
for (const told of ['warn', 'info'] as const) {
  const passOn = console[told];
  console[told] = (...words: unknown[]): void => {
    if (String(words[0]).startsWith('oidc-provider ')) throw new Error(words.map(String).join(' '));
    passOn(...words);
  };
}
