/**
 * Whether a request may be answered from the session, or a page is needed first. One prompt, `login`: its checks say *that* a page is
 * needed, `interactions/` decides which. A fault there costs one more page, never a way in: what it reports is judged here again.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { BrowserSecret } from './browser-secret.ts';
import type { Clients } from './clients.ts';
import { isExpected } from './expected-account.ts';
import type { Evidence } from '../factors/policy/standing.ts';
import { clientIdOf, paramsOf, reaches, type Judgement, type Verdict } from './judgement.ts';
import type { EngineSettings } from './settings.ts';

export interface PromptFacts {
  /** Instant (ms) at which the person was asked. */
  readonly startedAt: number;
  readonly loginTs?: number;
  /** What of the session's evidence still stands. */
  readonly rests?: Evidence;
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

interface Parts {
  readonly settings: Pick<EngineSettings, 'acrs'>;
  readonly judgement: Judgement;
  readonly clients: Pick<Clients, 'subjectOf'>;
  readonly browsers: BrowserSecret;
  readonly clock: Clock;
  /** The session is not enough for this request: what it was enough for once is looked at again. */
  readonly sessionFails: (ctx: KoaContextWithOIDC) => Promise<void>;
}

export function createInteractionPolicy(parts: Parts): interactionPolicy.DefaultPolicy {
  const { judgement, browsers, clock, sessionFails } = parts;
  const policy = interactionPolicy.base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new Error('The engine has no login or consent prompt any more.');

  policy.remove('login');
  policy.add(
    new Prompt(
      { name: 'login', requestable: true },
      async (ctx) => {
        refuseEndlessRounds(ctx);
        refuseLongParameters({ ...paramsOf(ctx) });
        await sessionFails(ctx);
        // Without a page there is nothing to bind.
        const browser = ctx.oidc.promptPending('none') ? {} : { browser: browsers.give(ctx) };
        return { ...(await login.details(ctx)), ...promptFacts(ctx, judgement.known(ctx), clock.now()), ...browser };
      },
      // `login_prompt` comes with `requestable`; the others are ours, and hold at the resume too.
      ...login.checks.filter(({ reason }) => !replaced.has(reason)),
      ...accountChecks(parts),
      ...evidenceChecks(parts),
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

/** Whether the account is there, and the one that was asked for. Of several checks that fire the first one names the error, so their order counts. */
const accountChecks = ({ clients }: Parts) => [
  // The account that signs in is the one that was chosen, or the person goes on with that of the session: it must still be that one.
  new Check(
    'select_account',
    'an account must be chosen',
    'account_selection_required',
    ({ oidc }) => oidc.prompts.has('select_account') && oidc.result?.login === undefined && !isChosen(oidc),
  ),
  new Check('account_gone', 'the account is not available any more', 'login_required', (ctx) =>
    Boolean(ctx.oidc.session?.accountId && !ctx.oidc.account),
  ),
  new Check('account_unexpected', 'the End-User is not the one that was asked for', 'login_required', (ctx) => {
    const accountId = ctx.oidc.session?.accountId;
    const expected = accountId === undefined || isExpected(ctx.oidc.params ?? {}, clients, clientIdOf(ctx), accountId);
    // Another account has signed in just now. The pages say so before; asking again would go in circles.
    if (!expected && ctx.oidc.result?.login)
      throw new errors.LoginRequired('the End-User is not the one that was asked for');
    return !expected;
  }),
];

/** Whether what was proved still stands, and is enough for this request. */
const evidenceChecks = ({ judgement, settings: { acrs } }: Parts) => [
  new Check('reenrolment_due', 'a key must be replaced first', 'interaction_required', async (ctx) =>
    Boolean((await judgement.ofSession(ctx))?.reenrolmentDue),
  ),
  new Check('session_over', 'what the session rested on does not stand any more', 'login_required', async (ctx) => {
    const verdict = await judgement.ofSession(ctx);
    return verdict !== undefined && verdict.stands === undefined;
  }),
  // Evaluated on every request, with or without a session: what nothing here can reach is refused before any page.
  new Check('acr_too_low', 'a stronger authentication is required', 'login_required', async (ctx) => {
    const need = judgement.needOf(ctx);
    const verdict = await judgement.ofSession(ctx);
    return verdict?.stands !== undefined && !reaches(verdict.stands.acr, need, acrs);
  }),
  new Check('key_not_accepted', 'another key is required', 'login_required', async (ctx) => {
    const verdict = await judgement.ofSession(ctx);
    return verdict?.stands !== undefined && !verdict.suits;
  }),
];

/** Whether the account of the session was chosen on our page. */
function isChosen({ result, session }: KoaContextWithOIDC['oidc']): boolean {
  const chosen = result?.['select_account'] as { readonly accountId?: unknown } | undefined;
  return chosen?.accountId !== undefined && chosen.accountId === session?.accountId;
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

export function refuseLongParameters(params: Readonly<Record<string, unknown>>): void {
  let all = 0;
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'string') continue;
    all += value.length;
    const most = longest[name] ?? (name === 'id_token_hint' ? longestInAll : longestOther);
    if (value.length > most) throw new errors.InvalidRequest(`${name} is longer than ${most} characters`);
  }
  if (all > longestInAll) throw new errors.InvalidRequest(`the parameters are longer than ${longestInAll} characters`);
}

function promptFacts(
  { oidc: { session, account } }: KoaContextWithOIDC,
  verdict: Verdict | undefined,
  now: number,
): Readonly<Record<string, unknown>> {
  const there = session?.accountId !== undefined && account !== undefined;
  const rests = verdict?.stands?.rests;
  const facts: PromptFacts = {
    startedAt: now,
    ...(there && session.loginTs !== undefined ? { loginTs: session.loginTs } : {}),
    ...(rests === undefined ? {} : { rests }),
  };
  return { ...facts };
}
