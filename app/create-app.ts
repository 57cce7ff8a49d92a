/** Puts the server together: the only file that knows every room. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import type { MailSender } from '../adapters/mail/port.ts';
import type { SmsSender } from '../adapters/sms/port.ts';
import { createKeyJobs } from './key-jobs.ts';
import type { Services } from '../admin/services.ts';
import { openSmsLimits, writerOf } from './sms.ts';
import { engineSettings, factorZone, frameSettings, productNames } from './module-settings.ts';
import { batchAppends } from '../audit/batched-appends.ts';
import { createCountedRefusals } from '../audit/counted-refusals.ts';
import { createRetriedAppends } from '../audit/retried-appends.ts';
import { random } from './services.ts';
import type { FactorId } from '../factors/contract.ts';
import { createSendMessages } from '../messages/send-messages.ts';
import { createChangeAddress } from '../factors/change-address.ts';
import { createEnrolKey } from '../factors/enrol-key.ts';
import { createEmailVerification } from '../factors/email-verification.ts';
import { effective } from '../factors/policy/lifecycle.ts';
import type { EffectiveSchedule } from '../factors/policy/types.ts';
import type { Alarm } from '../factors/attempt-counter.ts';
import { createVerifyKey } from '../factors/verify-key.ts';
import { createUsernamelessSignIn } from '../factors/usernameless.ts';
import { createReminders } from '../schedules/reminders.ts';
import { decisionRules } from '../interactions/decision-rules.ts';
import { createKnownBrowsersCookie } from '../interactions/known-browsers-cookie.ts';
import { usualFor } from '../accounts/usual-places.ts';
import { createDeviceCookie } from '../interactions/device-cookie.ts';
import { createDedupeAcrossNodes } from '../interactions/dedupe-across-nodes.ts';
import { createEnginePages } from '../interactions/engine-pages.ts';
import { createFrame } from '../interactions/page-layout.ts';
import { createFrontPage } from '../interactions/front-page.ts';
import type { InteractionServices } from '../interactions/services.ts';
import type { SignInState } from '../interactions/sign-in-state.ts';
import { createInteractionRouter } from '../interactions/router.ts';
import type { InteractionSettings } from '../interactions/settings.ts';
import { createSessionGate } from '../interactions/session-gate.ts';
import { createHealth } from '../provider/health.ts';
import { createGuessingNetworks } from '../passwords/network-limits.ts';
import { createOutbox } from '../messages/outbox.ts';
import { createPasswordChecks } from '../passwords/check-password.ts';
import { circumstancesOf } from '../accounts/circumstances.ts';
import { newPendingId } from '../accounts/person-store.ts';
import { createSessionReviews } from '../messages/session-reviews.ts';
import type { AuditEvent, Person } from '../accounts/person.ts';
import { withoutDevices } from '../accounts/trusted-browsers.ts';
import { createRelay } from '../messages/relay.ts';
import type { Engine } from '../provider/interaction-session.ts';
import { accountOf } from './account-facts.ts';
import { signInLimits } from './sign-in-limits.ts';
import { createSweeper } from './sweeper.ts';
import { joinNodes } from './join-cluster.ts';
import { createNodeClock } from './node-clock.ts';
import { createEngine } from '../provider/create-engine.ts';
import { loadKeys } from '../provider/keys.ts';
import { createAssets } from '../interactions/assets.ts';
import { createRenderer } from '../views/render.ts';

export interface App {
  readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Begins the work behind the pages: relay, outbox, sweeping. */
  start(): void;
  /** Finishes what is owed, at most some seconds. The house stays open. */
  stop(): Promise<void>;
  /** Carries everything that is owed at this moment. */
  flush(): Promise<void>;
}

const auditGatheredMs = 150;

