/**
 * Reads a sign-in for one request: its state, its person, the dates. Refuses an address that belongs to no open
 * sign-in. Called for each page and each answer.
 */
import type { RouterContext } from '@koa/router';
import { deviceKind } from '../accounts/device-kind.ts';
import type { Person } from '../accounts/person.ts';
import type { Schedule } from '../factors/policy/types.ts';
import type { ClosedReason, Engine, OpenInteraction } from '../provider/interaction-session.ts';
import { requiredLevel } from '../provider/requested-level.ts';
import type { ActivationCookie } from './activation-cookie.ts';
import { linkFor } from './activation/link.ts';
import type { ConsentAsked } from './consent/third-party.ts';
import type { SignInContext } from './context.ts';
import { createContext } from './create-context.ts';
import type { DedupeAcrossNodes } from './dedupe-across-nodes.ts';
import type { TrustedBrowserCookie } from './trusted-browser-cookie.ts';
import { enter } from './enter.ts';
import { stateFor } from './evidence.ts';
import { firstSteps, orderOf } from './first-steps.ts';
import type { KnownBrowsersCookie } from './known-browsers-cookie.ts';
import { nextStep } from './next-step.ts';
import type { ShellFacts } from './page-facts.ts';
import type { Frame } from './page-layout.ts';
import type { InteractionServices } from './services.ts';
import type { InteractionSettings } from './settings.ts';
import type { SignInState } from './sign-in-state.ts';
import type { Form } from './step-handler.ts';

export interface InteractionDependencies {
  readonly engine: Engine;
  readonly core: InteractionServices;
  readonly settings: InteractionSettings;
  readonly clock: { now(): number };
  readonly schedules: () => Promise<Readonly<Record<string, Schedule>>>;
  readonly frame: Frame;
  readonly trustedBrowsers: TrustedBrowserCookie;
  readonly activationCookie: Pick<ActivationCookie, 'read'>;
  readonly knownBrowsers: KnownBrowsersCookie;
  readonly answers: DedupeAcrossNodes;
  /** The state of a sign-in is stored sealed, because it holds what the pages show, such as the secret of a new key. */
  readonly seal: (state: SignInState, uid: string) => string;
  readonly unseal: (sealed: unknown, uid: string) => SignInState | undefined;
}

export interface Loaded {
  readonly context: SignInContext;
  readonly interaction: OpenInteraction;
  readonly facts: ShellFacts;
}

/** `undefined`: the response has been sent already. */
export async function loadContext(
  deps: InteractionDependencies,
  ctx: RouterContext,
  form?: Form,
): Promise<Loaded | undefined> {
  const { engine, settings, frame, unseal } = deps;
  const uid = String(ctx.params['uid']);
  const opened = await engine.open(ctx, uid);
  if (!opened.ok) {
    refuseClosed(deps, ctx, opened.reason, opened.clientId);
    return undefined;
  }
  const { interaction } = opened;
  if (interaction.endedAt !== undefined) {
    seeOther(ctx, interaction.endedAt);
    return undefined;
  }
  const client = settings.client(interaction.clientId);
  if (!client) {
    frame.refuse(ctx, 410, 'interaction_expired');
    return undefined;
  }
  if (ctx.method === 'GET') frame.keepService(ctx, uid, client.id);
  const uiLocales = interaction.params['ui_locales'];
  const shell = frame.shell(ctx, typeof uiLocales === 'string' ? { uiLocales } : {});
  const relyingParty = client.nameIn(shell.language);
  const sendEvery = deps.core.limits.sendEverySeconds * 1000;
  const forAction = interaction.action === undefined ? {} : ({ forAction: true } as const);
  // An activation comes from no service.
  const about = interaction.action?.kind === 'activate' ? {} : { relyingParty, ...forAction };
  const facts: ShellFacts = { ...shell, ...about, base: `/interaction/${uid}`, sendEvery };
  const kept = unseal(interaction.state, uid) ?? firstSteps(interaction, deps.clock.now());
  const person = await personOf(deps, ctx, kept, form);
  const found = await contextOf(deps, ctx, interaction, client, facts, kept, person);
  const link = await linkOf(deps, ctx, interaction, found.state);
  const context = link ? found.with({ link }) : found;
  return { context: entered(context), interaction, facts };
}

