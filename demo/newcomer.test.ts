/**
 * The newcomer's script of docs/get-started.md, step by step in Chromium: every step is one of the page, in its words,
 * and what is printed in bold there is what is pressed here.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { useDemo } from '../test/harness/demo-stage.ts';

const stage = useDemo();
let context: BrowserContext;
beforeAll(async () => {
  context = await stage.browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
});

/** The numbered steps of the section, each with the words in bold. */
async function script(): Promise<readonly { readonly says: string; readonly bold: readonly string[] }[]> {
  const text = await readFile(join(import.meta.dirname, '../docs/get-started.md'), 'utf8');
  const section = /## In two minutes\n([^]*?)\n## /.exec(text)?.[1] ?? '';
  return [...section.matchAll(/^\d+\. (.*(?:\n {3}.*)*)/gm)].map(([, says = '']) => ({
    says: says.replaceAll(/\n {3}/g, ' '),
    bold: [...says.matchAll(/\*\*([^*]+)\*\*/g)].map(([, word = '']) => word),
  }));
}

/** By its name, wherever the page keeps a word in one piece (a hyphen or space that does not break). */
function pressable(page: Page, words: string) {
  const literal = words.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const name = new RegExp(literal.replaceAll('-', '[-\u2011]').replaceAll(' ', '\\s'));
  return page.getByRole('button', { name }).or(page.getByRole('link', { name }));
}

test('A-633 the newcomer’s script: told of the end, key replaced, card refused, audit seen', async () => {
  const steps = await script();
  const begun = performance.now();
  const helper = await context.newPage();
  let signIn = helper;
  const press = async (page: Page, step: number, word = 0) => {
    const name = steps[step - 1]?.bold[word];
    if (name === undefined) throw new Error(`step ${step} has no word ${word} in bold`);
    await pressable(page, name).first().click();
  };
  const atHand = async (selector: string) => {
    await helper.locator(`[data-story="1"] ${selector}`).waitFor();
    return (await helper.locator(`[data-story="1"] ${selector}`).textContent()) ?? '';
  };
  const next = () => signIn.locator('button[value="continue"]').click();
  const isAt = (step: string) => signIn.locator(`main[data-step="${step}"]`).waitFor();

  const moves: readonly (() => Promise<unknown>)[] = [
    () => helper.goto(stage.running.demo.addresses.helperPage),
    async () => {
      const opened = context.waitForEvent('page');
      await press(helper, 2);
      signIn = await opened;
      await press(signIn, 2, 1);
      await isAt('phase-out');
    },
    async () => {
      expect(await signIn.locator('h1').textContent()).toContain('stops working after');
      await press(signIn, 3);
      expect(await signIn.locator('[name="username"]').inputValue()).toBe('maria');
    },
    async () => {
      await signIn.locator('[name="password"]').fill(await atHand('code.pick'));
      await next();
      await isAt('prove-key');
      expect(await atHand('[data-card] strong')).toBe(await signIn.locator('main').getAttribute('data-position'));
      await signIn.locator('[name="code"]').fill(await atHand('[data-card-code]'));
      await next();
    },
    async () => {
      await isAt('confirm-email');
      await press(signIn, 5);
      await isAt('select-key');
      await press(signIn, 5, 1);
      await isAt('activate-key');
      await signIn.locator('[name="code"]').fill(await atHand('[data-message-code]'));
      await next();
    },
    async () => {
      await isAt('done');
      await press(signIn, 6);
      await isAt('signed-in');
      expect(await signIn.locator('.lead').textContent()).toContain('Maria Peeters');
    },
    async () => {
      await helper.bringToFront();
      const effect = helper.locator('[data-story="2"] .story-effect');
      await expect(effect.textContent()).resolves.toMatch(/of \d people with it/);
      await press(helper, 7);
      await isAt('choose-key');
    },
    async () => {
      await press(signIn, 8);
      await isAt('phase-out');
      expect(await signIn.locator('h1').textContent()).toContain('has stopped working');
    },
    async () => {
      await helper.bringToFront();
      await press(helper, 9);
      for (const told of [
        'Maria Peeters replaced the paper card by the code by e-mail',
        'Maria Peeters signed in at Sample service',
        'The demo set the last day of the paper card',
        'that the paper card has stopped working',
      ])
        await helper.locator('#happened li', { hasText: told }).first().waitFor();
    },
  ];
  expect(steps).toHaveLength(moves.length);
  for (const move of moves) await move();
  const seconds = (performance.now() - begun) / 1000;
  process.stderr.write(`The newcomer's script took ${seconds.toFixed(1)} s.\n`);
  // the line of the person is true afterwards.
  expect(await helper.locator('[data-person="maria"] summary').innerText()).toMatch(
    /paper card 0240[^]*code by e-mail/,
  );
});
