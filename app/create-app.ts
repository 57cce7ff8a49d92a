/** Builds the server: the only file that knows every folder. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import type { MailSender } from '../adapters/mail/port.ts';
import type { SmsSender } from '../adapters/sms/port.ts';
import { withoutTrustedBrowsers } from '../accounts/trusted-browsers.ts';
import { usualFor } from '../accounts/usual-places.ts';
import type { Services } from '../admin/services.ts';
import { createFigureJob, type FigureJob } from '../audit/figure-job.ts';
import type { Membership } from '../cluster/membership.ts';
import { createEvenClock } from '../time/even-clock.ts';
import { createActivationCookie } from '../interactions/activation-cookie.ts';
import { createAssets } from '../interactions/assets.ts';
import { decisionRules, type DecisionRules } from '../interactions/decision-rules.ts';
import { orderOf } from '../interactions/first-steps.ts';
import { createDedupeAcrossNodes } from '../interactions/dedupe-across-nodes.ts';
import { createTrustedBrowserCookie } from '../interactions/trusted-browser-cookie.ts';
import { createDeviceGuard } from '../interactions/device-guard.ts';
import { createEnginePages } from '../interactions/engine-pages.ts';
import { createFrontPage } from '../interactions/front-page.ts';
import { createKnownBrowsersCookie } from '../interactions/known-browsers-cookie.ts';
import { createFrame, type Frame } from '../interactions/page-layout.ts';
import type { Factor } from '../factors/contract.ts';
import { personFacts } from '../digital-keys/key-changes.ts';
import { createInteractionRouter } from '../interactions/router.ts';
import { createFactorRoutes } from '../interactions/way-back.ts';
import type { InteractionServices } from '../interactions/services.ts';
import { createSessionGate } from '../interactions/session-gate.ts';
import type { InteractionSettings } from '../interactions/settings.ts';
import type { SignInState } from '../interactions/sign-in-state.ts';
import type { Renderer } from '../views/render.ts';
import { createEngine, type BuiltEngine } from '../provider/create-engine.ts';
import { createHealth } from '../provider/health.ts';
import { loadKeys, type EngineKeys } from '../provider/keys.ts';
import type { GuessingNetworks } from '../passwords/network-limits.ts';
import { accountOf } from './account-facts.ts';
import { createAuditWriter, type AuditWriter } from './audit-writer.ts';
import { createConfigurationWatch, type ConfigurationWatch } from './configuration-watch.ts';
import { createDelivery, type DeliveryJobs } from './delivery.ts';
import { createInteractionServices, openNetworks } from './interaction-services.ts';
import { joinNodes } from './join-cluster.ts';
import { createKeyJobs, type KeyJobs } from './key-jobs.ts';
import { factorFolders, openRenderer, publicFilesOf } from './drawing.ts';
import { engineSettings, frameSettings, serviceNames } from './module-settings.ts';
import { createNodeClock, type NodeClock } from './node-clock.ts';
import { createPurgeJob, type PurgeJob } from './purge-job.ts';
import { random } from './services.ts';
import { signInLimits } from './sign-in-limits.ts';
import { openSites } from './sites.ts';
import { createSweeper } from './sweeper.ts';
import { factorZone } from './zones.ts';

export interface App {
  readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Starts the background work: relay, outbox, sweeping. */
  start(): void;
  /** Finishes pending work, for at most some seconds. The services stay open. */
  stop(): Promise<void>;
  /** Delivers everything that is pending now, and waits until this process sends no message. */
  flush(): Promise<void>;
}

export interface AppParts {
  readonly services: Services;
  readonly mail: MailSender;
  readonly sms?: SmsSender;
}

export async function createApp({ services, mail, sms }: AppParts): Promise<App> {
  const { storage } = services;
  // The first start makes keys, which takes long, so it starts before everything else.
  const keys = loadKeys({ kept: services.keptKeys, clock: services.clock });
  keys.catch(() => undefined);
  const node = joinNodes(services);
  const nodeClock = createNodeClock(services, node);
  const { clock } = nodeClock;
  services.schedules.marksWhile(nodeClock.isRight);
  const settings = interactionSettings(services, decisionRules(services));
  const renderer = openRenderer(services);
  const frame = createFrame({ renderer, settings: frameSettings(services) });
  const writer = createAuditWriter(services);
  const delivery = createDelivery({
    services,
    clock,
    node,
    lines: writer.lines,
    renderer,
    mail,
    sms,
    reviewSessions: (id, options) => built.engine.reviewSessions(id, options),
  });
  const { outbox } = delivery;
  const networks = openNetworks(services);
  const core = createInteractionServices({ services, factors: settings.factors, nodeClock, writer, outbox, networks });
  const built = await openEngine({ services, keys, node, nodeClock, settings, frame, writer });
  const keyJobs = createKeyJobs({ services, outbox, use: built.useKeys, note: writer.note, leader: node });
  addRoutes(built, { services, node, nodeClock, settings, frame, core, renderer, networks, writer });
  const figureJob = createFigureJob({ ...services, leader: node });
  const even = createEvenClock({ clock, isRight: nodeClock.isRight });
  const purgeJob = createPurgeJob({ ...services, clock, even, leader: node });
  const configurationWatch = createConfigurationWatch({ services, leader: node });
  const sweeper = createSweeper({ ...services, isLeader: () => node.isLeader() });
  await storage.prepare?.();
  await node.enter();
  const { callback } = built;
  return {
    callback: (request, response) => storage.within?.(() => callback(request, response)) ?? callback(request, response),
    ...jobsOf({
      delivery,
      keyJobs,
      figureJob,
      purgeJob,
      configurationWatch,
      logouts: built.logouts,
      sweeper,
      writer,
      node,
    }),
  };
}

