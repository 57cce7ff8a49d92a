/** What the helper page says and does for somebody who looks at the product for the first time. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../test/harness/browser.ts';
import { HttpAgent, type Page } from '../test/harness/http-agent.ts';
import { newPorts, runDemo, type RunningDemo } from '../test/harness/running-demo.ts';
import { until } from '../test/harness/until.ts';
import { currentCode } from './current-code.ts';
import type { ShownPerson } from './shown-person.ts';

const folders: string[] = [];
const running = new Map<string, RunningDemo>();
const started = async (deployment: string): Promise<RunningDemo> => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-helper-'));
  folders.push(folder);
  const demo = await runDemo(folder, await newPorts(), { deployment });
  running.set(deployment, demo);
  return demo;
};
afterAll(async () => {
  for (const one of running.values()) await one.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** As a form of the site itself sends it. */
const own = { headers: { 'sec-fetch-site': 'same-origin' } };

const stepOf = (page: Page) => /<main[^>]* data-step="([^"]+)"/.exec(page.body)?.[1];
const bodyOf = ({ body }: Page) => body.replaceAll('&#x3D;', '=').replaceAll('&quot;', '"');
const textOf = (page: Page) =>
  bodyOf(page)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
const peopleOf = async ({ demo }: RunningDemo): Promise<readonly ShownPerson[]> =>
  ((await (await fetch(`${demo.addresses.helperPage}/demo.json`)).json()) as { people: ShownPerson[] }).people;
const personOf = async (demo: RunningDemo, username: string): Promise<ShownPerson> => {
  const found = (await peopleOf(demo)).find((one) => one.username === username);
  if (!found) throw new Error(`There is no ${username}.`);
  return found;
};

