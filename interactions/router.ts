/**
 * Pages of the sign-in: read, judge, save, 303. Everything lies below `/interaction/<uid>/`, bound to the browser by the engine's signed cookie;
 * which step counts is decided by the record, never by the URL.
 */
import { Router, type RouterContext } from '@koa/router';
import {
  InteractionClosed,
  type ClosedReason,
  type Engine,
  type OpenInteraction,
} from '../provider/interaction-session.ts';
import type { Language } from '../factors/contract.ts';
import { requiredLevel } from '../provider/requested-level.ts';
import type { Schedule } from '../factors/policy/types.ts';
import { withDelivery } from './delivery-warning.ts';
import type { DedupeAcrossNodes } from './dedupe-across-nodes.ts';
import type { DeviceCookie } from './device-cookie.ts';
import { rememberPlace } from './remember-place.ts';
import type { KnownBrowsersCookie } from './known-browsers-cookie.ts';
import { stepsFor } from './evidence.ts';
import { completed, finishOf, type Finish } from './finish.ts';
import type { Frame } from './page-layout.ts';
import { readForm } from './parse-form.ts';
import type { InteractionServices } from './services.ts';
import { nextStep, openSteps, type Next } from './next-step.ts';
import { createDedupeInProcess } from './dedupe-in-process.ts';
import { pageOf, type Page, type ShellFacts } from './page-models.ts';
import type { Form } from './step-handler.ts';
import { acts, advance } from './step-handlers.ts';
import { trustBrowser } from './trust-browser.ts';
import { withTyped } from './typed-fields.ts';
import { usernamelessFactor } from './steps/usernameless.ts';
import { firstSteps, orderOf } from './first-steps.ts';
import { isGained, type StepName, type SignInState } from './sign-in-state.ts';
import { createContext } from './create-context.ts';
import type { SignInContext } from './context.ts';
import type { InteractionSettings } from './settings.ts';

export interface InteractionDependencies {
  readonly engine: Engine;
  readonly core: InteractionServices;
  readonly settings: InteractionSettings;
  readonly clock: { now(): number };
  readonly schedules: () => Promise<Readonly<Record<string, Schedule>>>;
  readonly frame: Frame;
  readonly devices: DeviceCookie;
  readonly knownBrowsers: KnownBrowsersCookie;
  readonly answers: DedupeAcrossNodes;
  /** The record of a sign-in holds what its pages show, a new key's secret among it: it is kept sealed, for its interaction. */
  readonly seal: (steps: SignInState, uid: string) => string;
  readonly unseal: (sealed: unknown, uid: string) => SignInState | undefined;
}

/** Steps whose answer sends a message or begins a key: done once, whichever nodes a double click reaches. */
const claimed: ReadonlySet<string> = new Set<StepName>(['confirm-email', 'select-key', 'activate-key']);

interface Loaded {
  readonly context: SignInContext;
  readonly interaction: OpenInteraction;
  readonly facts: ShellFacts;
}

