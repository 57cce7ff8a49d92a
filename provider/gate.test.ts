import { describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { acrs, ada, allStands, ask, relyingParty, restsOn, signIn } from '../test/harness/engine-bench.ts';
import { redirectUri, secret, useSignInBench } from '../test/harness/sign-in-bench.ts';

const at = useSignInBench();

describe('the gate', () => {
  test('B8-03: an account that is gone or disabled: a page, not an error; tokens die at once', async () => {
    const { agent, tokens } = await signIn(at.bench, at.config, redirectUri);
    for (const people of [new Map(), new Map([[ada.id, { ...ada, disabled: true }]])]) {
      at.bench.people.delete(ada.id);
      for (const [id, person] of people) at.bench.people.set(id, person);
      expect(await at.reasonsFor(agent)).toContain('account_gone');
      expect(await at.errorOf(agent, { prompt: 'none' })).toBe('login_required');
      await expect(oidc.fetchUserInfo(at.config, tokens.access_token, oidc.skipSubjectCheck)).rejects.toMatchObject({
        status: 401,
      });
      await expect(oidc.refreshTokenGrant(at.config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
  });

  test('a due re-enrolment interrupts single sign-on, and prompt=none says interaction_required', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    at.bench.gate.judge = (question) => ({
      ...allStands(question),
      reenrolmentDue: question.account.id === ada.id && question.clientId === 'web',
    });
    expect(await at.reasonsFor(agent)).toEqual(['reenrolment_due']);
    expect(await at.errorOf(agent, { prompt: 'none' })).toBe('interaction_required');
  });

  test('a session whose keys this client does not accept', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    at.bench.gate.judge = (question) => ({
      ...allStands(question),
      suits: question.clientId !== 'web' || question.rests.keys.every(({ factor }) => factor !== 'toy'),
    });
    expect(await at.reasonsFor(agent)).toEqual(['key_not_accepted']);
    expect(await at.errorOf(agent, { prompt: 'none' })).toBe('login_required');
    at.bench.finishing.rests = restsOn('other-toy');
    await signIn(at.bench, at.config, redirectUri, {}, agent);
    // The session has the keys of its last sign-in, also after its id has changed.
    expect(await at.reasonsFor(agent)).toEqual([]);
  });

  test('the gate knows that a sign-in was just finished', async () => {
    const seen: boolean[] = [];
    at.bench.gate.judge = (question) => {
      seen.push(question.justFinished);
      return allStands(question);
    };
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    await signIn(at.bench, at.config, redirectUri, {}, agent);
    // At resume, for the code; then for the session of the second request, and its code.
    expect(seen).toEqual([true, false, false, false]);
  });
});

describe('the cost of a sign-in', () => {
  test('store calls, and reads of the account', async () => {
    const reads = at.bench.accountReads();
    at.calls.reset();
    await signIn(at.bench, at.config, redirectUri);
    // Authorization 1, page 1, end 1, resume 5 (read and remove the interaction; grant, code, session), token 7 (code,
    // session, grant, consume, access token, refresh token and once more nothing).
    expect(at.calls.calls().total).toBeLessThanOrEqual(14);
    expect(at.bench.accountReads() - reads).toBe(2);
  });

  test('an account that was passed on is not read again, once and for ten seconds', async () => {
    at.bench.finishing.account = ada;
    const reads = at.bench.accountReads();
    await signIn(at.bench, at.config, redirectUri);
    expect(at.bench.accountReads() - reads).toBe(1);

    const agent = at.bench.agent();
    const asking = await ask(at.config, redirectUri);
    const page = await agent.get(asking.url);
    const ended = await agent.post(page.forms[0]?.action ?? '', {}, { follow: 'no' });
    at.later(10);
    at.bench.people.set(ada.id, { ...ada, disabled: true });
    const resumed = await agent.get(ended.headers.location ?? '');
    expect(resumed.body).toContain('data-step="stub"');
    expect(at.bench.lastOpened()?.reasons).toContain('account_gone');
    delete (at.bench.finishing as { account?: unknown }).account;
  });
});

describe('A-085: limits of a session, the cookie kept', () => {
  test('an idle hour ends it; every use starts the hour again', async () => {
    const { agent } = await signIn(at.bench, at.config, redirectUri);
    at.later(3_599);
    expect(await at.errorOf(agent, { prompt: 'none' })).toBeNull();
    at.later(3_599);
    expect(await at.errorOf(agent, { prompt: 'none' })).toBeNull();
    at.later(3_600);
    expect(await at.errorOf(agent, { prompt: 'none' })).toBe('login_required');
  });

  test('24 hours after the sign-in it ends, used or not', async () => {
    const { agent, tokens } = await signIn(at.bench, at.config, redirectUri);
    let refresh = tokens.refresh_token ?? '';
    for (let hour = 0; hour < 47; hour += 1) {
      at.later(1_800);
      expect(await at.errorOf(agent, { prompt: 'none' })).toBeNull();
      refresh = (await oidc.refreshTokenGrant(at.config, refresh)).refresh_token ?? '';
    }
    at.later(1_799);
    expect(await at.errorOf(agent, { prompt: 'none' })).toBeNull();
    at.later(1);
    expect(await at.errorOf(agent, { prompt: 'none' })).toBe('login_required');
    await expect(oidc.refreshTokenGrant(at.config, refresh)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('A-096: refresh tokens that outlive the session end a day after the first', async () => {
    const { tokens } = await signIn(at.bench, at.config, redirectUri, {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    let refresh = tokens.refresh_token ?? '';
    for (const seconds of [43_200, 43_199]) {
      at.later(seconds);
      refresh = (await oidc.refreshTokenGrant(at.config, refresh)).refresh_token ?? '';
    }
    at.later(1);
    await expect(oidc.refreshTokenGrant(at.config, refresh)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('A-101: pairwise sub', () => {
  test('differs between relying parties, is shared within a sector, and reveals no account id', async () => {
    const subOf = async (id: string, uri: string) =>
      (await signIn(at.bench, await relyingParty(at.bench, id, secret), uri)).claims?.sub;
    const mine = await subOf('web', redirectUri);
    at.bench.finishing.acr = acrs.substantial;
    expect(await subOf('strong', redirectUri)).toBe(mine);
    expect(await subOf('sister', 'https://sister.example/cb')).toBe(mine);
    const theirs = await subOf('stranger', 'https://stranger.example/cb');
    expect(theirs).not.toBe(mine);
    for (const sub of [mine, theirs]) expect(sub).toMatch(/^[\w-]{43}$/);
  });
});
