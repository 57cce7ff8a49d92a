/**
 * Whether a request may be answered from the session, or somebody must do something first. One prompt, `login`: its checks say *that* a page is
 * needed, the interactions room decides which. A fault there costs one more page, never a way in: what it reports is judged here again.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { BrowserSecret } from './browser-secret.ts';
import type { FactorId } from '../factors/contract.ts';
import { levelOfAcr, rank } from '../factors/policy/assurance.ts';
import type { Clients } from './clients.ts';
import { isExpected } from './expected-account.ts';
import { requiredLevel, type AcrParameters } from './requested-level.ts';
import { sessionDevice, sessionFactors } from './session-facts.ts';
import type { EngineSettings } from './settings.ts';

export interface SessionFacts {
  readonly accountId: string;
  readonly uid: string;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  /** Seconds since the epoch: `auth_time`. */
  readonly loginTs: number | undefined;
  /** The kinds of keys it was signed in with. */
  readonly factors: readonly FactorId[];
  /** The trusted device that stood for the second step, where one did. */
  readonly device?: string | undefined;
}

export interface GateOptions {
  /** The sign-in was finished a moment ago and is being applied: what was just decided need not be read again. */
  readonly justFinished: boolean;
}

/** What the policy asks the rest of the house. Neither may throw for an ordinary answer. */
export interface Gate {
  /** Whether this person must replace a key before going on to this client. */
  reenrolmentDue(accountId: string, clientId: string, options: GateOptions): Promise<boolean>;
  /** Whether the keys behind this session are (still) good for this client. */
  sessionSuits(session: SessionFacts, clientId: string, options: GateOptions): boolean | Promise<boolean>;
}

export interface PromptFacts {
  /** Instant (ms) at which the person was asked. */
  readonly startedAt: number;
  readonly loginTs?: number;
  readonly factors?: readonly FactorId[];
  /** Digest of the secret of the browser that was asked (`browser-secret.ts`). */
  readonly browser?: string;
}

/** How often one authorization request may come back for more; then the client is told that it cannot be met. */
export const maxRounds = 4;

const { Check, Prompt } = interactionPolicy;
const replaced: ReadonlySet<string> = new Set([
  'login_prompt',
  'essential_acr',
  'essential_acrs',
  'id_token_hint',
  'claims_id_token_sub_value',
]);

export function createInteractionPolicy({
  settings,
  clients,
  gate,
  browsers,
  clock,
}: {
  readonly settings: EngineSettings;
  readonly clients: Clients;
  readonly gate: Gate;
  readonly browsers: BrowserSecret;
  readonly clock: Clock;
}): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new Error('The engine has no login or consent prompt any more.');

  const highest = settings.highestLevel ?? 'high';
  const { acrs } = settings;
  const checks = [
    // Whoever signs in is the account that was chosen: the session that is there answers nothing.
    new Check(
      'select_account',
      'an account must be chosen',
      'account_selection_required',
      ({ oidc }) => oidc.prompts.has('select_account') && oidc.result?.login === undefined,
    ),
    // Evaluated on every request, with or without a session: what nothing here can reach is refused before any page.
    new Check('acr_too_low', 'a stronger authentication is required', 'login_required', (ctx) => {
      const client = clientIdOf(ctx);
      const limits = { floor: clients.floor(client), acrs, highest: clients.highest(client) ?? highest };
      const need = requiredLevel(paramsOf(ctx), limits);
      if (ctx.oidc.session?.accountId === undefined) return false;
      const reached = levelOfAcr(ctx.oidc.session.acr, acrs);
      return reached === undefined || rank(reached) < rank(need);
    }),
    new Check('account_gone', 'the account is not available any more', 'login_required', (ctx) =>
      Boolean(ctx.oidc.session?.accountId && !ctx.oidc.account),
    ),
    new Check('account_unexpected', 'the End-User is not the one that was asked for', 'login_required', (ctx) => {
      const accountId = ctx.oidc.session?.accountId;
      const expected =
        accountId === undefined || isExpected(ctx.oidc.params ?? {}, clients, clientIdOf(ctx), accountId);
      // Whoever signed in just now is somebody else. The pages say so before; asking again would go in circles.
      if (!expected && ctx.oidc.result?.login)
        throw new errors.LoginRequired('the End-User is not the one that was asked for');
      return !expected;
    }),
    // Before the next one: of several that fire the first one names the error.
    new Check('reenrolment_due', 'a key must be replaced first', 'interaction_required', async (ctx) => {
      const session = sessionOf(ctx);
      return session !== undefined && (await gate.reenrolmentDue(session.accountId, clientIdOf(ctx), optionsOf(ctx)));
    }),
    new Check('key_not_accepted', 'another key is required', 'login_required', async (ctx) => {
      const session = sessionOf(ctx);
      return session !== undefined && !(await gate.sessionSuits(session, clientIdOf(ctx), optionsOf(ctx)));
    }),
  ];

  policy.remove('login');
  policy.add(
    new Prompt(
      { name: 'login', requestable: true },
      async (ctx) => {
        refuseEndlessRounds(ctx);
        refuseLongParameters({ ...paramsOf(ctx) });
        // Without a page there is nothing to bind.
        const browser = ctx.oidc.promptPending('none') ? {} : { browser: browsers.give(ctx) };
        return { ...(await login.details(ctx)), ...promptFacts(ctx, clock.now()), ...browser };
      },
      // `login_prompt` comes with `requestable`; the others are ours, and hold at the resume too.
      ...login.checks.filter(({ reason }) => !replaced.has(reason)),
      ...checks,
    ),
    0,
  );
  const select = new Prompt({ name: 'select_account', requestable: true });
  select.checks.clear();
  policy.add(select);
  // Our own relying parties: what their settings allow is granted, so `prompt=consent` is understood and asks nothing.
  consent.checks.clear();
  return policy;
}

