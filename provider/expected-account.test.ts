import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { ada, ask, relyingParty, signIn, startBench, walk, type Bench } from '../test/harness/engine-bench.ts';
import { redirectUri, secret } from '../test/harness/sign-in-bench.ts';

const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri] };

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ clients: [web, { ...web, id: 'open', subject: 'public' }] });
});
afterAll(() => bench.close());

describe.each(['web', 'open'])(
  'A-206 a request that names an End-User gets an answer for no other: client %s',
  (client) => {
    const as = (accountId: string) => Object.assign(bench.finishing, { accountId });
    const hintOf = async (accountId: string) => {
      as(accountId);
      const config = await relyingParty(bench, client, secret);
      const { agent, tokens, claims } = await signIn(bench, config, redirectUri);
      const sub = claims?.sub ?? '';
      const claim = (member: object) => ({ claims: JSON.stringify({ id_token: { sub: member } }) });
      return {
        config,
        agent,
        named: [
          { id_token_hint: tokens.id_token ?? '' },
          claim({ value: sub }),
          claim({ essential: true, values: ['another', sub] }),
        ],
      };
    };
    /** A check that this bench's pages leave out: which account finishes the sign-in. */
    const answerOf = async (config: oidc.Configuration, params: Readonly<Record<string, string>>, pushed: boolean) => {
      const asking = await ask(config, redirectUri, params);
      const url = pushed
        ? await oidc.buildAuthorizationUrlWithPAR(config, new URLSearchParams(asking.url.search))
        : asking.url;
      const { left } = await walk(bench.agent(), { url });
      return left?.searchParams.get('code') === null ? left.searchParams.get('error') : 'a code';
    };

    test.each([false, true])('pushed: %s', async (pushed) => {
      const { config, named } = await hintOf(ada.id);
      for (const params of named) {
        as('person-bob');
        expect([params, await answerOf(config, params, pushed)]).toEqual([params, 'login_required']);
        as(ada.id);
        expect([params, await answerOf(config, params, pushed)]).toEqual([params, 'a code']);
      }
    });

    test('a live session of another person is no answer either; one of the same person is', async () => {
      const { config, named } = await hintOf(ada.id);
      const { agent } = await hintOf('person-bob');
      for (const params of named) {
        const { left } = await agent.get((await ask(config, redirectUri, { ...params, prompt: 'none' })).url);
        expect([params, left?.searchParams.get('error')]).toEqual([params, 'login_required']);
        await agent.get((await ask(config, redirectUri, params)).url);
        expect(bench.lastOpened()?.reasons).toEqual(['account_unexpected']);
        expect([ada.id, 'person-bob'].map((id) => bench.lastOpened()?.isExpected(id))).toEqual([true, false]);
      }
      const own = await hintOf(ada.id);
      for (const params of own.named) {
        const page = await own.agent.get((await ask(config, redirectUri, { ...params, prompt: 'none' })).url);
        expect(page.left?.searchParams.get('code')).toBeTruthy();
      }
    });
  },
);
