/** Text messages of the demo: they are shown with the mails, on the page and for scripts. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import { useDemo } from '../test/harness/demo-stage.ts';
import { HttpAgent } from '../test/harness/http-agent.ts';
import { until } from '../test/harness/until.ts';
import type { ShownPerson } from './shown-person.ts';

interface Message {
  readonly channel: string;
  readonly to: string;
  readonly text: string;
  readonly at: string;
}

const stage = useDemo('eu-login');
const messages = () => stage.json<Message[]>('/messages.json');

/** Asks for a text message as anouk would; the page that waits for the code. */
async function askForCode(agent: HttpAgent) {
  const [anouk] = (await stage.json<{ people: ShownPerson[] }>('/demo.json')).people;
  const start = await agent.get(stage.running.demo.addresses.services[0]?.address ?? '');
  const form = start.forms.findIndex(({ action }) => action.endsWith('/sign-in'));
  const password = await agent.submit(start, {}, { form });
  return agent.submit(password, {
    username: anouk?.username ?? '',
    password: anouk?.password ?? '',
    action: 'continue',
  });
}

test('a text message: for scripts with channel, number and text; its code signs in, and E1 says that this ends', async () => {
  const agent = new HttpAgent();
  const before = (await messages()).length;
  const prove = await askForCode(agent);
  expect(prove.body).toContain('data-factor="sms"');
  await until('the message is there', async () => (await messages()).length > before);
  const last = (await messages()).at(-1);
  expect(last).toMatchObject({ channel: 'sms', to: '+32470000001' });
  expect(new Date(last?.at ?? '').toISOString()).toBe(last?.at);
  const host = new URL(stage.running.demo.addresses.issuer).host;
  expect(last?.text.split('\n').at(-1)).toMatch(new RegExp(`^@(localhost|${host}) #\\d{6}$`));
  const code = /^(\d{6}) /.exec(last?.text ?? '')?.[1] ?? '';
  const told = await agent.submit(prove, { code, action: 'continue' });
  expect(told.body).toContain('data-step="phase-out"');
  const done = await agent.submit(told, { action: 'postpone' });
  expect(done.body).toContain('You are signed in');
});

test('the buttons change the last day of this deployment’s own factor, and no other', async () => {
  const agent = new HttpAgent();
  const page = await agent.get(`${stage.helper}/`);
  expect([...page.body.matchAll(/class="clock-bar"[^>]* data-factor="([^"]+)"/g)].map(([, id]) => id)).toEqual(['sms']);
  const headers = { 'sec-fetch-site': 'same-origin' };
  const over = await agent.post(`${stage.helper}/last-day`, { day: 'yesterday', factor: 'sms' }, { headers });
  expect(over.body).toContain('data-status="sunset"');
  const unknown = await agent.post(`${stage.helper}/last-day`, { day: 'yesterday', factor: 'passkey' }, { headers });
  expect(unknown.status).toBe(400);
  const back = await agent.post(`${stage.helper}/last-day`, { day: 'in-ten-days', factor: 'sms' }, { headers });
  expect(back.body).not.toContain('data-status="sunset"');
});

test.each([
  ['light', 1280],
  ['dark', 320],
] as const)('on the helper page at once, and no fault of access: %s at %i', async (colorScheme, width) => {
  const context = await stage.browser.newContext({
    colorScheme,
    reducedMotion: 'reduce',
    viewport: { width, height: 800 },
  });
  const page = await context.newPage();
  await page.goto(stage.helper);
  await page.waitForSelector('.live:not([hidden])');
  const shown = await page.locator('#phone article').count();
  // Between two codes for a key there is a minimum time.
  await until('a message may be sent', async () => (await askForCode(new HttpAgent())).body.includes('name="code"'));
  // The newest stand open; earlier ones are folded.
  await page.locator('#phone article').nth(shown).waitFor({ state: 'attached' });
  expect(await page.locator('#phone article').first().textContent()).toContain('To +32470000001');
  await page.evaluate(axe.source);
  const found = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  const pictures = join(import.meta.dirname, '../.screenshots/demo');
  await page.screenshot({ path: join(pictures, `telephone-${colorScheme}-${width}.png`), fullPage: true });
  await page.goto(stage.running.demo.addresses.services[1]?.address ?? '');
  await page.screenshot({ path: join(pictures, `second-${colorScheme}-${width}.png`), fullPage: true });
  await context.close();
});
