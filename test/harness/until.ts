/** Waits until it is so, asking often; throws after 20 s, saying what was awaited. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let asked = 0; asked < 2000; asked++) {
    if (await isSo()) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  throw new Error(`It never came to this: ${what}.`);
}
