// C6: where a person is signed in, one by one, and the last sign-ins; what ends, and for whom.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { counting, type Counting } from '../harness/storage-wrappers.ts';
import { ofOneStore } from '../../app/collections.ts';
import { enter, press } from './site-visit.ts';
import { begin, giveCode, givePassword, gotCode, personNow, send, staying, stepOf, wrongCode } from './visitor.ts';

let product: Product;
let rp: RelyingParty;
let counted: Counting;
beforeAll(async () => {
  product = await startProduct(
    { ...staying, sites: { selfService: true } },
    { around: (storage) => (counted = counting(storage)) },
  );
  rp = await relyingParty(product.issuer, product.client);
});
afterAll(() => product.close());
const somebody = () => product.addPerson({ keys: ['authenticator-app'], language: 'en' });
const browser = () => new HttpAgent({ language: 'en' });
const sessionsIn = (page: Page): readonly string[] =>
  [...page.body.matchAll(/data-session="([^"]+)"/g)].map(([, id = '']) => id);
const hereIn = (page: Page): string =>
  [...page.body.matchAll(/data-session="([^"]+)">\s*<p>(<strong>)?/g)].find(([, , here]) => here)?.[1] ?? '';
const info = (agent: HttpAgent) => agent.get(`${product.issuer}/my/info`);

