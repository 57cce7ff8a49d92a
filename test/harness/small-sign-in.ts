/**
 * One sign-in on a small real store, without a server: the engine's interactions, the accounts, the sealed state and the
 * cookies are the product's; the frame records what it was asked for. For unit tests of `interactions/`.
 */
import { randomBytes } from 'node:crypto';
import type { RouterContext } from '@koa/router';
import type { AdapterPayload, Provider } from 'oidc-provider';
import { createPeople, type People } from '../../accounts/person-store.ts';
import type { AuditEvent, Person } from '../../accounts/person.ts';
import { createSecretBox } from '../../adapters/secret-box.ts';
import type { Factor, FactorId, Strength } from '../../factors/contract.ts';
import type { Schedule } from '../../factors/policy/types.ts';
import { createTrustedBrowserCookie } from '../../interactions/trusted-browser-cookie.ts';
import type { InteractionDependencies } from '../../interactions/load-context.ts';
import type { SignInState } from '../../interactions/sign-in-state.ts';
import type { AccountFacts } from '../../provider/accounts.ts';
import { createInteractionSession } from '../../provider/interaction-session.ts';
import { createInteractionStore, type InteractionStore } from '../../provider/interaction-store.ts';
import { movableClock } from '../../time/clock.ts';
import { counting, type Counting } from './storage-wrappers.ts';
import { temporaryStore } from './temporary-store.ts';
import { blankAccount } from './blank-account.ts';

/** When it began (ms). */
export const began = 1_700_000_000_000;
export const strengths: Readonly<Record<FactorId, Strength>> = { app: 'substantial', card: 'low' };

export interface SmallSignIn {
  readonly deps: InteractionDependencies;
  readonly people: People;
  readonly person: Person;
  /** Counts the calls to the store. */
  readonly store: Counting;
  readonly interactions: InteractionStore;
  /** What was asked of the frame: `refuse 410 interaction_expired bank`, `keepService bank`. */
  readonly framed: readonly string[];
  /** Events that were written, and those that were only mentioned. */
  readonly noted: readonly AuditEvent[];
  /** The request of a browser; `cookies`: what the answer sets. */
  request(of?: Partial<Asked>): { readonly ctx: RouterContext; readonly cookies: readonly string[] };
  /** Saves a state as an answer in another tab would. */
  saveElsewhere(state: SignInState): Promise<void>;
  /** The state as stored. */
  state(): Promise<SignInState | undefined>;
  close(): Promise<void>;
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly step: string;
  readonly uid: string;
  /** Whether the browser has the cookies of this sign-in; `none`: it keeps no cookies at all. */
  readonly cookies: 'own' | 'other' | 'none';
}

