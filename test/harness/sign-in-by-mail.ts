/** A person who signs in with the password, and the code that came by mail: without a browser's script, and in one. */
import type { Page as BrowserPage } from 'playwright-core';
import type { HttpAgent, Page } from './http-agent.ts';
import type { NewPerson, Product } from './product.ts';

/** @param page the first page of the sign-in @returns where the relying party has sent the browser in the end */
export async function signInByMail(product: Product, person: NewPerson, agent: HttpAgent, page: Page): Promise<Page> {
  const before = product.mails.length;
  const chosen = page.body.includes('name="key"') ? await agent.submit(page, { key: 'email-otp' }) : page;
  const { username, password } = person;
  const asked = await agent.submit(chosen, { username, password, action: 'continue' });
  return agent.submit(asked, { code: await codeSince(product, person, before), action: 'continue' });
}

/** @param page at the first page of the sign-in, or on its way there */
export async function signInInBrowser(product: Product, person: NewPerson, page: BrowserPage): Promise<void> {
  const before = product.mails.length;
  await page.locator('button[name="key"][value="email-otp"]').click();
  await page.locator('input[name="username"]').fill(person.username);
  await page.locator('input[name="password"]').fill(person.password);
  await page.locator('button[name="action"][value="continue"]').click();
  await page.locator('main[data-step="prove-key"]').waitFor();
  await page.locator('input[name="code"]').fill(await codeSince(product, person, before));
  await page.locator('button[name="action"][value="continue"]').click();
}

async function codeSince(product: Product, { email }: NewPerson, before: number): Promise<string> {
  await product.mailTo(email, /^\d{6}\b/m);
  const mail = product.mails.slice(before).findLast(({ to }) => to === email);
  return /^(\d{6})\b/m.exec(mail?.text ?? '')?.[1] ?? '';
}
