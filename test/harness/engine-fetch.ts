/**
 * The engine looks for undici's dispatcher, which jest hides from the code under test; our own fetch does not use it.
 */
export function letEngineFetch(): void {
  Object.assign(globalThis, {
    [Symbol.for('undici.globalDispatcher.1')]: new (class {
      on(): this {
        return this;
      }
    })(),
  });
}
