/**
 * What the helper page offers after the story, in Chromium: a service of somebody else that asks for consent, and a
 * television that shows a code (RFC 8628).
 */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { openEmbedded } from '../adapters/storage/embedded/open-embedded.ts';
import { systemClock } from '../time/clock.ts';
import { useDemo } from '../test/harness/demo-stage.ts';
import { until } from '../test/harness/until.ts';
import type { ShownPerson } from './shown-person.ts';

const stage = useDemo();
const codes = async (): Promise<readonly string[]> =>
  (await stage.json<{ readonly text: string }[]>('/messages.json')).flatMap(({ text }) => /^\d{6}\b/m.exec(text) ?? []);

const at = (page: Page, step: string) => page.locator(`main[data-step="${step}"]`).waitFor();
const press = (page: Page, value: string) => page.click(`main button[value="${value}"]`);

/** With the code by e-mail, from the first page of a sign-in. */
async function signIn(page: Page, username: string): Promise<void> {
  const { people } = await stage.json<{ people: readonly ShownPerson[] }>('/demo.json');
  await page.click('button[name="key"][value="email-otp"]');
  await page.fill('[name="username"]', username);
  await page.fill('[name="password"]', people.find((one) => one.username === username)?.password ?? '');
  const before = (await codes()).length;
  await press(page, 'continue');
  await at(page, 'prove-key');
  await until('the code is there', async () => (await codes()).length > before);
  await page.fill('[name="code"]', (await codes()).at(-1) ?? '');
  await press(page, 'continue');
}

/** The tab that a thing to try opens from the helper page. */
async function tried(context: BrowserContext, title: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${stage.helper}/#more-title`);
  const thing = page.locator('details', { has: page.locator('summary', { hasText: title }) });
  await thing.locator('summary').click();
  const [opened] = await Promise.all([context.waitForEvent('page'), thing.locator('a').click()]);
  await page.close();
  return opened;
}

const seen = new Set<string>();

/**
 * No fault of access and no overflow, narrow and wide, dark and light; the pictures are for people. Once: these pages
 * are in English.
 */
async function look(page: Page, name: string): Promise<void> {
  if (seen.has(name)) return;
  seen.add(name);
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
      const faults = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect({ name, width, colorScheme, faults, overflow }).toEqual({
        name,
        width,
        colorScheme,
        faults: [],
        overflow: 0,
      });
      const file = `../.screenshots/demo/${name}-${colorScheme}-${width}.png`;
      await page.screenshot({ path: join(import.meta.dirname, file), fullPage: true });
    }
}

async function happened(line: string): Promise<void> {
  await until(`the strip says: ${line}`, async () => {
    await stage.running.app.flush();
    return (await (await fetch(`${stage.helper}/`)).text()).replaceAll(/<[^>]*>/g, '').includes(line);
  });
}

/** Access tokens in the store. */
async function tokensNow(): Promise<number> {
  const store = await openEmbedded({ file: join(stage.running.state, 'rekey.db'), clock: systemClock });
  try {
    return await store.collection({ name: 'oidc-access-token' }).count();
  } finally {
    await store.close();
  }
}

