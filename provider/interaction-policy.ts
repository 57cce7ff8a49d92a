/**
 * Decides whether a request can be answered from the session, or needs a page. One prompt, `login`: its checks say
 * *that* a page is needed, `interactions/` decides which. A mistake there costs one more page, and never lets anybody
 * in: its result is judged here again.
 */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import { actionParameter, actionStatusOf } from './asked-action.ts';
import type { AskedConsent, ConsentRules } from './asked-consent.ts';
import type { BrowserSecret } from './browser-secret.ts';
import type { Clients } from './clients.ts';
import { isExpected } from './expected-account.ts';
import type { Evidence } from '../factors/policy/standing.ts';
import { clientIdOf, paramsOf, reaches, type Judgement, type Verdict } from './judgement.ts';
import type { EngineSettings } from './settings.ts';

export interface PromptFacts {
  /** Instant (ms) when the page was requested. */
  readonly startedAt: number;
  readonly loginTs?: number;
  /** The part of the session's evidence that is still valid. */
  readonly rests?: Evidence;
  /** Digest of the secret of that browser (`browser-secret.ts`). */
  readonly browser?: string;
  /** Of a third party: what it asks the person for. */
  readonly consent?: AskedConsent;
  /** Any program on the device may have sent the request (`Clients.mayBeAnyProgram`). */
  readonly program?: true;
}

/** How often one authorization request may return for more; then the client gets an error. */
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
  readonly clients: Pick<Clients, 'subjectOf' | 'mayBeAnyProgram'>;
  readonly consents: Pick<ConsentRules, 'asked' | 'isMissing'>;
  readonly browsers: BrowserSecret;
  readonly clock: Clock;
  /** The session is not enough for this request: reviews what it was once enough for. */
  readonly sessionFails: (ctx: KoaContextWithOIDC) => Promise<void>;
}

export function createInteractionPolicy(parts: Parts): interactionPolicy.DefaultPolicy {
  const { judgement, browsers, clients, clock, sessionFails, consents } = parts;
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
        const facts = promptFacts(ctx, judgement.known(ctx), clock.now());
        const consent = consents.asked(ctx);
        const program = isAnyProgram(ctx, clients) ? { program: true } : {};
        return { ...(await login.details(ctx)), ...facts, ...browser, ...program, ...(consent && { consent }) };
      },
      actionCheck,
      // `login_prompt` comes with `requestable`; the others are ours, and are also checked at the resume.
      ...login.checks.filter(({ reason }) => !replaced.has(reason)),
      ...accountChecks(parts),
      ...evidenceChecks(parts),
      // Last, so that a person who is not signed in is asked to sign in first.
      new Check('consent_due', 'the End-User has not allowed it', 'consent_required', (ctx) => consents.isMissing(ctx)),
    ),
    0,
  );
  const select = new Prompt({ name: 'select_account', requestable: true });
  select.checks.clear();
  policy.add(select);
  // Relying parties of the deployment get what their settings permit, so that `prompt=consent` is accepted and shows no
  // page there; what a third party gets is a check of ours (`consent_due`).
  consent.checks.clear();
  return policy;
}

/**
 * An application asks the person for something (`rekey_action`), and it was not done yet. First, so that it names the
 * error.
 */
const actionCheck = new Check(
  'action_asked',
  'the End-User is asked to change the account',
  'interaction_required',
  ({ oidc }) => oidc.params?.[actionParameter] !== undefined && actionStatusOf(oidc.result) === undefined,
);

/**
 * Whether the account exists and is the expected one. If several checks fail, the first one names the error, so their
 * order matters.
 */
const accountChecks = ({ clients, consents }: Parts) => [
  // The account that signs in was chosen on our page, or the person continued with the account of the session.
  new Check('select_account', 'an account must be chosen', 'account_selection_required', (ctx) => {
    const { oidc } = ctx;
    if (oidc.result?.login !== undefined || isChosen(oidc)) return false;
    // A session alone gives no answer to a program; the page of consent asks the person too.
    const unasked = oidc.session?.accountId !== undefined && isAnyProgram(ctx, clients) && !consents.isMissing(ctx);
    return oidc.prompts.has('select_account') || unasked;
  }),
  new Check('account_gone', 'the account is not available any more', 'login_required', (ctx) =>
    Boolean(ctx.oidc.session?.accountId && !ctx.oidc.account),
  ),
  new Check('account_unexpected', 'the End-User is not the one that was asked for', 'login_required', (ctx) => {
    const accountId = ctx.oidc.session?.accountId;
    const expected = accountId === undefined || isExpected(ctx.oidc.params ?? {}, clients, clientIdOf(ctx), accountId);
    // Another account has just signed in. The pages have said so; asking again would be a loop.
    if (!expected && ctx.oidc.result?.login)
      throw new errors.LoginRequired('the End-User is not the one that was asked for');
    return !expected;
  }),
];

/** Whether the evidence is still valid, and enough for this request. */
const evidenceChecks = ({ judgement, settings: { acrs } }: Parts) => [
  new Check('reenrolment_due', 'a key must be replaced first', 'interaction_required', async (ctx) =>
    Boolean((await judgement.ofSession(ctx))?.reenrolmentDue),
  ),
  new Check('session_over', 'what the session rested on does not stand any more', 'login_required', async (ctx) => {
    const verdict = await judgement.ofSession(ctx);
    return verdict !== undefined && verdict.stands === undefined;
  }),
  // Evaluated for every request, with or without a session: a level that nothing here can reach is refused before any
  // page.
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

const isAnyProgram = (ctx: KoaContextWithOIDC, clients: Pick<Clients, 'mayBeAnyProgram'>): boolean =>
  clients.mayBeAnyProgram(clientIdOf(ctx), ctx.oidc.params?.['redirect_uri']);

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

/** The most characters that a relying party can make us store during a sign-in: in one parameter, and in total. */
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
