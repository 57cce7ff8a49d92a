/**
 * A person in a browser: opens an address of the suite, signs in or out on our pages, and reports where that ended.
 * Called by the run of a module.
 */
import type { Page, Request } from 'playwright-core';
import { issuer } from './configuration.ts';
import type { Deployment, DemoPerson } from './deployment.ts';

export type Ending =
  | { readonly kind: 'returned' }
  /** A page of ours from which no button leads on. */
  | { readonly kind: 'page'; readonly step: string; readonly reason: string | null };

export interface Journey {
  readonly page: Page;
  readonly deployment: Deployment;
  readonly someone: DemoPerson;
  /** The origin of the relying party. */
  readonly suite: string;
  /** Cancels instead of signing in. */
  readonly givesUp?: boolean;
  /** Called while the page asks whether to sign out. */
  readonly askedToSignOut?: () => Promise<void>;
}

/** GET, or a form that a page of the suite (another site than ours) sends. Resolves with the first page. */
export async function goTo({ page, suite }: Journey, url: string, byPost: boolean): Promise<void> {
  if (!byPost) {
    await page.goto(url);
    return;
  }
  const { origin, pathname, searchParams } = new URL(url);
  const fields = [...searchParams].map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  const body = `<!doctype html><form method="post" action="${origin}${pathname}">${fields.join('')}<button>Go</button></form>`;
  const from = `${suite}/a-form-that-posts`;
  await page.route(from, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(from);
  const isPost = (request: Request) => request.method() === 'POST' && request.url() === `${origin}${pathname}`;
  await Promise.all([page.waitForRequest(isPost), press(page, 'button')]);
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

async function press(page: Page, button: string): Promise<void> {
  await Promise.all([page.waitForNavigation(), page.locator(button).first().click()]);
}

/** From the present page to the end. Rejects if a page was not expected. */
export async function walk(journey: Journey): Promise<Ending> {
  const { page, deployment, someone, suite } = journey;
  const before = (await deployment.messagesTo(someone.email)).length;
  for (let count = 0; count < 20; count += 1) {
    await page.waitForLoadState('load');
    if (page.url().startsWith(`${suite}/`)) {
      // The suite's callback page sends the fragment on.
      await page.waitForLoadState('networkidle');
      return { kind: 'returned' };
    }
    if (!page.url().startsWith(`${issuer}/`)) throw new Error(`at ${page.url()}`);
    const main = page.locator('main');
    const [step, reason] = await Promise.all([main.getAttribute('data-step'), main.getAttribute('data-reason')]);
    const hasCancel = (await page.locator('button[name="action"][value="cancel"]').count()) > 0;
    if (step === 'signed-out' || (step === 'refused' && !(journey.givesUp === true && hasCancel))) {
      return { kind: 'page', step, reason };
    }
    await answer(journey, step, before);
  }
  throw new Error(`no end: ${page.url()}`);
}

async function answer(
  { page, deployment, someone, givesUp, askedToSignOut }: Journey,
  step: string | null,
  before: number,
): Promise<void> {
  switch (step) {
    case 'choose-key':
      // To give up, chooses a key that these people do not have, and goes back to the service from the page that says so.
      return press(page, `button[name="key"][value="${givesUp === true ? 'authenticator-app' : 'email-otp'}"]`);
    case 'password':
      await page.locator('input[name="username"]').first().fill(someone.username);
      await page.locator('input[name="password"]').fill(someone.password);
      return press(page, 'button[name="action"][value="continue"]');
    case 'prove-key':
      await page.locator('input[name="code"]').fill(await mailedCode(deployment, someone, before));
      return press(page, 'button[name="action"][value="continue"]');
    case 'refused':
      return press(page, 'button[name="action"][value="cancel"]');
    case 'sign-out':
      await askedToSignOut?.();
      return press(page, 'button[name="logout"][value="yes"]');
    case 'onward':
      return page.waitForURL((url) => url.origin !== issuer);
    default:
      throw new Error(`a page that was not expected: ${step} at ${page.url()}`);
  }
}

async function mailedCode(deployment: Deployment, { email }: DemoPerson, before: number): Promise<string> {
  for (let count = 0; count < 100; count += 1) {
    const texts = await deployment.messagesTo(email);
    const code = /^(\d{6})\b/m.exec(texts.slice(before).at(-1) ?? '')?.[1];
    if (code !== undefined) return code;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no code came to ${email}`);
}