const interactionSettings = ({ settings }: Services, decided: DecisionRules): InteractionSettings => ({
  order: settings.signIn.order,
  acrs: settings.acr,
  client: (id) => decided.clients.get(id),
  everywhere: [...decided.clients.values()].map((client) => ({
    client,
    level: client.level,
    order: orderOf(settings.signIn, client),
  })),
  factors: decided.factors,
  strengthOf: decided.strengthOf,
  rules: decided.rules,
  accountOf,
});

interface PageParts {
  readonly services: Services;
  readonly nodeClock: NodeClock;
  readonly settings: InteractionSettings;
  readonly frame: Frame;
}

function openEngine({
  services,
  keys,
  node,
  nodeClock: { clock },
  settings,
  frame,
  writer,
}: PageParts & {
  readonly keys: Promise<EngineKeys>;
  readonly node: Membership;
  readonly writer: AuditWriter;
}): Promise<BuiltEngine> {
  const { people, schedules, storage, secretBox, log } = services;
  return createEngine({
    settings: { ...engineSettings(services), signInLimits: signInLimits(services) },
    storage,
    secretBox,
    clock,
    log,
    keys,
    audit: writer.note,
    leader: node,
    onSignOutEverywhere: async (id) => {
      await people.change(id, (person) => withoutTrustedBrowsers(person, 'sign-out', clock.now()));
    },
    accounts: {
      find: async (id) => {
        const person = await people.get(id);
        return person && accountOf(person);
      },
      isUnchanged: ({ id, person }) => person !== undefined && people.seen(id)?.person === person,
    },
    gate: createSessionGate({ people, settings, schedules: () => schedules.current(), clock }),
    pages: createEnginePages(
      frame,
      {
        service: serviceNames(services.settings),
        person: async (id) => {
          const person = await people.get(id);
          return person && personFacts(person).displayName;
        },
      },
      factorZone(services),
    ),
  });
}

function addRoutes(
  { app, engine, callback }: BuiltEngine,
  {
    services,
    node,
    nodeClock: { clock },
    settings,
    frame,
    core,
    renderer,
    networks,
    writer,
  }: PageParts & {
    readonly node: Membership;
    readonly core: InteractionServices;
    readonly renderer: Renderer;
    readonly networks: GuessingNetworks;
    readonly writer: Pick<AuditWriter, 'note'>;
  },
): void {
  const { storage, secretBox, schedules } = services;
  const { issuer } = services.settings;
  const trustedBrowsers = createTrustedBrowserCookie({ issuer, random });
  const activationCookie = createActivationCookie({ issuer, secretBox, clock });
  const router = createInteractionRouter({
    engine,
    core,
    frame,
    trustedBrowsers,
    activationCookie,
    knownBrowsers: createKnownBrowsersCookie({ issuer, lives: usualFor }),
    answers: createDedupeAcrossNodes({ storage, clock }),
    seal: (state, uid) => secretBox.seal(state, `sign-in state ${uid}`),
    unseal: (sealed, uid) =>
      typeof sealed === 'string'
        ? (secretBox.open(sealed, `sign-in state ${uid}`) as SignInState | undefined)
        : undefined,
    clock,
    schedules: () => schedules.current(),
    settings,
  });
  app.use(createHealth({ store: storage, proof: node, clockDifference: () => node.clockDifference() }));
  app.use(createAssets(factorFolders(services), publicFilesOf(services.settings)));
  app.use(async (ctx: Context, next) => (frame.switched(ctx) ? undefined : next()));
  app.use(createFrontPage(frame));
  app.use(router.routes());
  if (services.settings.clients.some(({ deviceGrant }) => deviceGrant))
    app.use(createDeviceGuard({ frame, networks, secretBox, clock, note: writer.note }));
  const settingsOf = (factor: Factor): unknown => services.toolsFor(factor).settings;
  app.use(createFactorRoutes({ frame, factor: core.factor, settingsOf }).routes());
  const trustedHere = (ctx: Context) => trustedBrowsers.read(ctx);
  const around = { trustedHere, activationCookie, callback, engine, networks };
  for (const site of openSites({ services, clock, frame, renderer, ...around })) app.use(site);
}

interface Jobs {
  readonly delivery: DeliveryJobs;
  readonly keyJobs: KeyJobs;
  readonly figureJob: FigureJob;
  readonly purgeJob: PurgeJob;
  readonly configurationWatch: ConfigurationWatch;
  readonly logouts: BuiltEngine['logouts'];
  readonly sweeper: ReturnType<typeof createSweeper>;
  readonly writer: AuditWriter;
  readonly node: Membership;
}

const jobsOf = ({
  delivery: { outbox, relay, reminders },
  keyJobs,
  figureJob,
  purgeJob,
  configurationWatch,
  logouts,
  sweeper,
  writer,
  node,
}: Jobs): Omit<App, 'callback'> => ({
  start() {
    outbox.start();
    relay.start();
    reminders.start();
    keyJobs.start();
    figureJob.start();
    purgeJob.start();
    configurationWatch.start();
    logouts.start();
    sweeper.start();
  },
  async stop() {
    await sweeper.stop();
    const jobs = [reminders, keyJobs, figureJob, purgeJob, configurationWatch, logouts];
    await Promise.all(jobs.map((job) => job.stop()));
    writer.flushRefusals();
    const delivered = relay.stop();
    await writer.lines.flush();
    await delivered;
    await writer.lines.flush();
    await writer.stop();
    await outbox.stop();
    await node.leave();
  },
  async flush() {
    const delivered = relay.flush();
    await writer.lines.flush();
    await delivered;
    await outbox.idle();
  },
});