describe('the demo', () => {
  let demo: RunningDemo;
  let helper: string;
  let relyingParty: string;
  beforeAll(async () => {
    demo = await started('demo');
    ({ helperPage: helper, relyingParty } = demo.demo.addresses);
    await peopleOf(demo);
  });
  const board = () => new HttpAgent().get(`${helper}/`);
  const setDay = (day: string) => new HttpAgent().post(`${helper}/last-day`, { day }, own);

  test('A-634 both sites begin with the story, and each step starts as its person, also if another is signed in', async () => {
    const agent = new HttpAgent();
    const address = `${relyingParty}/sign-in?login_hint=`;
    for (const site of [helper, relyingParty]) {
      const page = await agent.get(`${site}/`);
      expect([...page.body.matchAll(/data-story="(\d)"/g)].map(([, number]) => number)).toEqual(['1', '2', '3']);
      expect(page.body.indexOf('data-story="1"')).toBeLessThan(page.body.indexOf('Choose the paper card'));
      expect(bodyOf(page)).toContain(`href="${address}maria"`);
      expect(page.body).toContain('maria rides tram 44');
    }
    expect((await board()).body).toMatch(/data-card>Card, number <strong>\d+<\/strong>/);

    const zoe = await personOf(demo, 'zoe');
    const password = await agent.submit(await agent.get(`${address}zoe`), { key: 'email-otp' });
    expect(password.body).toMatch(/name="username"[^>]* value="zoe"|value="zoe"[^>]* name="username"/);
    const asked = await agent.submit(password, { username: 'zoe', password: zoe.password, action: 'continue' });
    let code = '';
    await until('the code is there', async () => {
      const messages = (await (await fetch(`${helper}/messages.json`)).json()) as { text: string }[];
      code = /\b\d{6}\b/.exec(messages.at(-1)?.text ?? '')?.[0] ?? '';
      return code !== '';
    });
    expect(stepOf(await agent.submit(asked, { code, action: 'continue' }))).toBe('signed-in');

    const other = await agent.get(`${address}maria`, { from: `${relyingParty}/` });
    expect(stepOf(other)).toBe('choose-key');
    expect(textOf(other)).not.toContain('You are signed in already');
    const named = await agent.submit(await agent.submit(other, { key: 'token-card' }), { action: 'postpone' });
    expect(named.body).toContain('value="maria"');
  });

  test('A-638 the number that the sign-in asks is marked on the card, and is another one once it is answered', async () => {
    const agent = new HttpAgent();
    const els = await personOf(demo, 'els');
    const dialog = await agent.submit(await agent.get(`${relyingParty}/sign-in?login_hint=els`), { key: 'token-card' });
    const password = await agent.submit(dialog, { action: 'postpone' });
    const prove = await agent.submit(password, { username: 'els', password: els.password, action: 'continue' });
    const position = /data-position="(\d+)"/.exec(prove.body)?.[1] ?? '';
    expect(String(els.cards[0]?.asked)).toBe(position);
    const marked = (page: Page) =>
      /data-person="els"[^]*?<li class="asked"><span class="number">(\d+)</.exec(page.body)?.[1];
    expect(marked(await board())).toBe(position);
    let page = await agent.submit(prove, { code: els.cards[0]?.codes[position] ?? '', action: 'continue' });
    if (stepOf(page) === 'phase-out') page = await agent.submit(page, { action: 'postpone' });
    expect(stepOf(page)).toBe('signed-in');
    const after = (await personOf(demo, 'els')).cards[0];
    expect(after?.spent).toEqual([Number(position)]);
    expect(after?.asked).not.toBe(Number(position));
    expect(marked(await board())).toBe(String(after?.asked));
  });

  test('A-635 each button says before what it does to how many people, and the command that does the same works', async () => {
    const page = textOf(await board());
    expect(page).toMatch(/After that day: of 5 people with it, 4 sign in with another key, 1 takes a new key first\./);
    expect(page).toMatch(/At once: of 5 people with it[^.]*\. Nobody loses the last way in by this change\./);
    const commands = [...bodyOf(await board()).matchAll(/npm run rekey -- (factor schedule token-card [^<]*)</g)];
    expect(commands).toHaveLength(3);
    expect(commands.map(([, command]) => command?.includes('--accept-stranded 0'))).toEqual([false, true, true]);
    // Nothing was written by looking.
    expect((await demo.services.schedules.history('token-card'))[0]?.number).toBe(1);
    const [, yesterday = ''] = commands[2] ?? [];
    const words = [...yesterday.matchAll(/"([^"]*)"|(\S+)/g)].map(([, one, two]) => one ?? two ?? '');
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../bin/rekey.mjs'), ...words], {
      env: { PATH: process.env['PATH'], REKEY_STATE: demo.state, REKEY_LISTEN_PORT: String(demo.ports.provider) },
    });
    await until('the page shows it', async () => (await board()).body.includes('data-status="sunset"'));
    await setDay('in-ten-days');
    expect((await board()).body).not.toContain('data-status="sunset"');
  });

  test('A-635 one look at the helper page counts the people of each button once, for the story too', async () => {
    const shapes = jest.spyOn(demo.services.people, 'shapes');
    try {
      const countedBy = async (address: string) => {
        shapes.mockClear();
        await new HttpAgent().get(address);
        return shapes.mock.calls.length;
      };
      const story = await countedBy(`${relyingParty}/`);
      expect(story).toBeGreaterThan(0);
      expect(await countedBy(`${helper}/`)).toBe(story);
    } finally {
      shapes.mockRestore();
    }
  });

  test('A-634 the step of the last day sets it, on both sites, and only for their own pages', async () => {
    const step = { step: '2' };
    expect((await new HttpAgent().post(`${helper}/story`, { step: '1x' }, own)).status).toBe(400);
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' };
    for (const site of [helper, relyingParty])
      expect((await new HttpAgent().post(`${site}/story`, step, { headers: foreign })).status).toBe(403);
    expect((await board()).body).not.toContain('data-status="sunset"');
    for (const site of [helper, relyingParty]) {
      await setDay('in-ten-days');
      const page = await new HttpAgent().post(`${site}/story`, step, own);
      expect(stepOf(page)).toBe('choose-key');
      expect((await board()).body).toContain('data-status="sunset"');
      // The step starts as before, and changes nothing any more.
      expect(bodyOf(await board())).toContain(`href="${relyingParty}/sign-in?login_hint=jan"`);
    }
    await setDay('in-ten-days');
  });

  test('A-641 My digital keys at the foot of the provider’s pages leads there', async () => {
    const page = await new HttpAgent().get(`${relyingParty}/sign-in?login_hint=maria`);
    const links = [...page.body.matchAll(/<a[^>]* href="([^"]+)"[^>]*>My digital keys</g)].map(([, href]) => href);
    expect(links).toEqual([demo.demo.addresses.myKeys]);
    expect(stepOf(await new HttpAgent().get(links[0] ?? ''))).toBe('choose-key');
    expect(page.body).not.toContain(helper);
  });

  test('A-639 a fresh start: said before; sessions, people, dates and messages as at the first start; the log stays whole', async () => {
    expect(textOf(await board())).toContain('Removes every account and what people did, ends all sessions');
    const agent = new HttpAgent();
    const tom = await personOf(demo, 'tom');
    const password = await agent.submit(await agent.get(`${relyingParty}/demo-strict/sign-in?login_hint=tom`), {
      key: 'authenticator-app',
    });
    const prove = await agent.submit(password, { username: 'tom', password: tom.password, action: 'continue' });
    const code = currentCode(tom.totp[0] ?? '', demo.services.clock.now())?.code ?? '';
    expect(stepOf(await agent.submit(prove, { code, action: 'continue' }))).toBe('signed-in');
    await setDay('yesterday');

    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' };
    expect((await agent.post(`${helper}/afresh`, {}, { headers: foreign })).status).toBe(403);
    // Two presses at once are one.
    const [page] = await Promise.all([
      new HttpAgent().post(`${helper}/afresh`, {}, own),
      new HttpAgent().post(`${helper}/afresh`, {}, own),
    ]);
    expect(page.body).toContain('The demo has started afresh');
    expect(page.body).toContain('in 10 days');
    expect(page.body).toContain('No mail was sent yet.');
    expect(stepOf(await agent.get(`${relyingParty}/demo-strict/`))).toBe('start');
    expect(stepOf(await agent.get(`${relyingParty}/demo-strict/sign-in`, { from: `${relyingParty}/` }))).toBe(
      'choose-key',
    );
    const people = await peopleOf(demo);
    expect(people).toHaveLength(9);
    expect(people.flatMap(({ cards }) => cards.flatMap(({ spent }) => spent))).toEqual([]);
    await demo.app.flush();
    expect(await demo.services.audit.verify()).toMatchObject({ ok: true });
    const told = [...(await board()).body.matchAll(/<li><time[^>]*>[^<]*<\/time> <span>([^]*?)<\/span><\/li>/g)];
    expect(told.at(-1)?.[1]).toContain('started afresh');
  });
});

