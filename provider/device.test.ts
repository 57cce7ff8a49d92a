// Device authorization grant (RFC 8628) at the engine: what a device, a browser and the two together may do.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { hash } from 'node:crypto';
import * as oidc from 'openid-client';
import { acrs, ada, relyingParty, startBench, type Bench } from '../test/harness/engine-bench.ts';
import type { HttpAgent, Page } from '../test/harness/http-agent.ts';
import { movableClock } from '../time/clock.ts';
import { deviceGrant } from './device-flow.ts';

const secret = 'a-secret-of-more-than-32-characters-00';
const clock = movableClock(Date.now());
const tv = { name: 'TV', deviceGrant: true, redirectUris: [] } as const;
let bench: Bench;
let device: oidc.Configuration;
beforeAll(async () => {
  bench = await startBench({
    clock,
    clients: [
      { ...tv, id: 'tv', tokenEndpointAuthMethod: 'none', refresh: true },
      { ...tv, id: 'box', secret, level: 'substantial' },
      { id: 'web', name: 'Web', secret, redirectUris: ['https://app.example/cb'], deviceGrant: true },
      { id: 'plain', name: 'Plain', secret, redirectUris: ['https://app.example/cb'] },
    ],
  });
  device = await relyingParty(bench, 'tv');
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.finishing.acr = acrs.low;
  clock.set(clock.now() + 3_600_000);
});

const begin = (config = device, parameters: Record<string, string> = {}) =>
  oidc.initiateDeviceAuthorization(config, { scope: 'openid', ...parameters });
type Begun = Awaited<ReturnType<typeof begin>>;

/** One question of the device, in time. */
function poll({ device_code }: Pick<Begun, 'device_code'>, config = device, later = 5_000) {
  clock.set(clock.now() + later);
  return oidc.genericGrantRequest(config, deviceGrant, { device_code });
}
const errorOf = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'tokens',
    ({ error }: { readonly error?: string }) => error,
  );

const stepOf = ({ body }: Page) => / data-step="([\w-]+)"/.exec(body)?.[1];
const reasonOf = ({ body }: Page) => / data-reason="([\w-]+)"/.exec(body)?.[1];
const enter = async (agent: HttpAgent, code: string): Promise<Page> =>
  agent.submit(await agent.get(`${bench.issuer}/device`), { user_code: code });
const yes = (agent: HttpAgent, page: Page): Promise<Page> => agent.submit(page, { confirm: 'yes' });
const signIn = (agent: HttpAgent, page: Page): Promise<Page> => agent.submit(page);
const where = ({ url }: Page): string => new URL(url).pathname;

async function approve(agent: HttpAgent, { user_code }: Begun): Promise<Page> {
  const page = await yes(agent, await enter(agent, user_code));
  return stepOf(page) === 'stub' ? signIn(agent, page) : page;
}

