// The engine's bench with three relying parties, at a date that the test moves. To be called at the top of a test file:
// it sets the hooks.
import { afterAll, afterEach, beforeAll, beforeEach, jest } from '@jest/globals';
import type * as oidc from 'openid-client';
import { acrs, ada, allStands, ask, relyingParty, restsOn, startBench, type Bench } from './engine-bench.ts';
import type { HttpAgent } from './http-agent.ts';
import { counting, type Counting } from './storage-wrappers.ts';

export const redirectUri = 'https://app.example/cb';
export const secret = 'a-secret-of-more-than-32-characters-00';
export const start = Date.UTC(2026, 0, 30, 12);

const web = { id: 'web', name: 'Web shop', secret, redirectUris: [redirectUri], refresh: true };

export interface SignInBench {
  readonly bench: Bench;
  readonly calls: Counting;
  readonly config: oidc.Configuration;
  /** Demands `substantial`, the strongest level of this bench. */
  readonly strong: oidc.Configuration;
  later(seconds: number): void;
  /** What the client is told; `null` for success, `undefined` when there is a page. */
  errorOf(agent: HttpAgent, params: Record<string, string>): Promise<string | null | undefined>;
  /** Why a page is shown; none when there is none. */
  reasonsFor(
    agent: HttpAgent,
    params?: Record<string, string>,
    client?: oidc.Configuration,
  ): Promise<readonly string[]>;
}

type Made = Pick<SignInBench, 'bench' | 'calls' | 'config' | 'strong'>;

export function useSignInBench(): SignInBench {
  let made: Made | undefined;
  const now = (): Made => {
    if (!made) throw new Error('The bench stands only while tests run.');
    return made;
  };
  beforeAll(async () => {
    jest.useFakeTimers({
      now: start,
      doNotFake: [
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setInterval',
        'clearInterval',
        'setTimeout',
        'clearTimeout',
      ],
    });
    made = await build();
  });
  afterAll(async () => {
    await now().bench.close();
    jest.useRealTimers();
  });
  beforeEach(() => {
    jest.setSystemTime(start);
    const usual = { accountId: ada.id, acr: acrs.low, amr: ['pwd', 'otp'], authTime: 0, rests: restsOn('toy') };
    Object.assign(now().bench.finishing, usual);
  });
  afterEach(() => {
    now().bench.people.set(ada.id, ada);
    Object.assign(now().bench.gate, { judge: allStands });
  });
  return {
    get bench() {
      return now().bench;
    },
    get calls() {
      return now().calls;
    },
    get config() {
      return now().config;
    },
    get strong() {
      return now().strong;
    },
    later: (seconds) => {
      jest.setSystemTime(Date.now() + seconds * 1000);
    },
    async errorOf(agent, params) {
      const page = await agent.get((await ask(now().config, redirectUri, params)).url);
      return page.left?.searchParams.get('error');
    },
    async reasonsFor(agent, params = {}, client = now().config) {
      const page = await agent.get((await ask(client, redirectUri, params)).url);
      return page.body.includes('data-step="stub"') ? (now().bench.lastOpened()?.reasons ?? []) : [];
    },
  };
}

async function build(): Promise<Made> {
  let calls: Counting | undefined;
  const bench = await startBench({
    clients: [
      web,
      { ...web, id: 'strong', level: 'substantial', refresh: false },
      { ...web, id: 'sister', sectorIdentifier: 'app.example', redirectUris: ['https://sister.example/cb'] },
      { ...web, id: 'stranger', redirectUris: ['https://stranger.example/cb'] },
    ],
    settings: { highestLevel: 'substantial' },
    wrapStorage: (storage) => (calls = counting(storage)),
  });
  if (!calls) throw new Error('The storage was not wrapped.');
  return {
    bench,
    calls,
    config: await relyingParty(bench, 'web', secret),
    strong: await relyingParty(bench, 'strong', secret),
  };
}
