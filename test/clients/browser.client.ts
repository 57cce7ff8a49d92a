// Pages about clients that need a browser with scripts, or a secure context, followed to the letter in Chromium.
import { expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../harness/browser.ts';
import type { NewPerson, Product } from '../harness/product.ts';
import { signInInBrowser } from '../harness/sign-in-by-mail.ts';
import { until } from '../harness/until.ts';
import { follow, type Followed } from './follow.ts';

interface Visit {
  readonly there: Followed;
  readonly an: NewPerson;
  readonly context: BrowserContext;
  readonly page: Page;
}

type Beginning = ReturnType<typeof follow>;

/** A fault tells what the page shows, and what the application has printed. */
async function visit(beginning: Beginning, walk: (visit: Visit) => Promise<void>): Promise<void> {
  const there = await beginning;
  expect(there).toBeDefined();
  if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
  const browser = await launchBrowser();
  const context = await browser.newContext();
  const page = await context.newPage();
  // An application may need long for its first page.
  page.setDefaultTimeout(90_000);
  try {
    await walk({ there, an: await there.product.addPerson({ keys: ['email-otp'] }), context, page });
  } catch (error) {
    const shown = await page.innerText('body').catch(() => '');
    const told = [String(error), page.url(), shown.slice(0, 1000), there.said().slice(-3000)];
    throw new Error(told.join('\n'), { cause: error });
  } finally {
    await browser.close();
    await there.close();
  }
}

/** The application forgets. */
const forget = (context: BrowserContext) => context.clearCookies({ domain: '127.0.0.1' });

/** The person signs out at the provider. */
async function endSession({ issuer }: Product, page: Page): Promise<void> {
  await page.goto(`${issuer}/session/end`);
  await page.click('main button[name="logout"][value="yes"]');
  await page.locator('main[data-step="signed-out"]').waitFor();
}

// Clients that keep everything in the session store of the page.
const inPage = [
  { name: 'oidc-client-ts', begin: () => follow('oidc-client-ts', { tool: 'node' }) },
  { name: 'angular', begin: () => follow('angular', { tool: 'node' }) },
];
test.each(inPage)(
  'A-602 $name: the page, followed to the letter, signs people in',
  ({ begin }) =>
    visit(begin(), async ({ there: { product, app }, an, page }) => {
      const says = page.getByText(`Hello An Peeters, ${an.email}`);
      await page.goto(app);
      await signInInBrowser(product, an, page);
      await says.waitFor();
      expect(new URL(page.url()).origin).toBe(app);

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
    }),
  300_000,
);

test(
  'A-602 streamlit: the page, followed to the letter, signs people in',
  () =>
    visit(follow('streamlit', { tool: 'python' }), async ({ there: { product, app }, an, context, page }) => {
      const says = page.getByText(`Hello An Peeters, ${an.email}`);
      await page.goto(app);
      await signInInBrowser(product, an, page);
      await says.waitFor();

      // It always asks with which account to go on.
      await forget(context);
      await page.goto(app);
      await page.locator('main[data-step="select-account"] button[value="continue"]').click();
      await says.waitFor();
      expect(page.url()).toContain(app);

      // With the hint of this session nothing is asked; the application begins anew, and somebody must sign in.
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.locator('main[data-step="choose-key"]').waitFor();
      expect(page.url()).toContain(product.issuer);
    }),
  600_000,
);

// Its cookies are for a secure context alone.
test(
  'A-602 synapse: the page, followed to the letter, signs people in',
  () =>
    visit(
      follow('synapse', { tool: 'python', isAsked: true }),
      async ({ there: { product, app }, an, context, page }) => {
        const begin = `${app}/_matrix/client/v3/login/sso/redirect/oidc-rekey?redirectUrl=https%3A%2F%2Fchat.example%2F`;
        const says = page.getByText('An Peeters');
        await page.goto(begin);
        await signInInBrowser(product, an, page);
        await says.first().waitFor();
        expect(page.url()).toContain(app);
        expect(await page.content()).toContain(`@${an.username}:app.example`);

        // No page of the provider is shown.
        await forget(context);
        await page.goto(begin);
        await says.first().waitFor();
        expect(page.url()).toContain(app);

        // The end of the session here ends its own, which a program of chat has.
        const asks = (path: string, options: RequestInit) => fetch(`${app}/_matrix/client/v3/${path}`, options);
        const arrival = page.waitForRequest(/^https:\/\/chat\.example\//);
        await page.locator('a[href^="https://chat.example/"]').click();
        const token = new URL((await arrival).url()).searchParams.get('loginToken');
        const login = await asks('login', { method: 'POST', body: JSON.stringify({ type: 'm.login.token', token }) });
        const { access_token } = (await login.json()) as { readonly access_token: string };
        const known = async () =>
          (await asks('account/whoami', { headers: { authorization: `Bearer ${access_token}` } })).status;
        expect(await known()).toBe(200);
        await endSession(product, page);
        await until('the session there has ended', async () => (await known()) === 401);
      },
    ),
  600_000,
);

test(
  'A-602 pgadmin: the page, followed to the letter, signs people in',
  () =>
    visit(follow('pgadmin', { tool: 'python' }), async ({ there: { product, app }, an, context, page }) => {
      const button = page.getByRole('button', { name: /Rekey/ });
      await page.goto(app);
      await button.click();
      // Its pages take long to draw: what they are drawn with is enough.
      const expectSignedIn = async () => {
        await page.waitForURL(`${app}/browser/`, { waitUntil: 'commit' });
        const known = await page.evaluate("fetch('/browser/js/utils.js').then((answer) => answer.text())");
        expect(known).toContain(`username: '${an.username}'`);
      };
      await signInInBrowser(product, an, page);
      await expectSignedIn();

      // No page of the provider is shown.
      await forget(context);
      await page.goto(app);
      await button.click();
      await expectSignedIn();

      // With the hint of this session nothing is asked; back there, somebody must sign in.
      await page.goto(`${app}/oauth2/logout`, { waitUntil: 'commit' });
      await page.waitForURL(`${app}/login**`, { waitUntil: 'commit' });
      await button.click();
      await page.locator('main[data-step="choose-key"]').waitFor();
      expect(page.url()).toContain(product.issuer);
    }),
  600_000,
);

// Its cookies are for a secure context alone.
test(
  'A-602 keycloak-broker: the page, followed to the letter, signs people in',
  () =>
    visit(
      follow('keycloak-broker', { tool: 'keycloak', prints: /Listening on: \S+/, isAsked: true }),
      async ({ there: { product, app }, an, context, page }) => {
        const client_id = 'shop';
        const redirect_uri = 'https://shop.example/';
        const endpoint = `${app}/realms/people/protocol/openid-connect`;
        const asked = { client_id, redirect_uri, response_type: 'code', scope: 'openid profile email' };
        const begin = `${endpoint}/auth?${new URLSearchParams({ ...asked, kc_idp_hint: 'rekey' }).toString()}`;
        const tokens = async (more: Readonly<Record<string, string>>) => {
          const body = new URLSearchParams({ client_id, ...more });
          const answer = await fetch(`${endpoint}/token`, { method: 'POST', body });
          return (await answer.json()) as Readonly<Record<string, string>>;
        };
        // There is no shop: what counts is with which code the browser is sent there.
        const told = async (go: () => Promise<unknown>) => {
          const arrival = page.waitForRequest(/^https:\/\/shop\.example\//);
          await go();
          const code = new URL((await arrival).url()).searchParams.get('code') ?? '';
          return tokens({ grant_type: 'authorization_code', redirect_uri, code });
        };
        const renewed = ({ refresh_token = '' }: Readonly<Record<string, string>>) =>
          tokens({ grant_type: 'refresh_token', refresh_token });
        const expectKnown = async ({ access_token }: Readonly<Record<string, string>>) => {
          const authorization = `Bearer ${access_token ?? ''}`;
          const known: unknown = await (await fetch(`${endpoint}/userinfo`, { headers: { authorization } })).json();
          expect(known).toMatchObject({ name: 'An Peeters', email: an.email });
        };
        await page.goto(begin);
        await expectKnown(await told(() => signInInBrowser(product, an, page)));

        // The broker forgets, the provider does not: no page of either is shown.
        await forget(context);
        const second = await told(() => page.goto(begin).catch(() => undefined));
        await expectKnown(second);

        // The shop signs out at the broker, which signs out here without a question and comes back.
        const out = { client_id, post_logout_redirect_uri: redirect_uri, id_token_hint: second['id_token'] ?? '' };
        const back = page.waitForRequest(/^https:\/\/shop\.example\//);
        await page.goto(`${endpoint}/logout?${new URLSearchParams(out).toString()}`).catch(() => undefined);
        await back;
        expect((await renewed(second))['error']).toBe('invalid_grant');
        await page.goto(begin);
        await page.locator('main[data-step="choose-key"]').waitFor();

        // The end of the session here ends that of the broker, which is told.
        const third = await told(() => signInInBrowser(product, an, page));
        const again = await renewed(third);
        await expectKnown(again);
        await endSession(product, page);
        await until(
          'the broker has ended its session',
          async () => (await renewed(again))['error'] === 'invalid_grant',
        );
      },
    ),
  600_000,
);
