/** A card in a drawer: linked and used in a browser, with a wrong PIN, a blocked one, and cards that are refused. */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { systemClock } from '../../time/clock.ts';
import { useDemo } from '../../test/harness/demo-stage.ts';
import { currentCode } from '../current-code.ts';
import { certificateOf, issuerName, rootName } from './certificates.ts';

const pictures = join(import.meta.dirname, '../../.screenshots/card-reader');
const stage = useDemo();
beforeAll(() => mkdir(pictures, { recursive: true }));

const step = (page: Page) => page.getAttribute('main', 'data-step');
const press = (page: Page, value: string) => page.click(`main button[value="${value}"]`);

/** Presses the button that asks for the card, once the page's script is there, and gives the window of the reader. */
async function openReader(page: Page): Promise<Page> {
  await page.waitForLoadState();
  const [reader] = await Promise.all([page.waitForEvent('popup'), press(page, 'continue')]);
  await reader.waitForSelector('[name=pin]');
  return reader;
}
async function answer(page: Page, reader: Page, card: string, pin: string): Promise<void> {
  await reader.check(`[name=card][value="${card}"]`);
  await reader.fill('[name=pin]', pin);
  await Promise.all([page.waitForNavigation(), reader.click('button[value=sign]')]);
}
const faults = async (page: Page) => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run({})');
  return violations.map(({ id }) => id);
};

test('A-537 a card in a drawer is linked and signs in; PIN, other cards and the reader are played', async () => {
  const { addresses } = stage.running.demo;
  const people = (await (await fetch(`${addresses.helperPage}/demo.json`)).json()) as {
    readonly people: readonly { readonly username: string; readonly password: string; readonly totp: string[] }[];
  };
  const els = people.people.find(({ username }) => username === 'els');
  if (els === undefined) throw new Error('There is no els.');
  const context = await stage.browser.newContext({ locale: 'en', reducedMotion: 'reduce' });
  const page = await context.newPage();

  // She proves the app, and adds the card in My digital keys.
  await page.goto(String(addresses.myKeys));
  await page.click('button[name="key"][value="authenticator-app"]');
  await page.fill('[name=username]', els.username);
  await page.fill('[name=password]', els.password);
  await press(page, 'continue');
  await page.fill('[name=code]', currentCode(els.totp[0] ?? '', systemClock.now())?.code ?? '');
  await press(page, 'continue');
  expect(await step(page)).toBe('keys');
  await press(page, 'add-key');
  await press(page, 'continue');
  await page.fill('[name=code]', await mailedCode(addresses.helperPage));
  await press(page, 'continue');
  await page.click('button[name="key"][value="eid-card"]');
  expect(await step(page)).toBe('activate-key');

  // Somebody pulls the card out, and then mistypes the PIN.
  const first = await openReader(page);
  expect(await faults(first)).toEqual([]);
  await first.screenshot({ path: join(pictures, 'reader.png'), fullPage: true });
  await first.click('button[value=pull-out]');
  await page.getByText('Web eID could not use the card').waitFor();
  const reader = await openReader(page);
  await reader.check('[name=card][value="els"]');
  await reader.fill('[name=pin]', '0000');
  await reader.click('button[value=sign]');
  await reader.getByText('2 tries are left').waitFor();
  await answer(page, reader, 'els', '1234');
  expect(await step(page)).toBe('done');
  await press(page, 'continue');
  expect(await step(page)).toBe('keys');
  expect(await page.textContent('main')).toContain('Identity card');

  // She signs in at the service with it; other cards are told apart.
  await page.goto(`${addresses.relyingParty}/`);
  await page.click('main form button');
  if ((await step(page)) !== 'choose-key') await page.goto(`${addresses.issuer}/`);
  await context.clearCookies();
  await page.goto(`${addresses.relyingParty}/`);
  await page.click('main form button');
  await page.click('button[name="key"][value="eid-card"]');
  await page.fill('[name=username]', els.username);
  await page.fill('[name=password]', els.password);
  await press(page, 'continue');
  for (const [card, pin, reason] of [
    ['tom', '4321', 'card_person_other'],
    ['els-renewed', '1234', 'certificate_replaced'],
    ['els-old', '1234', 'certificate_expired'],
  ] as const) {
    await answer(page, await openReader(page), card, pin);
    expect(await page.getAttribute('main', 'data-reason')).toBe(reason);
  }
  await answer(page, await openReader(page), 'els', '1234');
  expect(page.url()).toContain(addresses.relyingParty);
  expect(await page.textContent('main')).toContain('sc');

  // Three wrong PINs block a card.
  await context.clearCookies();
  await page.goto(`${addresses.relyingParty}/`);
  await page.click('main form button');
  await page.click('button[name="key"][value="eid-card"]');
  await page.fill('[name=username]', els.username);
  await page.fill('[name=password]', els.password);
  await press(page, 'continue');
  const third = await openReader(page);
  for (const said of ['2 tries are left', 'One try is left', 'This PIN is blocked']) {
    await third.check('[name=card][value="tom"]');
    await third.fill('[name=pin]', '0000');
    await third.click('button[value=sign]');
    await third.getByText(said).waitFor();
  }
  await third.click('button[value=cancel]');
  await page.getByText('You closed the Web eID window').waitFor();
  await context.close();
}, 120_000);

async function mailedCode(helperPage: string): Promise<string> {
  for (;;) {
    const messages = (await (await fetch(`${helperPage}/messages.json`)).json()) as readonly {
      readonly text: string;
    }[];
    const found = messages.map(({ text }) => /^\d{6}\b/m.exec(text)?.[0]).findLast((code) => code !== undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('A-537 the reader answers the provider’s page alone, and its responder is no page', async () => {
  const { helperPage, issuer } = stage.running.demo.addresses;
  const evil = await fetch(`${helperPage}/card-reader`, {
    method: 'POST',
    headers: { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'card=els&pin=1234&do=sign&nonce=x',
  });
  expect(evil.status).toBe(403);
  const own = await fetch(`${helperPage}/card-reader`, {
    method: 'POST',
    headers: { origin: helperPage, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'card=els&pin=1234&do=sign&nonce=x',
  });
  expect(await own.text()).toContain(`data-to="${new URL(issuer).origin}"`);
  const garbage = await fetch(`${helperPage}/card-responder`, { method: 'POST', body: 'no request' });
  expect(garbage.status).toBe(400);
});

test('A-537 the country of the demo is the one whose keys stand here, and no deployment of the product names it', async () => {
  const place = join(import.meta.dirname, 'country');
  const dates = { from: 0, until: 1_000_000 };
  for (const [file, subject] of [
    ['root.der', rootName],
    ['issuing.der', issuerName],
  ] as const) {
    const kept = new X509Certificate(await readFile(join(place, 'certificates/zz', file)));
    const made = new X509Certificate(certificateOf({ subject, issuer: rootName, isCa: true, ...dates }));
    expect(kept.publicKey.equals(made.publicKey)).toBe(true);
  }
  const root = await readFile(join(place, 'certificates/zz/root.der'));
  const rules = await readFile(join(place, 'files/zz.yaml'), 'utf8');
  expect(rules).toContain(createHash('sha256').update(root).digest('hex'));
  for (const name of ['csam', 'eu-login', 'uitpas'])
    expect(await readFile(join(import.meta.dirname, `../../config/deployments/${name}.yaml`), 'utf8')).not.toContain(
      'zz',
    );
});