describe.each([
  ['nl', 'jan', 'Jan Janssens', 'Huis te huur', ['uw e-mailadres', 'uw inkomen van vorig jaar'], 'Televisie'],
  [
    'en',
    'zoe',
    'Zoë Šćepanović-Nuñez',
    'House to rent',
    ['your e-mail address', 'your income of last year'],
    'Television',
  ],
])('in %s', (locale, username, who, service, words, television) => {
  test('A-696 a service of somebody else: terms read, not allowed, allowed once, withdrawn and told', async () => {
    const context = await stage.browser.newContext({ locale });
    const page = await tried(context, 'Allow a service of others');
    await at(page, 'start');
    expect(await page.textContent('main')).toContain('It belongs to somebody else');
    await look(page, 'rent-start');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await signIn(page, username);

    await at(page, 'consent');
    const says = await page.innerText('main');
    for (const said of [service, new URL(stage.running.demo.addresses.relyingParty).host, ...words, who])
      expect(says).toContain(said);
    const papers = await page.locator('main a').evaluateAll((found) => found.map((one) => one.getAttribute('href')));
    expect(papers).toHaveLength(2);
    for (const address of papers) {
      const paper = await context.newPage();
      expect((await paper.goto(String(address)))?.status()).toBe(200);
      expect(await paper.textContent('main')).toMatch(/tosUri|policyUri/);
      await look(paper, 'rent-paper');
      await paper.close();
    }
    await press(page, 'deny');
    await at(page, 'problem');
    expect(await page.getAttribute('[data-error]', 'data-error')).toBe('access_denied');
    await happened(`${who} allowed House to rent nothing`);

    await page.getByRole('button', { name: 'Try again' }).click();
    await signIn(page, username);
    await at(page, 'consent');
    await press(page, 'allow');
    await at(page, 'signed-in');
    expect(await page.textContent('.lead')).toContain(who);
    await look(page, 'rent-signed-in');
    await happened(`${who} allowed House to rent to have what it asked for`);
    await page.getByRole('button', { name: 'As before' }).click();
    await at(page, 'signed-in');

    await page.locator('main a', { hasText: 'My digital keys' }).click();
    await page.goto(`${stage.running.demo.addresses.myKeys}/info`);
    await at(page, 'info');
    expect(await page.innerText('main')).toContain(service);
    await press(page, 'withdraw');
    await happened(`${who} withdrew what House to rent was allowed`);
    await until('the service is told', async () => {
      await page.goto(`${stage.running.demo.addresses.relyingParty}/demo-rent/`);
      return (await page.locator('[data-ended="yes"]').count()) === 1;
    });
    await page.getByRole('button', { name: 'Sign in' }).click();
    await at(page, 'consent');
    await context.close();
  }, 120_000);

  test('A-697 a television: its code typed and confirmed in the browser, signed out on both sides, and refused', async () => {
    const context = await stage.browser.newContext({ locale });
    const set = await tried(context, 'Sign in on a television');
    await at(set, 'television-start');
    const faults: string[] = [];
    set.on('pageerror', (error) => faults.push(error.message));
    set.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    const asked = async () => {
      await set.bringToFront();
      await set.locator('#remote form button').click();
      await at(set, 'television-code');
      const [tab] = await Promise.all([context.waitForEvent('page'), set.locator('#remote a').click()]);
      await at(tab, 'device-code');
      await tab.fill('[name="user_code"]', (await set.textContent('[data-code]')) ?? '');
      await tab.click('main button[type="submit"]');
      await at(tab, 'device-confirm');
      expect(await tab.innerText('body')).toContain(television);
      return tab;
    };
    const goesOn = async (step: string) => {
      await set.bringToFront();
      await at(set, step);
    };
    await look(set, 'television-start');

    const tab = await asked();
    await look(set, 'television-code');
    await tab.bringToFront();
    await tab.click('button[name="confirm"]');
    await signIn(tab, username);
    await tab.waitForURL('**/device/done');
    await goesOn('television-signed-in');
    expect(await set.textContent('h1')).toBe(`Welcome, ${who}`);
    expect(await set.innerText('[data-claim="amr"]')).toContain('password, one-time code');
    expect(await set.title()).toMatch(/^Signed in/);
    await look(set, 'television-signed-in');
    await happened(`${who} confirmed the code of a device at Television`);

    // The television gives its token back and forgets the person; the browser does not.
    await tab.close();
    const tokens = await tokensNow();
    await set.locator('#remote form button').click();
    await goesOn('television-start');
    expect(await tokensNow()).toBe(tokens - 1);
    expect(await set.locator('[data-ended]').count()).toBe(0);
    const again = await asked();
    await again.click('button[name="confirm"]');
    await again.waitForURL('**/device/done');
    await goesOn('television-signed-in');

    // The end of the session in the browser is told to the television.
    const { issuer } = stage.running.demo.addresses;
    await again.goto(`${issuer}/session/end`);
    await again.click('main button[value="yes"]');
    await goesOn('television-start');
    expect(await set.locator('[data-ended="yes"]').count()).toBe(1);
    await again.close();

    const refused = await asked();
    await refused.click('button[name="abort"]');
    await refused.waitForURL('**/device/refused');
    await goesOn('television-refused');
    expect(await set.getAttribute('[data-error]', 'data-error')).toBe('access_denied');
    await look(set, 'television-refused');
    // A fresh start of the demo switches it off.
    expect((await fetch(`${stage.helper}/afresh`, { method: 'POST', headers: { origin: stage.helper } })).status).toBe(
      200,
    );
    await goesOn('television-start');
    expect(faults).toEqual([]);
    await context.close();
  }, 120_000);
});

test('A-697 a page of another site presses no button of the television, and nobody else may tell it of an end', async () => {
  const { television } = stage.running.demo.addresses;
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' };
  for (const button of ['sign-in', 'sign-out'])
    expect((await fetch(`${television?.address}${button}`, { method: 'POST', headers: foreign })).status).toBe(403);
  const body = new URLSearchParams({ logout_token: 'a.b.c' });
  expect((await fetch(`${television?.address}backchannel-logout`, { method: 'POST', body })).status).toBe(400);
});
