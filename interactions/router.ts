/**
 * Routes of the sign-in pages: read, judge, save, 303. All paths are below `/interaction/<uid>/`, bound to the browser
 * by the engine's signed cookie. The sign-in state decides which step is open, never the URL.
 */
import { Router, type RouterContext } from '@koa/router';
import type { Language } from '../factors/contract.ts';
import type { ActionStatus } from '../provider/asked-action.ts';
import { InteractionClosed } from '../provider/interaction-session.ts';
import type { SignInContext } from './context.ts';
import { createDedupeInProcess, type OneAnswer } from './dedupe-in-process.ts';
import { withDelivery } from './delivery-warning.ts';
import {
  current,
  loadContext,
  refuseClosed,
  seeOther,
  type InteractionDependencies,
  type Loaded,
} from './load-context.ts';
import { nextStep, openSteps } from './next-step.ts';
import { pageModel } from './page-model.ts';
import { formOfQuery, readForm } from './parse-form.ts';
import { leave, settle } from './settle.ts';
import type { InteractionSettings } from './settings.ts';
import { withoutSaid, type StepName } from './sign-in-state.ts';
import type { Acted, Form } from './step-handler.ts';
import { advance, steps } from './step-handlers.ts';
import { withTyped } from './typed-fields.ts';
import { awaitingStep } from './way-back.ts';

interface Deps extends InteractionDependencies {
  readonly dedupe: OneAnswer;
  /** Names of the form fields that may be long, with their lengths. */
  readonly longFields: ReadonlyMap<string, number>;
}

/**
 * Steps whose answer sends a message, sets a password or begins a key: done once, even if a double click reaches two
 * nodes.
 */
const lockedSteps: ReadonlySet<string> = new Set<StepName>([
  'confirm-email',
  'select-key',
  'activate-key',
  'forgotten',
  'check-mailbox',
  'new-password',
  'paper-code',
  'choose-name',
  'remove-key',
]);

export function createInteractionRouter(dependencies: InteractionDependencies): Router {
  const { factors } = dependencies.settings;
  const longFields = new Map(factors.flatMap(({ factor }) => Object.entries(factor.traits.longFields ?? {})));
  const deps: Deps = { ...dependencies, dedupe: createDedupeInProcess(), longFields };
  const router = new Router({ prefix: '/interaction/:uid' });
  /** The sign-in ended, in another tab or by expiry, between reading and finishing it. */
  router.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof InteractionClosed)) throw error;
      refuseClosed(deps, ctx, error.reason);
    }
  });
  router.get('/', (ctx) => show(deps, ctx));
  router.get('/return/:factor/:site', (ctx) => comeBack(deps, ctx));
  router.get('/:step', (ctx) => show(deps, ctx));
  router.post('/:step', (ctx) => answer(deps, ctx));
  return router;
}

async function show(deps: Deps, ctx: RouterContext): Promise<void> {
  const loaded = await loadContext(deps, ctx);
  if (!loaded) return;
  const { context, facts } = loaded;
  const next = nextStep(context);
  // The dates have changed, and the proofs are enough now.
  if (next === 'finish')
    return seeOther(ctx, await settle(deps, ctx, loaded, await withFreshPerson(deps, context), next));
  // The address without a step is the start: it shows the first page again while that page is open.
  const asked: unknown = ctx.params['step'] ?? firstStep(context.order);
  const step = openSteps(context).find((open) => open === asked);
  if (step === undefined) return seeOther(ctx, `${facts.base}/${next}`);
  // The message about the last answer belongs to the next step, not to a page that the person went back to.
  const shown = step === next ? context : context.with({ state: withoutSaid(context.state) });
  await draw(deps, ctx, step, { ...loaded, context: shown });
}

async function draw({ core, frame }: Deps, ctx: RouterContext, step: StepName, loaded: Loaded): Promise<void> {
  const context = await withDelivery(loaded.context, step, core);
  frame.draw(ctx, step, await pageModel(context, step, loaded.facts, core));
}

async function answer(deps: Deps, ctx: RouterContext): Promise<void> {
  const { frame } = deps;
  if (!frame.isOwnForm(ctx)) return refuseForeign(deps, ctx);
  const form = await readForm(ctx, deps.longFields);
  const language = frame.languageIn(form);
  if (form && language) return switchLanguage(deps, ctx, form, language);
  const { uid, step } = ctx.params;
  const work = () => judge(deps, ctx, form);
  const once = () =>
    deps.answers.once([uid, step, ctx.get('Cookie'), form], work, () => `/interaction/${String(uid)}/now`);
  const location = await deps.dedupe(ctx, form, lockedSteps.has(String(step)) ? once : work);
  if (location !== undefined) seeOther(ctx, location);
}