export async function smallSignIn(
  engine: Partial<AdapterPayload> = {},
  {
    dates = {},
    over = {},
  }: { readonly dates?: Readonly<Record<FactorId, Schedule>>; readonly over?: Partial<Person> } = {},
): Promise<SmallSignIn> {
  const clock = movableClock(began);
  const temporary = await temporaryStore(clock);
  const store = counting(temporary.storage);
  const secretBox = createSecretBox(Buffer.alloc(32, 7));
  const people = createPeople({ storage: store, secretBox });
  const added = await people.add({ ...ada, ...over });
  if (!added.ok) throw new Error(added.taken);
  const interactions = createInteractionStore({ storage: store, clock });
  const returnTo = 'http://localhost/auth/uid';
  const params = { client_id: 'bank' };
  await interactions.adapter.upsert('uid', { returnTo, params, prompt: prompted, ...engine }, 600);

  const framed: string[] = [];
  const noted: AuditEvent[] = [];
  const unseal = (sealed: unknown, uid: string) =>
    typeof sealed === 'string'
      ? (secretBox.open(sealed, `sign-in state ${uid}`) as SignInState | undefined)
      : undefined;
  const seal = (state: SignInState, uid: string) => secretBox.seal(state, `sign-in state ${uid}`);
  const session = createInteractionSession({
    // Only what is read of them.
    provider: { cookieName: () => 'interaction' } as unknown as Provider,
    browsers: {
      give: () => '',
      has: (ctx, digest) => ctx.get('Cookie') === digest,
      keepsCookies: (ctx) => ctx.get('Cookie') !== '',
    },
    clients: { find: () => undefined } as never,
    interactions,
    handOver: { give: () => {}, take: () => undefined },
    clock,
    endSessions: async () => {},
    sessionsOf: async () => [],
    endSession: async () => false,
    reviewSessions: async () => {},
  });
  const deps = {
    engine: session,
    core: {
      people,
      limits: { sendEverySeconds: 60 },
      note: (event: AuditEvent) => noted.push(event),
      mention: (event: AuditEvent) => noted.push(event),
    },
    settings: {
      order: 'key-first',
      acrs: { single: 'acr-1', low: 'acr-2', substantial: 'acr-3', high: 'acr-4' },
      client: (id: string) =>
        id === 'bank' ? { id, nameIn: () => 'The bank', level: 'single', trustedBrowser: true } : undefined,
      factors: Object.entries(strengths).map(([id, strength]) => ({
        factor: {
          id,
          traits: { many: false, selfService: true, script: false },
          strength: () => strength,
        } as unknown as Factor,
        settings: {},
        recommended: false,
      })),
      strengthOf: (id: FactorId) => strengths[id],
      rules: { asksForKey: true, mayActivate: true, deadlines: [], barsMailbox: () => false, trustFor: 86_400_000 },
      accountOf: ({ id }: Person) => ({ id }) as AccountFacts,
    },
    clock,
    schedules: async () => dates,
    frame: {
      /** In the language that is asked for first. */
      shell: (_ctx: unknown, { uiLocales = 'nl' }: { uiLocales?: string }) => ({ language: uiLocales.split(' ')[0] }),
      keepService: (_ctx: unknown, _uid: string, client: string) => framed.push(`keepService ${client}`),
      refuse: (_ctx: unknown, status: number, reason: string, { client = '' }: { client?: string } = {}) =>
        framed.push(`refuse ${status} ${reason} ${client}`.trim()),
    },
    trustedBrowsers: createTrustedBrowserCookie({
      issuer: 'http://localhost',
      random: { bytes: randomBytes, int: () => 0 },
    }),
    seal,
    unseal,
  } as unknown as InteractionDependencies;

  return {
    deps,
    people,
    person: added.person,
    store,
    interactions,
    framed,
    noted,
    request,
    async saveElsewhere(state) {
      const stored = await interactions.read('uid');
      if (!stored) throw new Error('The sign-in has ended.');
      await interactions.replace(stored, { ...stored.value, state: seal(state, 'uid') }, stored.until ?? 0);
    },
    state: async () => unseal((await interactions.read('uid'))?.value.state, 'uid'),
    close: () => temporary.close(),
  };
}

const prompted = { name: 'login', reasons: ['no_session'], details: { browser: 'digest', startedAt: began } };
const ada: Omit<Person, 'id'> & { readonly id: string } = {
  ...blankAccount,
  id: 'ada',
  username: 'ada',
  email: { address: 'ada@example.org', verifiedAt: 1 },
  password: { hash: 'hash', peppered: true, setAt: 1 },
  keys: [
    {
      id: 'app-key',
      factor: 'app',
      detail: '',
      status: 'active',
      boundAt: 1,
      source: 'enrolled',
      strength: 'substantial',
      attempts: { count: 0, lastAt: 0 },
    },
  ],
};

function request({ method = 'GET', step = 'now', uid = 'uid', cookies: kept = 'own' }: Partial<Asked> = {}) {
  const cookies: string[] = [];
  const header = { own: 'digest', other: 'another', none: '' }[kept];
  const ctx = {
    method,
    params: { uid, step },
    status: 404,
    get: (name: string) => (name === 'Cookie' ? header : ''),
    cookies: {
      get: (name: string) => (name === 'interaction' && kept === 'own' ? uid : undefined),
      set: (name: string) => cookies.push(name),
    },
    redirect(this: { location?: string }, to: string) {
      this.location = to;
    },
  };
  return { ctx: ctx as unknown as RouterContext, cookies };
}
