import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import { systemClock } from '../time/clock.ts';
import { useDemo } from '../test/harness/demo-stage.ts';
import { until } from '../test/harness/until.ts';
import type { ShownPerson } from './shown-person.ts';

describe('the demo', () => {
  const stage = useDemo();
  const person = async (username: string): Promise<ShownPerson> => {
    const { people } = await stage.json<{ people: ShownPerson[] }>('/demo.json');
    const found = people.find((one) => one.username === username);
    if (!found) throw new Error(`There is no ${username}.`);
    return found;
  };

  describe('in a browser', () => {
    test('a mail appears by itself, and an open card stays open', async () => {
      const page = await stage.browser.newPage();
      const faults: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(error.message));
      await page.goto(stage.helper);
      await page.waitForSelector('.live:not([hidden])');
      await page.locator('[data-person="maria"] > summary').click();
      const marked = `seen-${systemClock.now()}`;
      await stage.running.mail.send({
        to: 'maria@example.org',
        subject: marked,
        text: '<b>4711</b>',
        messageId: '<a@b>',
        language: 'nl',
      });
      await page.waitForSelector(`#mails h3:text("${marked}")`);
      expect(await page.locator('#mails article .mail-text').first().textContent()).toBe('<b>4711</b>');
      expect(await page.locator('[data-person="maria"]').getAttribute('open')).toBe('');
      expect(faults).toEqual([]);
      await page.close();
    });

    test.each([
      ['light', 1280],
      ['light', 320],
      ['dark', 1280],
      ['dark', 320],
    ] as const)('no fault of access, %s at %i', async (colorScheme, width) => {
      const context = await stage.browser.newContext({
        colorScheme,
        reducedMotion: 'reduce',
        viewport: { width, height: 800 },
      });
      const page = await context.newPage();
      const look = async (where: string) => {
        await page.evaluate(axe.source);
        const found = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
        const faults = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
        expect({ where, faults }).toEqual({ where, faults: [] });
      };
      const check = async (where: string) => {
        await look(where);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        await page.screenshot({
          path: join(import.meta.dirname, `../.screenshots/demo/${where}-${colorScheme}-${width}.png`),
          fullPage: true,
        });
      };
      await page.goto(stage.helper);
      await check('helper');
      await page.locator('[data-person="els"] > summary').click();
      await page.locator('#command-token-card-tonight > summary').click();
      await check('helper-open');
      await page.goto(`${stage.running.demo.addresses.relyingParty}/callback?state=none`);
      await check('problem');
      await page.goto(stage.running.demo.addresses.relyingParty);
      await page.locator('summary').click();
      await check('start');
      await page.locator('summary').click();
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('button[value="email-otp"]').click();
      await page.locator('[name="username"]').fill('zoe');
      await page.locator('[name="password"]').fill((await person('zoe')).password);
      const before = (await stage.json<unknown[]>('/messages.json')).length;
      await page.locator('button[value="continue"]').click();
      await until('the code is there', async () => (await stage.json<unknown[]>('/messages.json')).length > before);
      const text = (await stage.json<{ text: string }[]>('/messages.json')).at(-1)?.text ?? '';
      await page.locator('[name="code"]').fill(/\d{6}/.exec(text)?.[0] ?? '');
      await page.locator('button[value="continue"]').click();
      await page.waitForSelector('[data-step="signed-in"]');
      await check('signed-in');
      // With letters twice as large: scrollable parts must be reachable by keyboard.
      await page.evaluate(`document.documentElement.style.setProperty('font-size', '200%')`);
      await look('signed-in, 200 %');
      await context.close();
    });
  });
});