test('A-635 where people would lose their last way in, the sentence says how many, and the command takes that number', async () => {
  const csam = await started('csam');
  const helper = csam.demo.addresses.helperPage;
  await peopleOf(csam);
  const page = await new HttpAgent().get(`${helper}/`);
  expect(textOf(page)).toMatch(
    /At once: of 4 people with it, 2 sign in with another key, 2 have no way in\. This change takes the last way in from 2 people:/,
  );
  expect(bodyOf(page)).toContain('--accept-stranded 2 --reason "a test" --deployment csam<');
});

describe('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test.each(['demo', 'csam'])(
    'A-640 %s: at most three screens of 800 at 1280, no overflow at 320, dark too',
    async (name) => {
      const address = running.get(name)?.demo.addresses.helperPage ?? '';
      for (const [width, colorScheme] of [
        [1280, 'light'],
        [1280, 'dark'],
        [320, 'light'],
        [320, 'dark'],
      ] as const) {
        const context = await browser.newContext({
          colorScheme,
          reducedMotion: 'reduce',
          viewport: { width, height: 800 },
        });
        const page = await context.newPage();
        await page.goto(address);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        if (width === 1280)
          expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThanOrEqual(2400);
        // A link that looks like a button stays readable while the pointer is on it.
        await page.locator('[data-story="3"] a.button').hover();
        await page.evaluate(axe.source);
        const found = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
        expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
        const file = `../.screenshots/demo/board-${name}-${colorScheme}-${width}.png`;
        await page.screenshot({ path: join(import.meta.dirname, file), fullPage: true });
        // WCAG 2.2, 1.4.4 and 1.4.10 together.
        await page.evaluate(`document.documentElement.style.setProperty('font-size', '200%')`);
        if (width === 320) expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        await context.close();
      }
    },
  );

  test('A-640 it is as high after much use: many dates set, and many messages', async () => {
    const demo = running.get('demo');
    if (!demo) throw new Error('It does not run.');
    const helper = demo.demo.addresses.helperPage;
    for (const day of Array.from({ length: 9 }, (_, index) => (index % 2 === 0 ? 'in-ten-days' : 'yesterday')))
      await new HttpAgent().post(`${helper}/last-day`, { day }, own);
    for (let number = 0; number < 9; number += 1)
      await demo.mail.send({
        messageId: `many-${number}@example.org`,
        language: 'en',
        to: 'maria@example.org',
        subject: `A subject of a mail as long as ours are in German, number ${number}`,
        text: 'Line\n'.repeat(40),
      });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(helper);
    expect(await page.locator('#happened li').count()).toBeGreaterThan(3);
    expect(await page.locator('#mails-earlier').count()).toBe(1);
    expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThanOrEqual(2400);
    await page.screenshot({
      path: join(import.meta.dirname, '../.screenshots/demo/board-much-use.png'),
      fullPage: true,
    });
    await page.close();
  });
});
