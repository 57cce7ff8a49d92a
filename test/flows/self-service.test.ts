/**
 * C1, C2, C3 (names), C4 (language) and C6 (trusted browsers, signing out everywhere) in Chromium, in Dutch and in
 * German.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../harness/browser.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { appCode } from '../attacks/visitor.ts';

const pictures = join(import.meta.dirname, '../../.screenshots/self-service');
let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct({ sites: { selfService: true } });
  browser = await launchBrowser();
  await mkdir(pictures, { recursive: true });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await product.close();
});

const step = (page: Page) => page.getAttribute('main', 'data-step');
const press = (page: Page, value: string) => page.click(`button[value="${value}"]`);

async function signIn(page: Page, an: NewPerson): Promise<void> {
  product.clock.set(product.clock.now() + 30_000);
  await page.goto(`${product.issuer}/my`);
  await page.click('button[name="key"][value="authenticator-app"]');
  await page.fill('[name=username]', an.username);
  await page.fill('[name=password]', an.password);
  await press(page, 'continue');
  await page.fill('[name=code]', appCode(an.totp, product.clock.now()));
  await press(page, 'continue');
}

async function giveMailedCode(page: Page, { email }: NewPerson): Promise<void> {
  const sixDigits = /\b\d{6}\b/;
  const { text } = await product.mailTo(email, sixDigits);
  await page.fill('[name=code]', sixDigits.exec(text)?.[0] ?? '');
  await press(page, 'continue');
}

test.each([
  ['nl', 'Mijn digitale sleutels', 'de'],
  ['de', 'Meine digitalen Schlüssel', 'nl'],
] as const)(
  'C1 C2 C3 C4 C6 in %s',
  async (language, heading, other) => {
    const an = await product.addPerson({ keys: ['token-card', 'authenticator-app'], language });
    const context = await browser.newContext({
      locale: language,
      viewport: { width: 320, height: 640 },
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await signIn(page, an);
    expect([await step(page), await page.textContent('h1')]).toEqual(['keys', heading]);
    expect(await page.locator('[data-key]').count()).toBe(2);
    // The card is being retired: its last day stands beside it.
    expect(await page.locator('.own-key-ends').count()).toBe(1);
    await page.screenshot({ path: join(pictures, `keys.${language}.dark-320.png`), fullPage: true });

    const app = page.locator('[data-key]').nth(1);
    await app.locator('summary').click();
    await app.locator('[name=label]').fill('Gsm');
    await app.locator('button[value=rename]').click();
    expect(await page.locator('[role=status]').count()).toBe(1);
    expect(await page.locator('[data-key] h2').nth(1).textContent()).toContain('Gsm');

    // Adding a key is done by the provider: given up, and then done.
    await press(page, 'add-key');
    await press(page, 'cancel');
    expect([await step(page), new URL(page.url()).search]).toEqual(['keys', '?done=cancelled']);
    await press(page, 'add-key');
    // The mailbox is proved first, then the new key.
    await press(page, 'continue');
    await giveMailedCode(page, an);
    product.clock.set(product.clock.now() + 60_000);
    await page.click('button[name="key"][value="email-otp"]');
    expect(await step(page)).toBe('activate-key');
    await giveMailedCode(page, an);
    expect(await step(page)).toBe('done');
    await press(page, 'continue');
    expect([await step(page), new URL(page.url()).search]).toEqual(['keys', '?done=success']);
    expect(await page.locator('[data-key]').count()).toBe(3);

    // The new one is removed again, asked once more; the card, which is ending, is replaced.
    const listed = page.locator('[data-key]');
    await listed.nth(2).locator('button[value=remove-key]').click();
    expect(await step(page)).toBe('remove-key');
    await page.screenshot({ path: join(pictures, `remove.${language}.dark-320.png`), fullPage: true });
    await press(page, 'remove');
    expect([await step(page), new URL(page.url()).search, await listed.count()]).toEqual(['keys', '?done=success', 2]);
    await listed.nth(0).locator('button[value=replace-key]').click();
    expect(await step(page)).toBe('confirm-email');
    await page.screenshot({ path: join(pictures, `replace.${language}.dark-320.png`), fullPage: true });
    await page.goto(`${product.issuer}/my/keys`);

    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.screenshot({ path: join(pictures, `keys.${language}.light-1280.png`), fullPage: true });
    await page.click('nav.tabs a[href="/my/profile"]');
    expect(await step(page)).toBe('profile');
    await page.check(`[name=own][value=${other}]`);
    await page.screenshot({ path: join(pictures, `profile.${language}.light-1280.png`), fullPage: true });
    await press(page, 'language');
    expect((await product.services.people.get(an.person.id))?.language).toBe(other);

    await press(page, 'change-password');
    expect(await step(page)).toBe('password');
    await press(page, 'cancel');
    expect([await step(page), new URL(page.url()).search]).toEqual(['profile', '?done=cancelled']);

    await page.click('nav.tabs a[href="/my/info"]');
    await page.screenshot({ path: join(pictures, `info.${language}.light-1280.png`), fullPage: true });
    await press(page, 'end-everywhere');
    await page.goto(`${product.issuer}/my/keys`);
    expect(await step(page)).toBe('choose-key');
    await context.close();
  },
  120_000,
);
