import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { galleryFactors, samples } from '../test/fixtures/page-models.ts';
import { findBrowser, launchBrowser } from '../test/harness/browser.ts';
import { assetFile } from './assets.ts';
import { allLanguages } from './i18n.ts';
import type { LanguageCode } from './models.ts';
import { createRenderer } from './render.ts';

const root = join(import.meta.dirname, '..');
const pictures = join(root, '.screenshots', 'gallery');
const renderer = createRenderer({ factorFolders: galleryFactors(root), zone: 'Europe/Brussels' });
const origin = 'http://gallery.localhost';
const types: Readonly<Record<string, string>> = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };
/** The headers of the product: an inline style or script would be blocked here too. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
/** Screenshots of the shortest and the longest language. */
const pictured: readonly LanguageCode[] = ['nl', 'de'];

/** Pages that a clerk, or a person at home, may print. */
const printed: ReadonlySet<string> = new Set([
  'activation',
  'terms',
  'not-me',
  'keys',
  'info',
  'refused',
  'desk-list',
  'desk-register',
  'desk-find',
  'desk-person',
]);

const executable = await findBrowser();
const describeInBrowser = executable === undefined ? describe.skip : describe;

describeInBrowser('gallery', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[] = [];
  let weight = 0;

  beforeAll(async () => {
    browser = await launchBrowser();
    context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await mkdir(pictures, { recursive: true });
    await page.route('**/*', async (route) => {
      const [, kind = '', ...rest] = new URL(route.request().url()).pathname.split('/');
      // The page that submits itself is held, so that it can be checked.
      if (rest.join('/') === 'send-on.js') return route.fulfill({ body: '', contentType: 'text/javascript' });
      if (kind === 'assets') {
        const body = await readFile(assetFile(rest.join('/')));
        weight += body.length;
        return route.fulfill({ body, contentType: types[rest.join('').split('.').at(-1) ?? ''] ?? 'text/plain' });
      }
      const sample = samples.find(({ name }) => name === kind);
      if (sample === undefined) return route.abort();
      const body = renderer.page(sample.page, sample.model(rest[0] as LanguageCode));
      weight += Buffer.byteLength(body);
      return route.fulfill({ body, contentType: 'text/html', headers: { 'content-security-policy': policy } });
    });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
  });

  const axeFaults = async (rules?: readonly string[]): Promise<string[]> => {
    if (await page.evaluate(`!('axe' in window)`)) await page.evaluate(axe.source);
    const found = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(rules ? { runOnly: rules } : {})})`);
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' · ')}`);
  };
  const overflow = (): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  /** By how much (px) the name of the product runs under the switch of languages. */
  const underSwitch = (): Promise<number> =>
    page.evaluate(
      `(() => {
        const switching = document.querySelector('.languages')?.getBoundingClientRect();
        const range = document.createRange();
        range.selectNodeContents(document.querySelector('.product'));
        return switching ? Math.max(0, ...[...range.getClientRects()]
          .filter((line) => line.bottom > switching.top && line.top < switching.bottom)
          .map((line) => line.right - document.querySelector('.languages li').getBoundingClientRect().left)) : 0;
      })()`,
    );
  const smallTargets = (): Promise<string[]> =>
    page.evaluate(
      `[...document.querySelectorAll('button:not([hidden]), input:not([type=hidden]), summary, nav a')]
        .filter((element) => (['checkbox', 'radio'].includes(element.type) ? element.closest('label') : element).getBoundingClientRect().height < 44)
        .map((element) => element.outerHTML)`,
    );

  test.each(samples.map(({ name }) => name))(
    '%s: no violation, nothing to scroll sideways, light, in every language',
    async (name) => {
      for (const language of allLanguages) {
        const where = `${name} ${language}`;
        complaints = [];
        weight = 0;
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.goto(`${origin}/${name}/${language}`);
        expect({ where, complaints }).toEqual({ where, complaints: [] });
        expect(weight).toBeLessThan(100_000);
        expect({ where, faults: await axeFaults() }).toEqual({ where, faults: [] });
        await picture(name, language, 'light-1280');

        await page.setViewportSize({ width: 320, height: 640 });
        expect({ where, overflow: await overflow() }).toEqual({ where, overflow: 0 });
        expect({ where, small: await smallTargets() }).toEqual({ where, small: [] });
        expect({ where, faults: await axeFaults(['target-size']) }).toEqual({ where, faults: [] });
        await picture(name, language, 'light-320');

        await page.emulateMedia({ colorScheme: 'dark' });
        // Only colours differ; to be sure, everything is checked once.
        const rules = language === 'de' ? undefined : ['color-contrast', 'link-in-text-block'];
        expect({ where, faults: await axeFaults(rules) }).toEqual({ where, faults: [] });
        await picture(name, language, 'dark-320');
        await page.setViewportSize({ width: 1280, height: 900 });
        await picture(name, language, 'dark-1280');

        // Twice as large letters in half a window.
        await page.setViewportSize({ width: 640, height: 900 });
        await page.evaluate(`document.documentElement.style.setProperty('font-size', '200%')`);
        expect({ where, overflow: await overflow() }).toEqual({ where, overflow: 0 });
        expect({ where, under: await underSwitch() }).toEqual({ where, under: 0 });
        if (language === 'de') await picture(name, language, 'twice');
        await page.setViewportSize({ width: 320, height: 640 });
        expect({ where, overflow: await overflow() }).toEqual({ where, overflow: 0 });
      }
    },
    120_000,
  );

  const styleOf = (selector: string, property: string): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).getPropertyValue('${property}')`);

  test.each(samples.filter(({ page: kind }) => printed.has(kind)).map(({ name }) => name))(
    '%s on paper: every text reads on white, whatever the screen was',
    async (name) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.setViewportSize({ width: 794, height: 1123 });
      await page.goto(`${origin}/${name}/nl`);
      expect(await styleOf('html', 'background-color')).toBe('rgb(255, 255, 255)');
      expect(await axeFaults(['color-contrast'])).toEqual([]);
      expect(await overflow()).toBe(0);
      await picture(name, 'nl', 'paper');
      await page.emulateMedia({ media: null, colorScheme: null });
    },
  );

  test('on paper it is light, and no text needs a background that printers leave out', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.goto(`${origin}/phase-out/nl`);
    expect(await styleOf('html', 'background-color')).toBe('rgb(255, 255, 255)');
    expect(await styleOf('.button-main', 'background-color')).toBe('rgba(0, 0, 0, 0)');
    expect(await styleOf('.button-main', 'color')).toBe(await styleOf('body', 'color'));
    await page.emulateMedia({ media: null, colorScheme: null });
  });

  test('in forced colours the main button, finished steps and links still look different', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    await page.goto(`${origin}/phase-out/nl`);
    const main = await styleOf('.button-main', 'background-color');
    expect(main).not.toBe(await styleOf('.button-plain', 'background-color'));
    await page.goto(`${origin}/select-key/nl`);
    expect(await styleOf('.progress li.passed', 'border-top-style')).toBe('solid');
    expect(await styleOf('.progress li:last-child', 'border-top-style')).toBe('dotted');
    expect(await styleOf('.button-quiet', 'border-top-width')).toBe('0px');
    await page.emulateMedia({ forcedColors: null });
  });

  const picture = async (name: string, language: LanguageCode, look: string): Promise<void> => {
    // Pictures are for people: a build server keeps none.
    if (process.env['CI'] === 'true' || !pictured.includes(language)) return;
    await page.screenshot({ path: join(pictures, `${name}.${language}.${look}.png`), fullPage: true });
  };

  test('Enter in a field presses the main button; where that sends a new code, the one that sends what is typed', async () => {
    for (const { name, page: kind } of samples) {
      await page.goto(`${origin}/${name}/en`);
      // A form whose one button is not the page's main one is sent by that button.
      const forms = await page.evaluate<readonly { readonly isRight: boolean; readonly isOnly: boolean }[]>(
        `[...document.querySelectorAll('main form')]
          .filter((form) => form.querySelector('input:not([type=hidden])'))
          .map((form) => [...form.elements].filter(({ type }) => type === 'submit'))
          .map(([first, ...others]) => ({
            isOnly: others.length === 0,
            isRight: document.querySelector('main .button-main')?.value === 'resend'
              ? first?.value === 'continue'
              : first?.classList.contains('button-main') === true,
          }))`,
      );
      expect({ name, wrong: forms.filter(({ isRight, isOnly }) => !isRight && !isOnly) }).toEqual({ name, wrong: [] });
      const [first] = forms;
      if (first && ['password', 'prove-key', 'activate-key'].includes(kind))
        expect({ name, isRight: first.isRight }).toEqual({ name, isRight: true });
    }
  });

  test.each([320, 353, 360, 375, 390, 414])(
    'at %i px the longest date stays in the box of the last day',
    async (width) => {
      await page.setViewportSize({ width, height: 700 });
      await page.goto(`${origin}/phase-out/fr`);
      const beyond = await page.evaluate<number>(
        `(() => {
        const date = document.querySelector('.last-day-date');
        date.textContent = '30\\u00a0septembre\\u00a02026';
        const box = document.querySelector('.last-day');
        const range = document.createRange();
        range.selectNodeContents(date);
        const inside = box.getBoundingClientRect().right - parseFloat(getComputedStyle(box).paddingRight);
        return range.getBoundingClientRect().right - inside;
      })()`,
      );
      expect(beyond).toBeLessThanOrEqual(0);
    },
  );

  test('the password can be shown, and is hidden again when sent', async () => {
    await page.goto(`${origin}/password/en`);
    const field = page.locator('[name=password]');
    await page.click('[data-reveals]');
    expect(await field.getAttribute('type')).toBe('text');
    await page.evaluate(`document.forms[0].addEventListener('submit', (event) => event.preventDefault())`);
    await field.press('Enter');
    expect(await field.getAttribute('type')).toBe('password');
  });

  test('without script the button that shows the password is not there', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const bare = await plain.newPage();
    await bare.route('**/*', (route) =>
      route.fulfill({
        body: renderer.page('password', samples.find(({ name }) => name === 'password')?.model('en') as never),
        contentType: 'text/html',
      }),
    );
    await bare.goto(origin);
    expect(await bare.locator('[data-reveals]').isVisible()).toBe(false);
    await plain.close();
  });
});
