// Pages about clients that are scripts in a browser, followed to the letter in Chromium.
import { expect, test } from '@jest/globals';
import { launchBrowser } from '../harness/browser.ts';
import { signInInBrowser } from '../harness/sign-in-by-mail.ts';
import { follow } from './follow.ts';

test('A-602 oidc-client-ts: the page, followed to the letter, signs people in', async () => {
  const there = await follow('oidc-client-ts', { tool: 'node' });
  expect(there).toBeDefined();
  if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
  const { product, app } = there;
  const browser = await launchBrowser();
  try {
    const an = await product.addPerson({ keys: ['email-otp'] });
    const page = await (await browser.newContext()).newPage();
    const says = page.getByText(`Hello An Peeters, ${an.email}`);
    await page.goto(app);
    await signInInBrowser(product, an, page);
    await says.waitFor();
    expect(page.url()).toBe(`${app}/`);

    // The application forgets, the provider does not: no page is shown.
    await page.evaluate('sessionStorage.clear()');
    await page.goto(app);
    await says.waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    const asked = page.locator('button[name="logout"][value="yes"]');
    await asked.or(page.locator('main[data-step="choose-key"]')).first().waitFor();
    if (await asked.isVisible()) await asked.click();
    // It is back at the application, which begins anew: somebody must sign in.
    await page.locator('main[data-step="choose-key"]').waitFor();
    expect(page.url()).toContain(product.issuer);
  } finally {
    await browser.close();
    await there.close();
  }
}, 300_000);