/** A form from another site has no cookies; the sign-in state says which service it belongs to. */
async function refuseForeign({ engine, frame }: Deps, ctx: RouterContext): Promise<void> {
  const opened = await engine.open(ctx, String(ctx.params['uid']));
  frame.refuse(ctx, 403, 'request_foreign', { client: opened.ok ? opened.interaction.clientId : opened.clientId });
}

/** The same page in another language, with the typed values; no answer is judged. */
async function switchLanguage(deps: Deps, ctx: RouterContext, form: Form, language: Language): Promise<void> {
  const loaded = await loadContext(deps, ctx);
  if (!loaded) return;
  const { context, interaction, facts } = loaded;
  const step = openSteps(context).find((open) => open === ctx.params['step']);
  deps.frame.keepLanguage(ctx, language);
  if (step === undefined) return seeOther(ctx, current(facts));
  const kept = deps.seal(withTyped(context.state, step, form, deps.longFields), context.uid);
  await deps.engine.saveState(context.uid, interaction.version, kept, interaction.expiresAt);
  seeOther(ctx, `${facts.base}/${step}`);
}

/** Where the browser goes next, or `undefined` when the response has been sent. */
async function judge(deps: Deps, ctx: RouterContext, form: Form | undefined): Promise<string | undefined> {
  const { core, frame, knownBrowsers } = deps;
  const loaded = await loadContext(deps, ctx, form);
  if (!loaded) return undefined;
  const { typed: _typed, ...before } = withoutSaid(loaded.context.state);
  const context = loaded.context.with({ state: before });
  const step = openSteps(context).find((open) => open === ctx.params['step']);
  if (step === undefined) return current(loaded.facts);
  if (form === undefined) {
    frame.refuse(ctx, 400, 'input_invalid', { client: context.client.id });
    return undefined;
  }
  const browser = { tokens: knownBrowsers.read(ctx), keep: (token: string) => knownBrowsers.keep(ctx, token) };
  const acted = await steps[step].act({ context, form, core, from: ctx.ip, browser });
  if (acted.kind === 'leave') return leave(deps, ctx, loaded, acted);
  return goTo(deps, ctx, { ...loaded, context }, step, acted);
}

/** Where the browser goes after an answer to this step. */
async function goTo(deps: Deps, ctx: RouterContext, loaded: Loaded, step: StepName, acted: Acted): Promise<string> {
  const { context } = loaded;
  const advanced = await advance(context, acted, deps.core);
  if (advanced.kind === 'abort') {
    const status = abortedAction(context, step);
    return deps.engine.abort(ctx, context.uid, advanced.error, 'the sign-in was given up', status);
  }
  return settle(deps, ctx, loaded, advanced.context, advanced.next);
}

/** The answer of another site, at which a key was to be proved. */
async function comeBack(deps: Deps, ctx: RouterContext): Promise<void> {
  const form = formOfQuery(ctx.query, deps.longFields);
  const { uid, factor, site } = ctx.params;
  const judged = () => judgeReturn(deps, ctx, form, { factor: String(factor), site: String(site) });
  const once = () =>
    deps.answers.once([uid, factor, site, ctx.get('Cookie'), form], judged, () => `/interaction/${String(uid)}/now`);
  const location = await deps.dedupe(ctx, form, once);
  if (location !== undefined) seeOther(ctx, location);
}

async function judgeReturn(
  deps: Deps,
  ctx: RouterContext,
  form: Form | undefined,
  from: { readonly factor: string; readonly site: string },
): Promise<string | undefined> {
  const loaded = await loadContext(deps, ctx, form ?? {});
  if (!loaded) return undefined;
  const { typed: _typed, ...before } = withoutSaid(loaded.context.state);
  const context = loaded.context.with({ state: before });
  const step = awaitingStep(context, { ...from, state: form?.['state'] ?? '' });
  // Answered already, or never asked.
  if (form === undefined || step === undefined) return current(loaded.facts);
  const browser = { tokens: [], keep: () => undefined };
  const acted = await steps[step].act({
    context,
    form: { ...form, action: 'continue' },
    core: deps.core,
    from: ctx.ip,
    browser,
    cameBack: true,
  });
  return acted.kind === 'leave' ? current(loaded.facts) : goTo(deps, ctx, { ...loaded, context }, step, acted);
}

/** How the action ends when the person gives up on this page; `undefined`: none was asked for. */
function abortedAction({ action, state }: SignInContext, step: StepName): ActionStatus | undefined {
  if (state.acted || state.activation?.done) return 'success';
  return action && (step === 'refused' ? 'refused' : 'cancelled');
}

async function withFreshPerson({ core }: Deps, context: SignInContext): Promise<SignInContext> {
  const { person } = context;
  return person ? context.with({ person: await core.people.get(person.id) }) : context;
}

const firstStep = (order: InteractionSettings['order']): StepName =>
  order === 'key-first' ? 'choose-key' : 'password';