/** Until the paper code was right, the link of this browser says whose activation it is. */
async function linkOf(
  { core, activationCookie }: InteractionDependencies,
  ctx: RouterContext,
  { action, session }: OpenInteraction,
  { activation }: SignInState,
): Promise<ReturnType<typeof linkFor> | undefined> {
  if (action?.kind !== 'activate' || activation) return undefined;
  return linkFor(await core.activations.find(activationCookie.read(ctx)?.token), session?.accountId);
}

/** An action may be the first page: what the session has just proved is then enough for it. */
function entered(context: SignInContext): SignInContext {
  const acted = context.action && enter(context, nextStep(context));
  return acted?.kind === 'state' ? context.with({ state: acted.state }) : context;
}

async function contextOf(
  { core, settings, trustedBrowsers, clock, schedules }: InteractionDependencies,
  ctx: RouterContext,
  interaction: OpenInteraction,
  client: NonNullable<ReturnType<InteractionSettings['client']>>,
  { language }: ShellFacts,
  kept: SignInState,
  person: Person | undefined,
): Promise<SignInContext> {
  const known = trustedBrowsers.read(ctx);
  const state = person ? stateFor(kept, person) : kept;
  const now = clock.now();
  return createContext({
    uid: String(ctx.params['uid']),
    now,
    language,
    order: orderOf(settings, client),
    client,
    everywhere: settings.everywhere,
    level: requiredLevel(interaction.params, { floor: client.level, acrs: settings.acrs, highest: 'high' }),
    state,
    action: interaction.action,
    consent: consentIn(interaction),
    person: state.person === undefined ? undefined : person,
    factors: settings.factors,
    strengthOf: settings.strengthOf,
    rules: settings.rules,
    isTrustedHere: ({ hash }) => known.has(hash),
    isOver: (key) => person !== undefined && core.isOver(person, key, now),
    device: deviceKind(ctx.get('user-agent')),
    isExpected: interaction.isExpected,
    browser: interaction.browser,
    schedules: await schedules(),
  });
}

function consentIn({ consent, params }: OpenInteraction): ConsentAsked | undefined {
  const redirectUri = params['redirect_uri'];
  return consent && { ...consent, ...(typeof redirectUri === 'string' ? { redirectUri } : {}) };
}

/**
 * A page, and the proof of a key (which conditional writes judge), may use the cached copy of the account; every other
 * answer reads it again.
 */
async function personOf(
  { core }: InteractionDependencies,
  ctx: RouterContext,
  { person, personVersion }: SignInState,
  form?: Form,
): Promise<Person | undefined> {
  if (person === undefined) return undefined;
  const isProof = ctx.params['step'] === 'prove-key' && form?.['action'] === 'continue';
  const mayBeSeen = (ctx.method === 'GET' && form === undefined) || isProof;
  const seen = mayBeSeen && personVersion !== undefined ? core.people.seen(person, personVersion) : undefined;
  return seen?.person ?? core.people.get(person);
}

export function refuseClosed(
  { frame }: InteractionDependencies,
  ctx: RouterContext,
  reason: ClosedReason,
  client?: string,
): void {
  frame.refuse(ctx, reason === 'interaction_expired' ? 410 : 403, reason, { client });
}

export function seeOther(ctx: RouterContext, location: string): void {
  ctx.status = 303;
  ctx.redirect(location);
}

/** Not the address of a step: redirects to the step that the sign-in has reached. */
export const current = ({ base }: ShellFacts): string => `${base}/now`;