export function createInteractionRouter(dependencies: InteractionDependencies): Router {
  const { engine, core, settings, clock, schedules, frame, devices, knownBrowsers, answers, seal, unseal } =
    dependencies;
  const router = new Router({ prefix: '/interaction/:uid' });
  const dedupe = createDedupeInProcess();
  const longFields = new Map(settings.factors.flatMap(({ factor }) => Object.entries(factor.traits.longFields ?? {})));

  const draw = (ctx: RouterContext, { name, model }: Page): void => frame.draw(ctx, name, model);

  /**
   * Pages, and the proof of a key (which is judged by conditional writes of the person), may go by what the last step has seen; every other answer
   * is judged on a fresh copy.
   */
  const personOf = async (ctx: RouterContext, { person, personVersion }: SignInState, form?: Form) => {
    if (person === undefined) return undefined;
    const isProof = ctx.params['step'] === 'prove-key' && form?.['action'] === 'continue';
    const mayBeSeen = ctx.method === 'GET' || isProof;
    const seen = mayBeSeen && personVersion !== undefined ? core.people.seen(person, personVersion) : undefined;
    return seen?.person ?? core.people.get(person);
  };

  const refuseClosed = (ctx: RouterContext, reason: ClosedReason, client?: string): void =>
    frame.refuse(ctx, reason === 'interaction_expired' ? 410 : 403, reason, { client });

  /** A form from somewhere else brings no cookies: for which service the address is, its record says. */
  const refuseForeign = async (ctx: RouterContext): Promise<void> => {
    const opened = await engine.open(ctx, String(ctx.params['uid']));
    frame.refuse(ctx, 403, 'request_foreign', { client: opened.ok ? opened.interaction.clientId : opened.clientId });
  };

  const load = async (ctx: RouterContext, form?: Form): Promise<Loaded | undefined> => {
    const uid = String(ctx.params['uid']);
    const opened = await engine.open(ctx, uid);
    if (!opened.ok) {
      refuseClosed(ctx, opened.reason, opened.clientId);
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
    const facts = { ...shell, relyingParty: client.nameIn(shell.language) };
    const known = devices.read(ctx);
    const kept = unseal(interaction.steps, uid) ?? firstSteps(interaction);
    const person = await personOf(ctx, kept, form);
    const steps = person ? stepsFor(kept, person) : kept;
    const context = createContext({
      uid,
      now: clock.now(),
      language: facts.language,
      order: orderOf(settings, client),
      client,
      level: requiredLevel(interaction.params, { floor: client.level, acrs: settings.acrs, highest: 'high' }),
      steps,
      person: steps.person === undefined ? undefined : person,
      factors: settings.factors,
      strengthOf: settings.strengthOf,
      rules: settings.rules,
      isDevice: ({ hash }) => known.has(hash),
      isExpected: interaction.isExpected,
      browser: interaction.browser,
      schedules: await schedules(),
    });
    return {
      context,
      interaction,
      facts: { ...facts, base: `/interaction/${uid}`, sendEvery: core.limits.sendEverySeconds * 1000 },
    };
  };

  const show = async (ctx: RouterContext): Promise<void> => {
    const loaded = await load(ctx);
    if (!loaded) return;
    const { context, facts } = loaded;
    const next = nextStep(context);
    // The dates were changed, and what is proved is enough now.
    if (next === 'finish') return seeOther(ctx, await settle(ctx, loaded, await withFreshPerson(context), next));
    // The address without a step is where the browser came in: going back to it shows the first page again, while that is open.
    const step: unknown = ctx.params['step'] ?? firstStep(context.order);
    if (openSteps(context).some((open) => open === step)) {
      // What was said of the last answer belongs to the step that comes next, not to a page gone back to.
      const { notice: _said, ...quiet } = context.steps;
      const current = step === next ? context : context.with({ steps: quiet });
      const shown = await withDelivery(current, step as StepName, core);
      const kind = usernamelessFactor(shown, step as StepName);
      const usernameless =
        kind === undefined ? undefined : await core.usernamelessSignIn.ask(kind, context.occasion('sign-in'));
      return draw(ctx, pageOf(shown, step as StepName, { ...facts, ...(usernameless ? { usernameless } : {}) }));
    }
    return seeOther(ctx, `${facts.base}/${next}`);
  };

  const answer = async (ctx: RouterContext): Promise<void> => {
    if (!frame.isOwnForm(ctx)) return refuseForeign(ctx);
    const form = await readForm(ctx, longFields);
    const language = frame.languageIn(form);
    if (form && language) return switchLanguage(ctx, form, language);
    const { uid, step } = ctx.params;
    const work = () => judge(ctx, form);
    const once = () =>
      answers.once([uid, step, ctx.get('Cookie'), form], work, () => `/interaction/${String(uid)}/now`);
    const location = await dedupe(ctx, form, claimed.has(String(step)) ? once : work);
    if (location !== undefined) seeOther(ctx, location);
  };

  /** The same page in another language, with what was typed; nothing is judged. */
  const switchLanguage = async (ctx: RouterContext, form: Form, language: Language): Promise<void> => {
    const loaded = await load(ctx);
    if (!loaded) return;
    const { context, interaction, facts } = loaded;
    const step = openSteps(context).find((open) => open === ctx.params['step']);
    frame.keepLanguage(ctx, language);
    if (step === undefined) return seeOther(ctx, current(facts));
    const kept = seal(withTyped(context.steps, step, form, longFields), context.uid);
    await engine.saveSteps(context.uid, interaction.version, kept, interaction.expiresAt);
    seeOther(ctx, `${facts.base}/${step}`);
  };

  /** Where the browser goes next, or `undefined` when it has its answer already. */
  const judge = async (ctx: RouterContext, form: Form | undefined): Promise<string | undefined> => {
    const loaded = await load(ctx, form);
    if (!loaded) return undefined;
    const { notice: _said, typed: _typed, ...steps } = loaded.context.steps;
    const context = loaded.context.with({ steps });
    const step = openSteps(context).find((open) => open === ctx.params['step']);
    if (step === undefined) return current(loaded.facts);
    if (form === undefined) {
      frame.refuse(ctx, 400, 'input_invalid', { client: context.client.id });
      return undefined;
    }

    const acted = await acts[step]({
      context,
      form,
      core,
      from: ctx.ip,
      browser: { tokens: knownBrowsers.read(ctx), keep: (token) => knownBrowsers.keep(ctx, token) },
    });
    const advanced = await advance(context, acted, core);
    if (advanced.kind === 'abort') {
      return engine.abort(ctx, context.uid, advanced.error, 'the sign-in was given up');
    }
    return settle(ctx, loaded, advanced.context, advanced.next);
  };

  /** Ends the sign-in, or keeps what it has reached; where the browser goes next. */
  const settle = async (
    ctx: RouterContext,
    { context: before, interaction, facts }: Loaded,
    context: SignInContext,
    next: Next,
  ): Promise<string> => {
    const finish = next === 'finish' ? finishOf(context, settings.acrs) : undefined;
    if (finish?.kind === 'sign-in') return complete(ctx, context, finish);
    if (finish?.kind === 'session') return engine.goOnAs(ctx, context.uid, finish.accountId);
    const steps = finish?.kind === 'refused' ? { ...context.steps, refused: { reason: finish.reason } } : context.steps;
    if (finish?.kind === 'again') return current(facts);
    const version = context.person && core.people.seen(context.person.id)?.version;
    const kept: SignInState = version === undefined ? steps : { ...steps, personVersion: version };
    const save = (version: string) =>
      engine.saveSteps(context.uid, version, seal(kept, context.uid), interaction.expiresAt);
    let saved = await save(interaction.version);
    // What this very answer has proved or activated is spent: a second click of it, which was refused for that, does not take it away again.
    for (let again = 0; saved === undefined && again < 8 && isGained(before.steps, kept); again += 1) {
      const opened = await engine.open(ctx, context.uid);
      const stands =
        opened.ok && opened.interaction.endedAt === undefined && unseal(opened.interaction.steps, context.uid);
      if (!stands || !isGained(stands, kept)) break;
      saved = await save(opened.interaction.version);
    }
    // Lost to another tab: that one's answer stands, and its step is shown.
    return saved === undefined ? current(facts) : `${facts.base}/${finish ? 'refused' : next}`;
  };

  const complete = async (
    ctx: RouterContext,
    context: SignInContext,
    { kind: _kind, ...result }: Extract<Finish, { readonly kind: 'sign-in' }>,
  ): Promise<string> => {
    const location = await engine.finish(ctx, context.uid, {
      ...result,
      ...(context.person ? { account: settings.accountOf(context.person) } : {}),
    });
    await trustBrowser(ctx, context, { core, devices });
    await rememberPlace(context, core.people);
    core.note(completed(context, result));
    return location;
  };

  const withFreshPerson = async (context: SignInContext): Promise<SignInContext> => {
    const { person } = context;
    return person ? context.with({ person: await core.people.get(person.id) }) : context;
  };

  /** Ended, by another tab or by time, between reading and ending it. */
  router.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof InteractionClosed)) throw error;
      refuseClosed(ctx, error.reason);
    }
  });
  router.get('/', show);
  router.get('/:step', show);
  router.post('/:step', answer);
  return router;
}

function seeOther(ctx: RouterContext, location: string): void {
  ctx.status = 303;
  ctx.redirect(location);
}

const firstStep = (order: InteractionSettings['order']): StepName =>
  order === 'key-first' ? 'choose-key' : 'password';

/** No step's own address: leads to the one that the sign-in has reached. */
const current = ({ base }: ShellFacts): string => `${base}/now`;