/** Signed in to the site, and by single sign-on to the relying party. */
async function signedIn(an: NewPerson): Promise<{ agent: HttpAgent; page: Page; refresh: () => Promise<unknown> }> {
  const agent = browser();
  const page = await enter(product, agent, an, '/my/info');
  const visit = await begin(rp, { agent });
  expect(gotCode(visit.page)).toBe(true);
  const tokens = await rp.finish(visit.pending, visit.page.left ?? new URL('about:blank'));
  const refresh = async () => {
    const answer = await fetch(`${product.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    if (answer.status !== 200) throw new Error(`${answer.status}`);
  };
  return { agent, page, refresh };
}

test('C6 A-514 sessions are seen one by one, this one marked; one that is ended opens nothing on any node, the others go on', async () => {
  const an = await somebody();
  const [here, there] = [await signedIn(an), await signedIn(an)];
  const page = await info(here.agent);
  const sessions = sessionsIn(page);
  expect(sessions).toHaveLength(2);
  const other = sessions.find((id) => id !== hereIn(page)) ?? '';
  expect([hereIn(page) !== '', hereIn(await info(there.agent))]).toEqual([true, other]);
  expect(page.body).toContain('Tax office');
  // What names a session opens none.
  const kept = there.agent.cookies.map(({ name, value }) => `${name} ${value}`).join(' ');
  expect(kept).not.toContain(other);
  await there.refresh();
  const done = await press(here.agent, page, { action: 'end-session', id: other });
  expect([stepOf(done), sessionsIn(done)]).toEqual(['info', [hereIn(page)]]);
  for (let node = 0; node < 4; node += 1) {
    await expect(there.refresh()).rejects.toThrow('401');
    expect(stepOf(await info(there.agent))).toBe('choose-key');
    expect(gotCode((await begin(rp, { agent: there.agent })).page)).toBe(false);
    await here.refresh();
    expect(stepOf(await info(here.agent))).toBe('info');
  }
});

test('A-514 nobody ends a session of somebody else, or by a form of another site', async () => {
  const [an, eve] = [await somebody(), await somebody()];
  const [mine, theirs] = [await signedIn(an), await signedIn(eve)];
  const [id = ''] = sessionsIn(await info(mine.agent));
  await press(theirs.agent, await info(theirs.agent), { action: 'end-session', id });
  const foreign = await mine.agent.post(
    `${product.issuer}/my/info`,
    { action: 'end-session', id, form: '' },
    { from: 'https://evil.example/' },
  );
  expect(foreign.status).toBe(403);
  expect(sessionsIn(await info(mine.agent))).toEqual([id]);
  await mine.refresh();
});

test('C6 A-563 nobody ends a trusted browser of somebody else, or by a form of another site', async () => {
  const [an, eve] = [await somebody(), await somebody()];
  const trust = async (one: NewPerson, id: string) =>
    product.services.people.change(one.person.id, (person) => {
      const grantedAt = product.clock.now();
      const trusted = { id, hash: id, key: person.keys[0]?.id ?? '', grantedAt, until: grantedAt + 86_400_000 };
      return { ...person, trustedBrowsers: [...(person.trustedBrowsers ?? []), trusted] };
    });
  const held = async (one: NewPerson) => (await personNow(product, one)).trustedBrowsers?.map(({ id }) => id);
  await trust(an, 'first');
  await trust(an, 'second');
  const [mine, theirs] = [await signedIn(an), await signedIn(eve)];
  await press(theirs.agent, await info(theirs.agent), { action: 'end-browser', id: 'first' });
  const url = `${product.issuer}/my/info`;
  const foreign = await mine.agent.post(
    url,
    { action: 'end-browser', id: 'first', form: '' },
    { from: 'https://evil.example/' },
  );
  expect([foreign.status, await held(an)]).toEqual([403, ['first', 'second']]);
  const page = await press(mine.agent, await info(mine.agent), { action: 'end-browser', id: 'first' });
  expect([stepOf(page), await held(an)]).toEqual(['info', ['second']]);
});

test('C6 A-514 all at once, here too', async () => {
  const an = await somebody();
  const [here, there] = [await signedIn(an), await signedIn(an)];
  await press(here.agent, await info(here.agent), { action: 'end-everywhere' });
  for (const { agent, refresh } of [here, there]) {
    expect(stepOf(await info(agent))).toBe('choose-key');
    await expect(refresh()).rejects.toThrow('401');
  }
});

test('C6 A-515 the last sign-ins are told in words, refused ones too; guesses of strangers push none out', async () => {
  const an = await somebody();
  await enter(product, browser(), an);
  const visit = await begin(rp, { agent: browser() });
  await send(visit, 'choose-key', { key: 'authenticator-app' });
  for (let guess = 0; guess < 3; guess += 1) await givePassword(visit, { ...an, password: `wrong ${guess}` });
  await givePassword(visit, an);
  await giveCode(visit, wrongCode(product, an));
  const page = await enter(product, browser(), an, '/my/info');
  const told = [...page.body.matchAll(/<li data-activity="([\w-]+)">/g)].map(([, what]) => what);
  expect(told).toEqual(['signed-in', 'password-wrong', 'code-wrong', 'signed-in']);
  expect(page.body).toContain('The password was wrong, or the sign-in was not finished. (4\u00A0times)');
  expect(page.body).toContain('Tax office');
  // The fourth was right, but no key followed it.
  const { activity = [] } = await personNow(product, an);
  expect(activity.filter(({ what }) => what === 'password-wrong')).toEqual([expect.objectContaining({ times: 4 })]);
});

test('A-516 a page of the site costs at most six store calls', async () => {
  const an = await somebody();
  const agent = browser();
  await enter(product, agent, an, '/my/info');
  for (const tab of ['keys', 'profile', 'info']) {
    await agent.get(`${product.issuer}/my/${tab}`);
    await product.app.flush();
    counted.reset();
    expect(stepOf(await agent.get(`${product.issuer}/my/${tab}`))).toBe(tab);
    const { by } = counted.calls();
    const others = [
      'audit.',
      'audit-heads.',
      'configurations.',
      'outbox.',
      ...ofOneStore.map(({ name }) => `${name}.`),
    ];
    const own = Object.entries(by).filter(
      ([call]) => !others.some((name) => call.startsWith(name)) && call !== 'people.findBy',
    );
    const total = own.reduce((sum, [, count]) => sum + count, 0);
    expect({ tab, few: total <= 6, own }).toEqual({ tab, few: true, own });
  }
});
