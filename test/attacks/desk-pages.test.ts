// The pages of the desk and "This was not me" in a browser without script: reload, back, another language, an old address.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addClerk, askLetter, citizen, enterDesk, register, tokenIn, withDesk } from '../harness/desk-visit.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { reasonOf, stepOf } from './visitor.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct(withDesk);
});
afterAll(() => product.close());

async function atDesk(): Promise<{ readonly agent: HttpAgent; readonly page: Page }> {
  const agent = new HttpAgent();
  return { agent, page: await enterDesk(product, agent, await addClerk(product)) };
}
const at = (path: string) => `${product.issuer}${path}`;
const langOf = ({ body }: Page) => /<html lang="(\w+)"/.exec(body)?.[1];
const modeOf = ({ body }: Page) => /data-mode="(\w+)"/.exec(body)?.[1];

test('A-733 after each button of the desk the browser is sent to a page of its own: reload sends nothing again', async () => {
  const { agent, page } = await atDesk();
  const form = tokenIn(page);
  const person = citizen();
  const sent = [
    ['/desk/register', { ...person, form, action: 'continue' }],
    ['/desk/register', { ...person, email: 'none', form, action: 'continue' }],
    ['/desk/register', { ...person, form, action: 'change' }],
    ['/desk/find', { who: 'nobody@example.org', form, action: 'find' }],
    ['/desk/find', { who: '', form, action: 'find' }],
  ] as const;
  for (const [path, fields] of sent) {
    const answer = await agent.post(at(path), fields, { from: page.url, follow: 'no' });
    expect([path, answer.status]).toEqual([path, 303]);
    const [first, again] = [
      await agent.get(at(answer.headers.location ?? '')),
      await agent.get(at(answer.headers.location ?? '')),
    ];
    expect(again.body).toBe(first.body);
    // Nothing that was typed stands in an address.
    expect(answer.headers.location).toMatch(/^\/desk\/\w+\?shown=[\w-]{43}$/);
  }
  const known = await register(product, agent, page, person);
  await askLetter(agent, known);
  const fields = { form, action: 'letter', expected: '', document: '' };
  const again = await agent.post(known.url.replace(/\?.*/, ''), fields, { from: known.url });
  expect([again.url.includes('?'), stepOf(again)]).toEqual([true, 'desk-person']);
});

test('A-733 what was typed is shown in its own session alone', async () => {
  const { agent, page } = await atDesk();
  const fields = { ...citizen({ email: 'typed@example.org' }), form: tokenIn(page), action: 'continue' };
  const shown = await agent.post(at('/desk/register'), fields, { from: page.url });
  expect([modeOf(shown), shown.body.includes('typed@example.org')]).toEqual(['check', true]);
  const other = await atDesk();
  for (const address of [shown.url, at('/desk/register?shown=x'), at(`/desk/register?shown=${'a'.repeat(43)}`)]) {
    const seen = await other.agent.get(address);
    expect([stepOf(seen), modeOf(seen), seen.body.includes('typed@example.org')]).toEqual([
      'desk-register',
      'form',
      false,
    ]);
  }
});

test('A-733 the language is changed with fields filled: they stay, nothing is judged', async () => {
  const { agent, page } = await atDesk();
  const form = tokenIn(page);
  const typed = { ...citizen({ email: 'half an addr' }), form };
  for (const [mode, language] of [
    ['form', 'fr'],
    ['check', 'de'],
  ] as const) {
    const fields = { ...typed, ...(mode === 'check' ? { mode } : {}), language };
    const switched = await agent.post(at('/desk/register'), fields, { from: page.url });
    expect([langOf(switched), modeOf(switched), reasonOf(switched)]).toEqual([language, mode, undefined]);
    expect(switched.body).toContain('half an addr');
    expect(switched.body).toContain(`name="language" value="nl"`);
  }
  const count = await product.services.audit.list({ limit: 1000, filter: { action: 'person.looked-up' } });
  const found = await agent.post(at('/desk/find'), { who: 'an', form, language: 'nl' }, { from: page.url });
  expect([langOf(found), found.body.includes('value="an"')]).toEqual(['nl', true]);
  await product.app.flush();
  const after = await product.services.audit.list({ limit: 1000, filter: { action: 'person.looked-up' } });
  expect(after).toHaveLength(count.length);

  const stranger = new HttpAgent();
  const report = await stranger.get(at('/not-me'));
  const half = await stranger.post(report.url, { code: 'ABCD-12', language: 'fr' }, { from: report.url });
  expect([langOf(half), stepOf(half), reasonOf(half), half.body.includes('value="ABCD-12"')]).toEqual([
    'fr',
    'not-me',
    undefined,
    true,
  ]);
});

test('A-733 an address that is mistyped is told to be compared with an example, which stands there', async () => {
  const { agent, page } = await atDesk();
  const fields = { ...citizen({ email: 'none' }), form: tokenIn(page), action: 'continue' };
  const told = await agent.post(at('/desk/register'), fields, { from: page.url });
  expect([reasonOf(told), told.body.includes('anna@example.org')]).toEqual(['address_invalid', true]);
});

test('A-733 once the letter is made, the page no longer says to print it', async () => {
  const { agent, page } = await atDesk();
  const person = await register(product, agent, page, citizen());
  expect(person.body).toContain('role="status"');
  await askLetter(agent, person);
  const reloaded = await agent.get(person.url);
  expect([stepOf(reloaded), reloaded.body.includes('role="status"')]).toEqual(['desk-person', false]);
});
