/**
 * A sign-in belongs to the browser that began it, whatever cookies a host under the same registrable domain sets: in
 * two Chromium profiles, on https.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { findBrowser } from '../harness/browser.ts';
import { appCode } from '../harness/flow-moves.ts';
import type { NewPerson } from '../harness/product.ts';
import { startSiblingHosts, type SiblingHosts } from '../harness/sibling-hosts.ts';

const executable = await findBrowser();
const suite = executable === undefined ? describe.skip : describe;

suite('A-202 cookies planted by a sibling host', () => {
  let hosts: SiblingHosts;
  let eve: BrowserContext;
  let victim: BrowserContext;
  let evesPage: Page;
  let page: Page;
  let an: NewPerson;
  beforeAll(async () => {
    hosts = await startSiblingHosts({
      signIn: { order: 'name-first' },
      factors: { 'authenticator-app': { recommended: true } },
    });
  }, 60_000);
  afterAll(() => hosts?.close());

  const profile = async (): Promise<BrowserContext> => {
    const context = await (await hosts.browser()).newContext({ ignoreHTTPSErrors: true, bypassCSP: true });
    context.setDefaultTimeout(10_000);
    return context;
  };
  const start = async () => {
    [eve, victim] = [await profile(), await profile()];
    [evesPage, page] = [await eve.newPage(), await victim.newPage()];
    an = await hosts.product.addPerson({ keys: ['authenticator-app'] });
  };
  const press = (on: Page) =>
    Promise.all([on.waitForNavigation(), on.locator('button[name="action"][value="continue"]').click()]);
  const signIn = async (on: Page, someone: NewPerson): Promise<void> => {
    await on.fill('[name=username]', someone.username);
    await on.fill('[name=password]', someone.password);
    await press(on);
    await on.fill('[name=code]', appCode(someone.totp, hosts.product.clock.now()));
    await press(on);
  };
  /** The cookies of this sign-in in Eve’s browser, set for the whole domain by her other host. */
  const ofEve = async (paths: readonly string[]): Promise<readonly string[]> => {
    const uid = new URL(evesPage.url()).pathname.split('/')[2] ?? '';
    const cookies = await eve.cookies(paths.map((path) => `${hosts.issuer}${path}${uid}`));
    return cookies.map(({ name, value, path }) => `${name}=${value}; Domain=example.test; Path=${path}; Secure`);
  };
  const reason = (on: Page) => on.locator('main').getAttribute('data-reason');
  const uidAt = (on: Page) => new URL(on.url()).pathname.split('/')[2] ?? '';
  const gotCode = (on: Page) => new URL(on.url()).searchParams.has('code');

  test('the victim signs in on the genuine pages, and the attacker gets nothing', async () => {
    await start();
    await evesPage.goto(hosts.ask());
    const uid = uidAt(evesPage);
    await page.goto(hosts.plant(await ofEve(['/interaction/'])));
    await page.goto(`${hosts.issuer}/interaction/${uid}`);
    // Browsers accept the interaction's own cookies from a sibling host, but no name with `__Host-`.
    const taken = (await victim.cookies(`${hosts.issuer}/interaction/${uid}`)).map(({ name }) => name);
    expect(taken).toEqual(expect.arrayContaining(['__Secure-interaction', '__Secure-interaction.sig']));
    expect(taken.filter((name) => name.startsWith('__Host-'))).toEqual([]);
    if ((await reason(page)) === null) await signIn(page, an);
    expect(await reason(page)).toBe('interaction_foreign');
    await evesPage.goto(`${hosts.issuer}/auth/${uid}`);
    expect(gotCode(evesPage)).toBe(false);
    expect(await eve.cookies(hosts.issuer)).not.toContainEqual(expect.objectContaining({ name: '__Host-session' }));
  }, 60_000);

  test('nor when the victim’s jar overflows first; and then the victim signs in as ever', async () => {
    await start();
    await page.goto(hosts.ask());
    const own = uidAt(page);
    const flood = Array.from({ length: 60 }, (_, n) => n);
    for (const round of ['a', 'b', 'c', 'd'])
      await page.goto(hosts.plant(flood.map((n) => `${round}${n}=1; Domain=example.test; Path=/; Secure`)));
    const left = (await victim.cookies(hosts.issuer)).filter(({ name }) => name.startsWith('__Host-'));
    expect(left).toEqual([]);
    await evesPage.goto(hosts.ask());
    const uid = uidAt(evesPage);
    await page.goto(hosts.plant(await ofEve(['/interaction/', '/auth/'])));
    for (const each of [own, uid]) {
      await page.goto(`${hosts.issuer}/interaction/${each}`);
      // Nothing is left of the victim's own sign-in, not even its id.
      expect(await reason(page)).toBe(each === own ? 'cookies_missing' : 'interaction_foreign');
      await page.goto(`${hosts.issuer}/auth/${each}`);
      expect(gotCode(page)).toBe(false);
    }
    await page.goto(hosts.ask());
    await signIn(page, an);
    expect(gotCode(page)).toBe(true);
  }, 60_000);

  test('a sign-in that the attacker has finished is not resumed in the victim’s browser', async () => {
    await start();
    await evesPage.goto(hosts.ask());
    const uid = uidAt(evesPage);
    const planted = await ofEve(['/interaction/', '/auth/']);
    await evesPage.fill('[name=username]', an.username);
    await evesPage.fill('[name=password]', an.password);
    await press(evesPage);
    // The last redirect is held.
    const code = appCode(an.totp, hosts.product.clock.now());
    await evesPage.evaluate(`fetch(location.href, { method: 'POST', redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'action=continue&code=${code}' })`);
    await page.goto(hosts.plant(planted));
    await page.goto(`${hosts.issuer}/auth/${uid}`);
    expect(gotCode(page)).toBe(false);
    expect(await reason(page)).toBe('interaction_foreign');
    expect(await victim.cookies(hosts.issuer)).not.toContainEqual(expect.objectContaining({ name: '__Host-session' }));
    // The attacker's own browser continues.
    await evesPage.goto(`${hosts.issuer}/auth/${uid}`);
    expect(gotCode(evesPage)).toBe(true);
  }, 60_000);
});