test('A-660 a device gets tokens after a person has approved it, of this person, with what was proved', async () => {
  const begun = await begin(device, { scope: 'openid email offline_access' });
  expect(begun).toMatchObject({ expires_in: 600, interval: 5, verification_uri: `${bench.issuer}/device` });
  expect(begun.user_code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
  expect(await errorOf(poll(begun))).toBe('authorization_pending');
  const agent = bench.agent();
  const shown = await enter(agent, ` ${begun.user_code.toLowerCase().replace('-', ' - ')} `);
  expect([stepOf(shown), shown.body.includes(begun.user_code), shown.headers['cache-control']]).toEqual([
    'device-confirm',
    true,
    'no-store',
  ]);
  const page = await yes(agent, shown);
  expect([stepOf(page), await errorOf(poll(begun))]).toEqual(['stub', 'authorization_pending']);
  expect(where(await signIn(agent, page))).toBe('/device/done');
  const tokens = await poll(begun);
  const claims = tokens.claims();
  expect(claims).toMatchObject({ aud: 'tv', acr: acrs.low, amr: ['pwd', 'otp'] });
  expect([claims?.sub === ada.id, tokens.refresh_token]).toEqual([false, expect.any(String)]);
  const info = await oidc.fetchUserInfo(device, tokens.access_token, claims?.sub ?? '');
  expect(info.email).toBe(ada.email);
  const again = await oidc.refreshTokenGrant(device, tokens.refresh_token ?? '');
  expect(again.claims()?.acr).toBe(acrs.low);
  expect(bench.audited.map(({ action }) => action).filter((action) => action.startsWith('device-code.'))).toEqual([
    'device-code.asked',
    'device-code.approved',
  ]);
  // Once.
  expect(await errorOf(poll(begun))).toBe('invalid_grant');
  await expect(oidc.fetchUserInfo(device, again.access_token, claims?.sub ?? '')).rejects.toMatchObject({
    status: 401,
  });
});

test('A-660 a person who is signed in confirms all the same; the address with the code skips nothing', async () => {
  const agent = bench.agent();
  await approve(agent, await begin());
  const begun = await begin();
  const onward = await agent.get(begun.verification_uri_complete ?? '');
  const page = stepOf(onward) === 'onward' ? await agent.submit(onward) : onward;
  expect([stepOf(page), await errorOf(poll(begun))]).toEqual(['device-confirm', 'authorization_pending']);
  expect(where(await yes(agent, page))).toBe('/device/done');
  expect(await errorOf(poll(begun))).toBe('tokens');
});

test('A-660 a person refuses, on the page or in the sign-in: the device is told', async () => {
  const first = await begin();
  const agent = bench.agent();
  expect(where(await agent.submit(await enter(agent, first.user_code), { abort: 'yes' }))).toBe('/device/refused');
  expect([await errorOf(poll(first)), await errorOf(poll(first))]).toEqual(['access_denied', 'invalid_grant']);
  const second = await begin();
  const page = await yes(agent, await enter(agent, second.user_code));
  expect(where(await agent.submit(page, {}, { form: 1 }))).toBe('/device/refused');
  expect(await errorOf(poll(second))).toBe('access_denied');
  expect(bench.audited.filter(({ action }) => action === 'device-code.refused')).toHaveLength(2);
});

test('A-661 an unknown, expired, used and refused code has one answer; so has one that another browser decides on', async () => {
  const [used, refused, taken, expired] = [await begin(), await begin(), await begin(), await begin()];
  const owner = bench.agent();
  await approve(owner, used);
  await owner.submit(await enter(owner, refused.user_code), { abort: 'yes' });
  await yes(owner, await enter(owner, taken.user_code));
  const agent = bench.agent();
  const answers = [];
  for (const code of ['BBBB-BBBB', 'nothing', '', used.user_code, refused.user_code, taken.user_code])
    answers.push(await enter(agent, code));
  clock.set(clock.now() + 601_000);
  answers.push(await enter(agent, expired.user_code));
  const said = ({ status, body }: Page) => `${status} ${body.replaceAll(/value="\w+"/g, '')}`;
  expect(new Set(answers.map(said)).size).toBe(1);
  expect(answers.map(reasonOf)[0]).toBe('user_code_unknown');
  expect(await errorOf(poll(expired))).toBe('expired_token');
  // The owner goes on.
  expect(bench.audited.filter(({ action }) => action === 'device-code.unknown')).toHaveLength(7);
});

test('A-661 after a wrong code the right one is taken on the same page', async () => {
  const begun = await begin();
  const agent = bench.agent();
  const again = await agent.submit(await enter(agent, 'BBBB-BBBB'), { user_code: begun.user_code });
  expect(stepOf(again)).toBe('device-confirm');
});

test('A-662 nothing is confirmed or refused that this browser was not shown', async () => {
  const [mine, other] = [await begin(), await begin()];
  const agent = bench.agent();
  const page = await enter(agent, mine.user_code);
  for (const button of [{ confirm: 'yes' }, { abort: 'yes' }]) {
    const answer = await agent.submit(page, { ...button, user_code: other.user_code });
    expect([stepOf(answer), reasonOf(answer)]).toEqual(['device-code', 'user_code_unknown']);
  }
  expect(await errorOf(poll(other))).toBe('authorization_pending');
  // Without any page, and with the secret of another browser.
  const stranger = bench.agent();
  await stranger.get(`${bench.issuer}/device`);
  const xsrf = /name="xsrf" value="(\w+)"/.exec(page.body)?.[1] ?? '';
  for (const form of [{}, { xsrf }]) {
    const body = { ...form, user_code: mine.user_code, confirm: 'yes' };
    expect(where(await stranger.post(`${bench.issuer}/device`, body))).toBe('/device/over');
  }
  expect(await errorOf(poll(mine))).toBe('authorization_pending');
});

test('A-662 a form that is sent twice, and Back, lead to the same end; a second browser never takes over', async () => {
  const begun = await begin();
  const agent = bench.agent();
  const shown = await enter(agent, begun.user_code);
  const pages = await Promise.all([yes(agent, shown), yes(agent, shown)]);
  expect(pages.map(stepOf)).toEqual(['stub', 'stub']);
  const page = await yes(agent, shown);
  expect(where(await signIn(agent, page))).toBe('/device/done');
  const last = await agent.submit(shown, { confirm: 'yes' });
  expect(where(last)).toBe('/device/done');
  expect(await errorOf(poll(begun))).toBe('tokens');

  const next = await begin();
  const shownAgain = await enter(agent, next.user_code);
  const both = await Promise.all([yes(agent, shownAgain), yes(agent, shownAgain)]);
  expect(both.map(where)).toEqual(['/device/done', '/device/done']);

  const raced = await begin();
  const other = bench.agent();
  await approve(other, await begin());
  const [one, two] = [await enter(agent, raced.user_code), await enter(other, raced.user_code)];
  const ends = await Promise.all([yes(agent, one), yes(other, two)]);
  expect(ends.map(where).toSorted()).toEqual(['/device', '/device/done']);
});

test('A-663 a device that asks too often is told to slow down, and then waits longer', async () => {
  const begun = await begin();
  expect(await errorOf(poll(begun))).toBe('authorization_pending');
  expect(await errorOf(poll(begun, device, 1_000))).toBe('slow_down');
  expect(await errorOf(poll(begun, device, 5_000))).toBe('slow_down');
  expect(await errorOf(poll(begun, device, 15_000))).toBe('authorization_pending');
});

test('A-663 a device code is worth nothing to another client, and what pages call it is no code', async () => {
  const begun = await begin();
  await approve(bench.agent(), begun);
  const [web, plain] = [await relyingParty(bench, 'web', secret), await relyingParty(bench, 'plain', secret)];
  expect([await errorOf(poll(begun, web)), await errorOf(poll(begun, plain))]).toEqual([
    'invalid_grant',
    'invalid_request',
  ]);
  expect(await errorOf(begin(plain))).toBe('invalid_request');
  const id = hash('sha256', begun.device_code, 'base64url');
  for (const device_code of [id, `digest:${id}`]) expect(await errorOf(poll({ device_code }))).toBe('invalid_grant');
  expect(await errorOf(poll(begun))).toBe('tokens');
});

test('A-664 the level of the client and of the request, and max_age, hold for devices too', async () => {
  const box = await relyingParty(bench, 'box', secret);
  const begun = await begin(box);
  const agent = bench.agent();
  await approve(agent, await begin());
  const page = await yes(agent, await enter(agent, begun.user_code));
  expect(stepOf(page)).toBe('stub');
  bench.finishing.acr = acrs.substantial;
  expect(where(await signIn(agent, page))).toBe('/device/done');
  expect((await poll(begun, box)).claims()?.['acr']).toBe(acrs.substantial);

  const high = await begin(device, {
    claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:no' } } }),
  });
  await yes(agent, await enter(agent, high.user_code));
  expect(await errorOf(poll(high))).toBe('unmet_authentication_requirements');
});

test('A-664 a device gets nothing when the key of the sign-in counts no more, or the session has ended', async () => {
  const [first, second] = [await begin(), await begin()];
  const agent = bench.agent();
  await approve(agent, first);
  await approve(agent, second);
  const { judge } = bench.gate;
  bench.gate.judge = () => ({ suits: false, reenrolmentDue: false });
  expect(await errorOf(poll(first))).toBe('invalid_grant');
  bench.gate.judge = judge;
  await bench.engine.endSessions(ada.id);
  expect(await errorOf(poll(second))).toBe('invalid_grant');
});

test('A-662 a form, and the end of a sign-in, from a browser without any cookie is too late, and no fault', async () => {
  const faults = (): number => bench.logLines.filter((line) => line.includes('request.failed')).length;
  const before = faults();
  const { user_code } = await begin();
  const posted = await bench.agent().post(`${bench.issuer}/device`, { user_code, confirm: 'yes', xsrf: 'x' });
  expect(where(posted)).toBe('/device/over');
  const resumed = await bench.agent().get(`${bench.issuer}/device/some-sign-in`);
  expect([resumed.status, reasonOf(resumed)]).toEqual([400, 'interaction_expired']);
  expect(faults()).toBe(before);
});

test('A-660 discovery names the grant only where a client has it', async () => {
  const document = device.serverMetadata();
  expect([document.device_authorization_endpoint, document.grant_types_supported]).toEqual([
    `${bench.issuer}/device/auth`,
    expect.arrayContaining([deviceGrant]),
  ]);
});
