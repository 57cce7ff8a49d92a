import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../time/clock.ts';
import { issueKey } from '../admin/use-cases/issue-key.ts';
import { HttpAgent, type Page } from '../test/harness/http-agent.ts';
import { newPorts, runDemo, type RunningDemo } from '../test/harness/running-demo.ts';
import { until } from '../test/harness/until.ts';
import { currentCode } from './current-code.ts';
import { readDemoPeople } from './demo-people.ts';
import type { ShownPerson } from './shown-person.ts';

const said: string[] = [];
const folders: string[] = [];
const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-demo-'));
  folders.push(folder);
  return folder;
};
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const stepOf = (page: Page) => /<main[^>]* data-step="([^"]+)"/.exec(page.body)?.[1];

/** The story of the start page has forms of its own, before that of the sign-in. */
const beginSignIn = (agent: HttpAgent, start: Page) =>
  agent.submit(start, {}, { form: start.forms.findIndex(({ action }) => action.endsWith('/sign-in')) });

const asCode = ({ totp }: ShownPerson) => currentCode(totp[0] ?? '', systemClock.now())?.code ?? '';

describe('the demo', () => {
  let running: RunningDemo;
  let helper: string;
  let relyingParty: string;
  beforeAll(async () => {
    running = await runDemo(await newFolder(), await newPorts(), { said });
    helper = running.demo.addresses.helperPage;
    relyingParty = running.demo.addresses.relyingParty;
  });
  afterAll(async () => {
    await running.stop();
  });

  const json = async <T>(path: string): Promise<T> => (await (await fetch(`${helper}${path}`)).json()) as T;
  const people = async () => (await json<{ people: ShownPerson[] }>('/demo.json')).people;
  const person = async (username: string): Promise<ShownPerson> => {
    const found = (await people()).find((one) => one.username === username);
    if (!found) throw new Error(`There is no ${username}.`);
    return found;
  };

  /** From the sample service's start page to the page that asks for the key's code. */
  async function toTheCode(agent: HttpAgent, who: ShownPerson, key: string): Promise<Page> {
    const start = await agent.get(`${relyingParty}/`);
    expect(stepOf(start)).toBe('start');
    expect(start.body).toContain('You are not signed in');
    const choose = await beginSignIn(agent, start);
    expect(stepOf(choose)).toBe('choose-key');
    const password = await agent.submit(choose, { key });
    expect(stepOf(password)).toBe('password');
    return agent.submit(password, { username: who.username, password: who.password, action: 'continue' });
  }

  test('says everything to scripts', async () => {
    const demo = await json<Record<string, unknown>>('/demo.json');
    const { provider, relyingParty: rp } = running.ports;
    expect(demo).toMatchObject({
      issuer: `http://localhost:${provider}`,
      relyingParty: `http://localhost:${rp}`,
      client: { id: 'demo-rp', secret: expect.any(String), redirectUri: `http://localhost:${rp}/callback` },
    });
    const all = demo['people'] as ShownPerson[];
    expect(all.length).toBeGreaterThanOrEqual(6);
    expect(new Set(all.map(({ language }) => language))).toEqual(new Set(['nl', 'fr', 'de', 'en']));
    for (const { username, password, email, cards, totp, displayName, what } of all) {
      expect([username, email, displayName, what].every((text) => typeof text === 'string' && text !== '')).toBe(true);
      expect(await running.services.passwords.fault(password, { username, email: email ?? '' })).toBeUndefined();
      for (const { serial, codes } of cards) {
        expect(serial).toMatch(/^\d{9}$/);
        expect(Object.keys(codes)).toEqual(Array.from({ length: 48 }, (_, at) => String(at + 1)));
        expect(Object.values(codes).every((code) => /^\d{6}$/.test(code))).toBe(true);
      }
      for (const secret of totp) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    }
    expect(
      all.filter(({ cards, totp, keys }) => cards.length === 1 && totp.length === 0 && keys.length === 1),
    ).not.toEqual([]);
    expect(all.filter(({ cards, totp }) => cards.length === 1 && totp.length === 1)).not.toEqual([]);
    expect(all.filter(({ disabled }) => disabled)).toHaveLength(1);
  });

  test('what is printed on the cards is what they were hashed from', async () => {
    const { lines, people: known } = await readDemoPeople();
    const keys = lines.flatMap(
      (line) => (JSON.parse(line) as { keys: { data: { serial?: string; hashes?: string[] } }[] }).keys,
    );
    const cards = known.flatMap((one) => one.cards);
    expect(cards).toHaveLength(5);
    for (const { serial, codes } of cards) {
      const hashes = keys.find(({ data }) => data.serial === serial)?.data.hashes ?? [];
      expect(hashes).toHaveLength(48);
      for (const at of [1, 48])
        expect(await running.services.hash.matches(hashes[at - 1] ?? '', codes[at] ?? '')).toBe(true);
    }
  });

  test('prints the addresses', () => {
    for (const address of [running.demo.addresses.issuer, helper, relyingParty])
      expect(said.join('')).toContain(address);
  });

  test('at the first start the card has ten days', async () => {
    const page = await new HttpAgent().get(`${helper}/`);
    expect(page.body).toContain('in 10 days');
  });

  test('a second service asks for more: a person with such a key gets in with another level, another person sees a page that says so', async () => {
    const { services } = await json<{ services: { address: string; level: string; accepts?: string[] }[] }>(
      '/demo.json',
    );
    const [, strict] = services;
    expect(strict).toMatchObject({ address: `${relyingParty}/demo-strict/`, level: 'substantial' });
    const agent = new HttpAgent();
    const first = await agent.get(`${relyingParty}/`);
    expect(first.body).toContain(`href="${strict?.address}"`);
    const start = await agent.get(strict?.address ?? '');
    expect(start.body).toContain('and for the strength <strong>substantial</strong>');
    const choose = await agent.submit(start);
    expect([...choose.body.matchAll(/name="key" value="([^"]+)"/g)].map(([, key]) => key)).toEqual(strict?.accepts);
    const tom = await person('tom');
    const password = await agent.submit(choose, { key: 'authenticator-app' });
    const prove = await agent.submit(password, { username: 'tom', password: tom.password, action: 'continue' });
    const done = await agent.submit(prove, { code: asCode(tom), action: 'continue' });
    expect(done.url).toBe(strict?.address);
    expect(stepOf(done)).toBe('signed-in');
    expect(done.body).toContain('<code>acr</code></th><td class="claim-value">urn:rekey:acr:substantial');
    // The first service knows nothing of that until it asks; then the person sees no page.
    expect(stepOf(await agent.get(`${relyingParty}/`))).toBe('start');
    expect(stepOf(await agent.get(`${relyingParty}/sign-in`, { from: `${relyingParty}/` }))).toBe('signed-in');
    const out = await agent.submit(await agent.get(strict?.address ?? ''));
    expect([stepOf(out), out.url]).toEqual(['start', strict?.address]);
    // the first service is told (it may be a moment later), and says so.
    let elsewhere = '';
    await until('the first service says so', async () => {
      const page = await agent.get(`${relyingParty}/`);
      elsewhere = page.body;
      return stepOf(page) === 'start';
    });
    expect(elsewhere).toContain('data-ended="yes"');
    expect(out.body).not.toContain('data-ended="yes"');
    for (const body of [{}, { logout_token: 'a.b.c' }])
      expect((await agent.post(`${relyingParty}/backchannel-logout`, body)).status).toBe(400);

    const zoe = await person('zoe');
    const other = new HttpAgent();
    const asked = await other.submit(await other.submit(await other.get(strict?.address ?? '')), {
      key: 'authenticator-app',
    });
    const refused = await other.submit(asked, { username: 'zoe', password: zoe.password, action: 'continue' });
    expect(stepOf(refused)).toBe('refused');
  });

  test('a card issued by the command line is shown with its codes, and signs in', async () => {
    const { services } = running;
    const issued = await issueKey(services, { noun: 'card', person: 'zoe', by: 'cli:test' });
    if (!issued.ok) throw new Error('no card');
    const { serial } = issued.value.clear as { serial: string };
    const zoe = await person('zoe');
    // Before the one that it replaces.
    expect(zoe.cards[0]).toMatchObject({ serial, active: true, spent: [], codes: issued.value.clear['codes'] });
    expect((await new HttpAgent().get(`${helper}/`)).body).toContain(`Card ${serial}`);
  });

  test('from the sample service to the claims with an authenticator app, and the sign-out', async () => {
    const agent = new HttpAgent();
    const els = await person('els');
    const prove = await toTheCode(agent, els, 'authenticator-app');
    expect(stepOf(prove)).toBe('prove-key');
    const done = await agent.submit(prove, { code: asCode(els), action: 'continue' });
    expect(stepOf(done)).toBe('signed-in');
    expect(done.body).toContain('Welcome, <strong>Els De Smet</strong>');
    expect(done.body).toMatch(/data-claim="acr"[^]*?how strong the sign-in was: substantial/);
    expect(done.body).toMatch(/data-claim="amr"[^]*?by which means: password, one-time code/);
    expect(done.body).toMatch(/data-claim="auth_time"[^]*?when the person last proved who they are: \d+ \w+ \d{4}/);
    const claims = JSON.parse((await agent.get(`${relyingParty}/claims.json`)).body) as Record<string, object>;
    expect(claims).toMatchObject({
      signedIn: true,
      idToken: { acr: 'urn:rekey:acr:substantial', aud: 'demo-rp' },
      userinfo: { email: 'els@example.org', name: 'Els De Smet' },
    });

    // No page during the session, except when a new sign-in is requested.
    const again = await agent.get(`${relyingParty}/sign-in`, { from: `${relyingParty}/` });
    expect(stepOf(again)).toBe('signed-in');
    const none = await agent.get(`${relyingParty}/sign-in?prompt=none`, { from: `${relyingParty}/` });
    expect(stepOf(none)).toBe('signed-in');
    const afresh = await agent.get(`${relyingParty}/sign-in?prompt=login`, { from: `${relyingParty}/` });
    expect(stepOf(afresh)).toBe('choose-key');

    const signOut = await agent.submit(await agent.get(`${relyingParty}/`));
    expect([stepOf(signOut), signOut.url]).toEqual(['start', `${relyingParty}/`]);
    expect(JSON.parse((await agent.get(`${relyingParty}/claims.json`)).body)).toEqual({ signedIn: false });
  });

  test('with a code by e-mail, read from the messages', async () => {
    const agent = new HttpAgent();
    const before = (await json<unknown[]>('/messages.json')).length;
    const prove = await toTheCode(agent, await person('camille'), 'email-otp');
    expect(stepOf(prove)).toBe('prove-key');
    interface Message {
      readonly to: string;
      readonly subject: string;
      readonly text: string;
      readonly at: string;
      readonly channel: string;
    }
    let messages: Message[] = [];
    await until('the code is there', async () => {
      messages = await json<Message[]>('/messages.json');
      return messages.length > before;
    });
    const last = messages.at(-1);
    expect(Object.keys(last ?? {}).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'at',
      'channel',
      'subject',
      'text',
      'to',
    ]);
    expect(last).toMatchObject({ to: 'camille@example.org', channel: 'email' });
    expect(new Date(last?.at ?? '').toISOString()).toBe(last?.at);
    const code = /\b\d{6}\b/.exec(last?.text ?? '')?.[0] ?? '';
    expect(last?.subject).not.toContain(code);
    const done = await agent.submit(prove, { code, action: 'continue' });
    expect(stepOf(done)).toBe('signed-in');
    expect(done.body).toContain('how strong the sign-in was: low');
  });

  test('a card code that was used is shown as spent', async () => {
    const agent = new HttpAgent();
    const jan = await person('jan');
    const start = await agent.get(`${relyingParty}/`);
    const dialog = await agent.submit(await beginSignIn(agent, start), { key: 'token-card' });
    expect(stepOf(dialog)).toBe('phase-out');
    const password = await agent.submit(dialog, { action: 'postpone' });
    const prove = await agent.submit(password, { username: 'jan', password: jan.password, action: 'continue' });
    const position = /data-position="(\d+)"/.exec(prove.body)?.[1] ?? '';
    const code = jan.cards[0]?.codes[position] ?? '';
    let page = await agent.submit(prove, { code, action: 'continue' });
    if (stepOf(page) === 'phase-out') page = await agent.submit(page, { action: 'postpone' });
    expect(stepOf(page)).toBe('signed-in');
    expect((await person('jan')).cards[0]?.spent).toEqual([Number(position)]);
    const board = await agent.get(`${helper}/`);
    expect(board.body).toContain(`<li class="spent"><span class="number">${position}</span> <code>${code}</code>`);
  });

  test.each([
    ['yesterday', /it is over/, true],
    ['tonight', /it signs in until midnight/, false],
    ['in-ten-days', /in 10 days/, false],
  ])('the button for %s sets the last day through the use case', async (day, says, over) => {
    const agent = new HttpAgent();
    await agent.get(`${helper}/`);
    const page = await agent.post(`${helper}/last-day`, { day });
    expect(page.url).toBe(`${helper}/`);
    expect(page.body).toMatch(says);
    expect(page.body.includes('data-status="sunset"')).toBe(over);
    await running.app.flush();
    const [line] = (
      await running.services.audit.list({ limit: 1000, filter: { actor: 'demo', factor: 'token-card' } })
    ).slice(-1);
    expect(line?.event.action).toMatch(/^schedule\./);
  });

  test('a page of another site can neither set the day nor sign anybody out', async () => {
    const agent = new HttpAgent();
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' };
    expect((await agent.post(`${helper}/last-day`, { day: 'yesterday' }, { headers })).status).toBe(403);
    expect((await agent.post(`${relyingParty}/sign-out`, {}, { headers })).status).toBe(403);
    const old = { method: 'POST', body: new URLSearchParams({ day: 'yesterday' }) };
    expect(
      (await fetch(`${helper}/last-day`, { ...old, headers: { origin: 'https://attacker.example' } })).status,
    ).toBe(403);
    expect((await fetch(`${helper}/last-day`, old)).status).toBe(403);
    expect(
      (await agent.post(`${helper}/last-day`, { day: 'never' }, { headers: { 'sec-fetch-site': 'same-origin' } }))
        .status,
    ).toBe(400);
    expect((await agent.get(`${helper}/`)).body).not.toContain('it is over');
  });

  test('a foreign name that resolves to this machine gets nothing', async () => {
    for (const path of ['/', '/demo.json', '/messages.json', '/events']) {
      const status = await new Promise<number>((resolve, reject) => {
        request(
          { host: '127.0.0.1', port: running.ports.helper, path, headers: { host: 'attacker.example' } },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          },
        )
          .on('error', reject)
          .end();
      });
      expect(status).toBe(403);
    }
  });

  test('an answer without a request, and a refusal, end on a page that says so', async () => {
    const agent = new HttpAgent();
    const foreign = await agent.get(`${relyingParty}/callback?code=stolen&state=guessed`);
    expect(foreign.status).toBe(400);
    expect(foreign.body).toContain('data-error="state_unknown"');
    const refused = await agent.get(`${relyingParty}/sign-in?prompt=none`);
    expect(stepOf(refused)).toBe('problem');
    expect(refused.body).toContain('data-error="login_required"');
    expect(JSON.parse((await agent.get(`${relyingParty}/claims.json`)).body)).toEqual({ signedIn: false });
  });

  test('the code of a secret that was pasted', async () => {
    const page = await new HttpAgent().get(
      `${helper}/?secret=${encodeURIComponent('gezd gnbv gy3t qojq gezd gnbv gy3t qojq')}`,
    );
    const shown = /data-typed>(\d{6})</.exec(page.body)?.[1];
    const now = systemClock.now();
    expect([0, -30_000].map((ago) => currentCode('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', now + ago)?.code)).toContain(
      shown,
    );
    expect((await new HttpAgent().get(`${helper}/?secret=%3Cscript%3E`)).body).toContain('That is no secret');
  });
});