export async function createApp({
  services,
  mail,
  sms,
}: {
  readonly services: Services;
  readonly mail: MailSender;
  readonly sms?: SmsSender;
}): Promise<App> {
  const { settings, log, registry, storage, secretBox, people, schedules } = services;
  // The first start makes keys, which takes a while: begun before everything else.
  const keys = loadKeys({ kept: services.keptKeys, clock: services.clock });
  keys.catch(() => undefined);
  const node = joinNodes(services);
  const { clock, isRight, toolsFor } = createNodeClock(services, node);
  schedules.marksWhile(isRight);

  const decided = decisionRules(services);

  const names = productNames(settings.name);
  const renderer = createRenderer({
    factorFolders: Object.fromEntries(registry.all().map(({ id }) => [id, registry.folder(id)])),
    products: names,
    zone: factorZone(services),
    report: (fault) => log.error({ event: 'text.missing', fault }),
  });
  const frame = createFrame({ renderer, settings: frameSettings(services) });

  const lines = batchAppends(services.audit, auditGatheredMs);
  const outbox = createOutbox({
    storage,
    secretBox,
    clock,
    log,
    senders: { email: mail, ...(sms && { sms }) },
    render: writerOf(renderer),
    audit: (entries) => lines.append(entries),
    givenUp: (id, message) => reminders.givenUp(id, message),
    domain: new URL(settings.issuer).hostname,
    leader: node,
  });
  const reminders = createReminders({
    people,
    schedules: () => schedules.current(),
    clock,
    log,
    daysBefore: settings.reminders.daysBefore,
    isOffered: (id) => settings.factors[id]?.enabled === true,
    leader: node,
  });
  const reviews = createSessionReviews(storage);
  const reviewSessions: Engine['reviewSessions'] = (id, options) => engine.reviewSessions(id, options);
  const relay = createRelay({
    people,
    others: [schedules, { carryOver: () => reviews.carry(reviewSessions), onPending: () => {} }],
    outbox,
    audit: lines,
    reviewSessions,
    clock,
    log,
    leader: node,
  });
  const noted = createRetriedAppends({ log });
  const noting =
    (append: (entries: Parameters<typeof lines.append>[0]) => Promise<void>) =>
    (event: AuditEvent): void => {
      noted.note(append, [{ id: newPendingId(), event }]);
    };
  const refusals = createCountedRefusals(noting((entries) => lines.append(entries)));
  const note = (event: AuditEvent): void => refusals.note(event);

  const scheduleOf = async (
    factor: FactorId,
    person: Person,
    client: string,
  ): Promise<EffectiveSchedule | undefined> => {
    const schedule = (await schedules.current())[factor];
    return schedule && effective(schedule, circumstancesOf(person, client), clock.now());
  };
  const smsLimits = openSmsLimits(services, note);
  const sendMessages = createSendMessages({
    people,
    limits: settings.limits,
    smsLimits,
    queue: (items) => outbox.queue(items),
  });
  const enabledIds = new Set(decided.factors.map(({ factor }) => factor.id));
  const offered = { get: (id: FactorId) => (enabledIds.has(id) ? registry.get(id) : undefined) };
  const proofParts = {
    people,
    registry: offered,
    sealing: services.sealing,
    limits: settings.limits,
    sendMessages,
    scheduleOf,
    toolsFor,
    note,
    alarm: ({ level, facts }: Alarm) => log[level](facts),
  };
  const proofs = createVerifyKey(proofParts);
  const core: InteractionServices = {
    people,
    passwordChecks: createPasswordChecks({
      people,
      passwords: services.passwords,
      storage,
      secretBox,
      networks: createGuessingNetworks({
        storage,
        perHour: settings.limits.wrongFromNetworkPerHour,
        onFull: (network) => log.warn({ event: 'password.network-paused', network }),
      }),
      limits: settings.limits,
      random,
    }),
    proofs,
    usernamelessSignIn: createUsernamelessSignIn({ ...proofParts, proofs }),
    enrolling: createEnrolKey(proofParts),
    enrolments: services.enrolments,
    emailVerification: createEmailVerification({
      people,
      secretBox,
      random,
      clock,
      limits: settings.limits,
      lifetimeMinutes: 5,
      sendMessages,
      addresses: createChangeAddress({ registry, sealing: services.sealing }),
      note,
    }),
    limits: settings.limits,
    delivery: (ids) => outbox.delivery(ids),
    factor: offered.get,
    note,
    mention: noting((entries) => lines.appendPatiently(entries)),
  };

  const interactionSettings: InteractionSettings = {
    order: settings.signIn.order,
    acrs: settings.acr,
    client: (id) => decided.clients.get(id),
    factors: decided.factors,
    strengthOf: decided.strengthOf,
    rules: decided.rules,
    accountOf,
  };
  const { app, engine, useKeys, callback } = await createEngine({
    settings: { ...engineSettings(services), signInLimits: signInLimits(services) },
    storage,
    secretBox,
    clock,
    log,
    keys,
    audit: note,
    onSignOutEverywhere: async (id) => {
      await people.change(id, (person) => withoutDevices(person, 'sign-out', clock.now()));
    },
    accounts: {
      find: async (id) => {
        const person = await people.get(id);
        return person && accountOf(person);
      },
      isUnchanged: ({ id, person }) => person !== undefined && people.seen(id)?.person === person,
    },
    gate: createSessionGate({ people, settings: interactionSettings, schedules: () => schedules.current(), clock }),
    pages: createEnginePages(frame),
  });

  const keyJobs = createKeyJobs({ services, outbox, use: useKeys, note, leader: node });
  const router = createInteractionRouter({
    engine,
    core,
    frame,
    devices: createDeviceCookie({ issuer: settings.issuer, random }),
    knownBrowsers: createKnownBrowsersCookie({ issuer: settings.issuer, lives: usualFor }),
    answers: createDedupeAcrossNodes({ storage, clock }),
    seal: (steps, uid) => secretBox.seal(steps, `steps ${uid}`),
    unseal: (sealed, uid) =>
      typeof sealed === 'string' ? (secretBox.open(sealed, `steps ${uid}`) as SignInState | undefined) : undefined,
    clock,
    schedules: () => schedules.current(),
    settings: interactionSettings,
  });
  app.use(createHealth(storage, () => node.clockDifference()));
  app.use(createAssets());
  app.use(async (ctx: Context, next) => (frame.switched(ctx) ? undefined : next()));
  app.use(createFrontPage(frame));
  app.use(router.routes());

  const sweeper = createSweeper({ ...services, held: () => node.held() });
  await storage.prepare?.();
  await node.enter();
  return {
    callback: (request, response) => storage.within?.(() => callback(request, response)) ?? callback(request, response),
    start() {
      outbox.start();
      relay.start();
      reminders.start();
      keyJobs.start();
      sweeper.start();
    },
    async stop() {
      await sweeper.stop();
      await Promise.all([reminders.stop(), keyJobs.stop()]);
      refusals.flush();
      const carried = relay.stop();
      await lines.flush();
      await carried;
      await lines.flush();
      await noted.stop();
      await outbox.stop();
      await node.leave();
    },
    async flush() {
      const carried = relay.flush();
      await lines.flush();
      await carried;
    },
  };
}
