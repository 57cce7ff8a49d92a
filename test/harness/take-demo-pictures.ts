/** `npm run docs:pictures`, second part: the pictures of the newcomer's script, from the demo as `npm start` runs it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { startDemoProcess } from './demo-process.ts';

const images = join(import.meta.dirname, '../../docs/images');
const state = await mkdtemp(join(tmpdir(), 'rekey-pictures-'));
const demo = await startDemoProcess(state);
const browser = await launchBrowser();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
const helper = await context.newPage();
await helper.goto(`http://localhost:${demo.ports.helper}`);

const take = (page: Page, file: string) => page.screenshot({ path: join(images, `${file}.png`) });
const atHand = async (selector: string) => (await helper.textContent(`[data-story="1"] ${selector}`)) ?? '';
const started = (step: string) =>
  Promise.all([context.waitForEvent('page'), helper.click(`[data-story="${step}"] .button`)]);

const [signIn] = await started('1');
await signIn.setViewportSize({ width: 900, height: 760 });
const press = (value: string) => signIn.click(`button[value="${value}"]`);
await press('token-card');
await signIn.waitForSelector('[data-step="phase-out"]');
await take(signIn, 'demo-told');
await press('migrate');
await signIn.fill('[name="password"]', await atHand('code.pick'));
await press('continue');
await signIn.waitForSelector('[data-step="prove-key"]');
await helper.bringToFront();
await helper.mouse.move(0, 0);
await take(helper, 'demo-helper');
await signIn.fill('[name="code"]', await atHand('[data-card-code]'));
await press('continue');
await signIn.waitForSelector('[data-step="confirm-email"]');
await press('continue');
await press('email-otp');
await helper.waitForSelector('[data-message-code]');
await signIn.fill('[name="code"]', await atHand('[data-message-code]'));
await press('continue');
await signIn.waitForSelector('[data-step="done"]');
await take(signIn, 'demo-replaced');
await press('continue');
await signIn.waitForSelector('[data-step="signed-in"]');
await helper.bringToFront();
await helper.click('[data-story="2"] .button');
await signIn.waitForSelector('[data-step="choose-key"]');
await press('token-card');
await signIn.waitForSelector('[data-step="phase-out"]');
await take(signIn, 'demo-refused');
await helper.bringToFront();
await helper.waitForSelector('#happened li:has-text("has stopped working")');
await helper.locator('section:has(#happened)').screenshot({ path: join(images, 'demo-happened.png') });

await browser.close();
await demo.stop();
await rm(state, { recursive: true, force: true });
