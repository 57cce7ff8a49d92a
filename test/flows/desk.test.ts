/**
 * B1 in Chromium, in Dutch and in French: a clerk signs in with two factors, registers a person and prints the letter;
 * the mail comes to a real server. Then the person is found again, and gets a new letter.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { appCode } from '../attacks/visitor.ts';
import { launchBrowser } from '../harness/browser.ts';
import { addClerk, codeForm, withDesk } from '../harness/desk-visit.ts';
import { pdfText } from '../harness/pdf-text.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { startSmtp, type SmtpHarness } from '../harness/smtp.ts';

const pictures = join(import.meta.dirname, '../../.screenshots/desk');
let product: Product;
let smtp: SmtpHarness;
let browser: Browser;
beforeAll(async () => {
  smtp = await startSmtp({ tls: 'none' });
  const from = { name: 'CSAM', address: 'no-reply@csam.example' };
  product = await startProduct({
    ...withDesk,
    helpDesk: { telephone: '02 555 01 00' },
    mail: { smtp: { host: '127.0.0.1', port: smtp.port, security: 'none', from } },
  });
  browser = await launchBrowser();
  await mkdir(pictures, { recursive: true });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await product?.close();
  await smtp?.close();
});

const step = (page: Page) => page.getAttribute('main', 'data-step');
const press = (page: Page, value: string) => page.click(`button[value="${value}"]`);

async function signIn(page: Page, clerk: NewPerson): Promise<void> {
  product.clock.set(product.clock.now() + 30_000);
  await page.goto(`${product.issuer}/desk`);
  await page.click('button[name="key"][value="authenticator-app"]');
  await page.fill('[name=username]', clerk.username);
  await page.fill('[name=password]', clerk.password);
  await press(page, 'continue');
  await page.fill('[name=code]', appCode(clerk.totp, product.clock.now()));
  await press(page, 'continue');
}

async function look(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width] of [
    ['dark', 320],
    ['light', 1280],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(pictures, `${name}.${colorScheme}-${width}.png`), fullPage: true });
    const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect([name, width, wide]).toEqual([name, width, 0]);
  }
}

/** Presses the button, and reads the letter that comes. */
async function letterOf(page: Page): Promise<string> {
  const coming = page.waitForEvent('download');
  await press(page, 'letter');
  const download = await coming;
  expect(download.suggestedFilename()).toBe('letter.pdf');
  return pdfText(await readFile(await download.path()));
}

async function fillIn(page: Page, language: string, email: string): Promise<void> {
  await page.fill('[name=given-name]', 'Désirée');
  await page.fill('[name=family-name]', `Müller ${language}`);
  await page.fill('[name=email]', email);
  await page.fill('[name=birthdate]', '1950-02-01');
  await page.check(`[name=own][value=${language}]`);
  await page.check('[name=document][value=identity-card]');
}

const contexts: BrowserContext[] = [];
afterAll(() => Promise.all(contexts.map((context) => context.close())));

const lines = {
  nl: ['Uw activatiecode', 'Activaties van dit kantoor'],
  fr: ['Votre code d’activation', 'Activations de ce bureau'],
} as const;

test.each(['nl', 'fr'] as const)(
  'B1 A-500 A-503 A-504 the clerk’s way: %s',
  async (language) => {
    const [title, heading] = lines[language];
    const clerk = await addClerk(product, { language });
    const context = await browser.newContext({ locale: language, reducedMotion: 'reduce', acceptDownloads: true });
    contexts.push(context);
    const page = await context.newPage();
    await signIn(page, clerk);
    expect([await step(page), await page.textContent('h1')]).toEqual(['desk-list', heading]);
    await page.click('a.button-main');

    const email = `desiree.${language}@example.org`;
    await fillIn(page, language, email);
    await look(page, `register.${language}`);
    // Enter in a field presses the main button; nothing is made before it was read aloud.
    await page.press('[name=email]', 'Enter');
    expect(await page.getAttribute('main', 'data-mode')).toBe('check');
    expect(await page.textContent('main')).toContain(email);
    await look(page, `check.${language}`);
    await press(page, 'change');
    expect(await page.inputValue('[name=email]')).toBe(email);
    await press(page, 'continue');
    await press(page, 'register');
    expect([await step(page), await page.locator('[role=status]').count()]).toEqual(['desk-person', 1]);
    await look(page, `person.${language}`);
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    expect(violations.map(({ id }) => id)).toEqual([]);

    const words = await letterOf(page);
    const code = codeForm.exec(words)?.[0] ?? '';
    expect([words.includes(title), words.includes('02 555 01 00'), code.length]).toEqual([true, true, 14]);
    await product.mailTo(email).catch(() => undefined);
    const mail = await product.mailTo(email);
    expect(mail.text).toMatch(/\/activate\/[\w-]{38}/);
    expect(mail.text).not.toContain(code);

    // The page that is still open gives no second letter; the one after a reload gives a new one.
    await press(page, 'letter');
    expect([await step(page), new URL(page.url()).search]).toEqual(['desk-person', '?done=letter-made']);
    expect(await page.textContent('main')).not.toMatch(codeForm);
    await look(page, `again.${language}`);
    await page.check('[name=document][value=passport]');
    expect(codeForm.exec(await letterOf(page))?.[0]).not.toBe(code);

    await page.click('nav.tabs a[href="/desk/list"]');
    expect(await page.locator('[data-status]').evaluateAll((all) => all.map((one) => one.dataset['status']))).toEqual(
      expect.arrayContaining(['issued', 'replaced']),
    );
    await look(page, `list.${language}`);
    await page.click('nav.tabs a[href="/desk/find"]');
    await page.fill('[name=family-name]', `MÜLLER ${language}`);
    await page.fill('[name=birthdate]', '1950-02-01');
    await look(page, `find.${language}`);
    await press(page, 'find');
    expect([await step(page), await page.textContent('h1')]).toEqual(['desk-person', `Désirée Müller ${language}`]);
    await press(page, 'sign-out');
    await page.goto(`${product.issuer}/desk/list`);
    expect(await step(page)).not.toBe('desk-list');
  },
  240_000,
);