function refuseEndlessRounds(ctx: KoaContextWithOIDC): void {
  const rounds = ctx.oidc.result?.['rounds'];
  if (typeof rounds === 'number' && rounds >= maxRounds)
    throw new errors.UnmetAuthenticationRequirements('the sign-in could not be completed as requested');
}

/** What a relying party may have us keep for it while somebody signs in, in characters: of one parameter, and in all. */
const longest: Readonly<Record<string, number>> = { state: 2_048, nonce: 512, login_hint: 512, claims: 4_096 };
const longestOther = 2_048;
const longestInAll = 8_192;

function refuseLongParameters(params: Readonly<Record<string, unknown>>): void {
  let all = 0;
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'string') continue;
    all += value.length;
    const most = longest[name] ?? (name === 'id_token_hint' ? longestInAll : longestOther);
    if (value.length > most) throw new errors.InvalidRequest(`${name} is longer than ${most} characters`);
  }
  if (all > longestInAll) throw new errors.InvalidRequest(`the parameters are longer than ${longestInAll} characters`);
}

function promptFacts(ctx: KoaContextWithOIDC, now: number): Readonly<Record<string, unknown>> {
  const session = sessionOf(ctx);
  const facts: PromptFacts = {
    startedAt: now,
    ...(session?.loginTs === undefined ? {} : { loginTs: session.loginTs }),
    ...(session === undefined ? {} : { factors: session.factors }),
  };
  return { ...facts };
}

/** The session of a person who is still there. */
function sessionOf(ctx: KoaContextWithOIDC): SessionFacts | undefined {
  const { session, account } = ctx.oidc;
  if (session?.accountId === undefined || !account) return undefined;
  return {
    accountId: session.accountId,
    uid: session.uid,
    acr: session.acr,
    amr: session.amr ?? [],
    loginTs: session.loginTs,
    factors: sessionFactors(ctx),
    device: sessionDevice(ctx),
  };
}

function optionsOf(ctx: KoaContextWithOIDC): GateOptions {
  return { justFinished: ctx.oidc.result?.login !== undefined };
}

export function paramsOf(ctx: KoaContextWithOIDC): AcrParameters {
  return ctx.oidc.params ?? {};
}

function clientIdOf(ctx: KoaContextWithOIDC): string {
  if (!ctx.oidc.client) throw new Error('The policy was asked before the client was known.');
  return ctx.oidc.client.clientId;
}
