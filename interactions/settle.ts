/** Finishes a sign-in, or saves its new state. Called by `router.ts` with the decision. */
import type { RouterContext } from '@koa/router';
import type { SignInContext } from './context.ts';
import { recordConsent } from './consent/record-consent.ts';
import { completed, finishOf, type Finish } from './finish.ts';
import { current, type InteractionDependencies, type Loaded } from './load-context.ts';
import type { Next } from './next-step.ts';
import { tellOfRetirement } from './retirement/tell.ts';
import { rememberPlace } from './remember-place.ts';
import { isGained, type SignInState } from './sign-in-state.ts';
import type { Leaving } from './step-handler.ts';
import { trustBrowser } from './trust-browser.ts';

/** Where the browser goes next. */
export async function settle(
  deps: InteractionDependencies,
  ctx: RouterContext,
  loaded: Loaded,
  context: SignInContext,
  next: Next,
): Promise<string> {
  const { engine, core, settings } = deps;
  const { facts } = loaded;
  const finish = next === 'finish' ? finishOf(context, settings.acrs) : undefined;
  if (finish?.kind === 'sign-in') return complete(deps, ctx, context, finish);
  if (finish?.kind === 'session') {
    const allowed = await recordConsent(deps, ctx, context, finish);
    return engine.goOnAs(ctx, context.uid, finish.accountId, allowed && true);
  }
  if (finish?.kind === 'again') return current(facts);
  const state = finish?.kind === 'refused' ? { ...context.state, refused: { reason: finish.reason } } : context.state;
  const version = context.person && core.people.seen(context.person.id)?.version;
  const isSaved = await save(deps, ctx, loaded, version === undefined ? state : { ...state, personVersion: version });
  // Another tab was faster: its answer counts, and the browser goes to its step.
  if (!isSaved) return current(facts);
  const reached = finish ? 'refused' : next;
  tellOfRetirement(core, loaded.context, context.with({ state }), reached);
  return `${facts.base}/${reached}`;
}

/** The browser leaves for another site: what the page said is saved first. */
export async function leave(
  deps: InteractionDependencies,
  ctx: RouterContext,
  loaded: Loaded,
  { state, to }: Leaving,
): Promise<string> {
  return (await save(deps, ctx, loaded, state)) ? to : current(loaded.facts);
}

/** Attempts to save what an answer has gained, when other answers were faster. */
const savesAtMost = 9;

/**
 * Saves the state if no other answer was faster. What this answer proved or activated is spent, so it is saved in any
 * case: a second click of the same answer, which was refused because the code was used, does not remove it.
 */
async function save(
  { engine, seal, unseal }: InteractionDependencies,
  ctx: RouterContext,
  { context: { uid, state: before }, interaction }: Loaded,
  kept: SignInState,
): Promise<boolean> {
  const sealed = () => seal(kept, uid);
  if ((await engine.saveState(uid, interaction.version, sealed(), interaction.expiresAt)) !== undefined) return true;
  if (!isGained(before, kept)) return false;
  for (let saves = 1; saves < savesAtMost; saves += 1) {
    const opened = await engine.open(ctx, uid);
    const stands = opened.ok && opened.interaction.endedAt === undefined && unseal(opened.interaction.state, uid);
    if (!stands || !isGained(stands, kept)) return false;
    const { version } = opened.interaction;
    if ((await engine.saveState(uid, version, sealed(), interaction.expiresAt)) !== undefined) return true;
  }
  return false;
}

async function complete(
  deps: InteractionDependencies,
  ctx: RouterContext,
  context: SignInContext,
  finish: Extract<Finish, { readonly kind: 'sign-in' }>,
): Promise<string> {
  const { engine, core, settings, trustedBrowsers } = deps;
  const { kind: _kind, ...result } = finish;
  const allowed = await recordConsent(deps, ctx, context, finish);
  const person = allowed ?? context.person;
  const location = await engine.finish(ctx, context.uid, {
    ...result,
    ...(person ? { account: settings.accountOf(person) } : {}),
    ...(allowed ? { allowed: true } : {}),
    ...(context.state.acted ? { action: 'success' } : {}),
  });
  await trustBrowser(ctx, context, { core, trustedBrowsers });
  await rememberPlace(context, core.people);
  core.note(completed(context, result));
  return location;
}
