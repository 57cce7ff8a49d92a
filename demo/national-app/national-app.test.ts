/** The national app of the demo: linked and used in a browser, another person, cancelled. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '../../time/clock.ts';
import { launchBrowser } from '../../test/harness/browser.ts';
import { newPorts, runDemo, type RunningDemo } from '../../test/harness/running-demo.ts';
import { until } from '../../test/harness/until.ts';
import { currentCode } from '../current-code.ts';

const pictures = join(import.meta.dirname, '../../.screenshots/national-app');
let folder: string;
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekey-national-app-'));
  browser = await launchBrowser();
  await mkdir(pictures, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const step = (page: Page) => page.getAttribute('main', 'data-step');
const press = (page: Page, value: string) => page.click(`main button[value="${value}"]`);
const faults = async (page: Page) => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run({})');
  return violations.map(({ id }) => id);
};

interface Shown {
  readonly username: string;
  readonly password: string;
  readonly totp: readonly string[];
}
async function personOf({ demo }: RunningDemo, username: string): Promise<Shown> {
  const { people } = (await (await fetch(`${demo.addresses.helperPage}/demo.json`)).json()) as {
    people: readonly Shown[];
  };
  const found = people.find((one) => one.username === username);
  if (found === undefined) throw new Error(`There is no ${username}.`);
  return found;
}

async function mailedCode({ demo }: RunningDemo): Promise<string> {
  let code: string | undefined;
  await until('a code was mailed', async () => {
    const messages = (await (await fetch(`${demo.addresses.helperPage}/messages.json`)).json()) as readonly {
      readonly text: string;
    }[];
    code = messages.map(({ text }) => /^\d{6}\b/m.exec(text)?.[0]).findLast((one) => one !== undefined);
    return code !== undefined;
  });
  return String(code);
}

/** From the first page of a sign-in to the one that leads to the app. */
async function givePassword(page: Page, key: string, { username, password }: Shown): Promise<void> {
  await page.click(`button[name="key"][value="${key}"]`);
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', password);
  await press(page, 'continue');
}

describe('A-570 the national app of the demo', () => {
  let running: RunningDemo;
  beforeAll(async () => {
    running = await runDemo(join(folder, 'demo'), await newPorts());
  }, 60_000);
  afterAll(() => running?.stop());

  test('is linked in My digital keys and signs in; another person and a cancelled request are told apart', async () => {
    const { addresses } = running.demo;
    const tom = await personOf(running, 'tom');
    const context = await browser.newContext({ locale: 'en', reducedMotion: 'reduce' });
    const page = await context.newPage();
    const atApp = async (name: string) => {
      await press(page, 'continue');
      expect(new URL(page.url()).origin).toBe(addresses.helperPage);
      expect(await step(page)).toBe('national-app');
      await page.click(`main button[value="${name}"]`);
    };

    await page.goto(String(addresses.myKeys));
    await givePassword(page, 'authenticator-app', tom);
    await page.fill('[name=code]', currentCode(tom.totp[0] ?? '', systemClock.now())?.code ?? '');
    await press(page, 'continue');
    await press(page, 'add-key');
    await press(page, 'continue');
    await page.fill('[name=code]', await mailedCode(running));
    await press(page, 'continue');
    await page.click('button[name="key"][value="mobile-eid"]');
    expect(await step(page)).toBe('activate-key');
    await press(page, 'continue');
    expect(await faults(page)).toEqual([]);
    await page.screenshot({ path: join(pictures, 'app.png'), fullPage: true });
    await page.setViewportSize({ width: 320, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    expect(await faults(page)).toEqual([]);
    await page.screenshot({ path: join(pictures, 'app-320-dark.png'), fullPage: true });
    await page.click('main button[value=""]');
    expect(await page.getAttribute('main', 'data-reason')).toBe('site_cancelled');
    await atApp('citizen tom');
    expect(await step(page)).toBe('done');
    await press(page, 'continue');
    expect(await page.textContent('main')).toContain('National identity app');

    await context.clearCookies();
    await page.goto(`${addresses.relyingParty}/`);
    await page.click('main form button');
    await givePassword(page, 'mobile-eid', tom);
    await atApp('citizen els');
    expect(await page.getAttribute('main', 'data-reason')).toBe('site_person_other');
    await atApp('citizen tom');
    // The engine ends the session of the other person first, by a page that submits itself.
    await page.waitForURL(`${addresses.relyingParty}/**`);
    const { idToken } = (await page.evaluate(`fetch('/claims.json').then((one) => one.json())`)) as {
      idToken: { readonly amr: readonly string[] };
    };
    expect(idToken.amr).toEqual(['pwd', 'mfa']);
    await context.close();
  }, 120_000);

  test('its page changes nothing for a page of another site, and an address of no request shows nobody', async () => {
    const { helperPage } = running.demo.addresses;
    const nobody = await fetch(`${helperPage}/national-app/app/not-a-request`);
    expect(nobody.status).toBe(400);
    expect(await nobody.text()).not.toContain('Tom');
    const wrong = await fetch(`${helperPage}/national-app/app/not-a-request`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'sub=citizen+tom',
    });
    expect(wrong.status).toBe(403);
  });
});

test.each(['csam', 'eu-login'])('A-570 %s on this machine offers it as well', async (deployment) => {
  const running = await runDemo(join(folder, deployment), await newPorts(), { deployment });
  try {
    const { helperPage } = running.demo.addresses;
    const metadata = await fetch(`${helperPage}/national-app/.well-known/openid-configuration`);
    expect(await metadata.json()).toMatchObject({ issuer: `${helperPage}/national-app` });
    const published = await fetch(`${running.demo.addresses.issuer}/factor/mobile-eid/published/itsme`);
    const { keys } = (await published.json()) as { readonly keys: readonly Readonly<Record<string, unknown>>[] };
    expect(keys.map(({ use, d }) => [use, d])).toEqual([
      ['sig', undefined],
      ['enc', undefined],
    ]);
    expect(running.services.settings.factors['mobile-eid']).toMatchObject({ enabled: true });
  } finally {
    await running.stop();
  }
});
