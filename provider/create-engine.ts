/** Builds the engine. The Provider is the koa app: other folders add their middleware with `app.use`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Provider } from 'oidc-provider';
import type { Clock } from '../time/clock.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Storage } from '../adapters/storage/port.ts';
import { createApis } from './apis.ts';
import { createConsentRules } from './asked-consent.ts';
import { createHandOver, type Accounts } from './accounts.ts';
import { createBrowserSecret } from './browser-secret.ts';
import { createClients, type Clients } from './clients.ts';
import { createProvider } from './create-provider.ts';
import { routes } from './routes.ts';
import { createInteractionSession, type Engine } from './interaction-session.ts';
import { systemScheduler, type Scheduler } from '../time/scheduler.ts';
import { createActionStatus } from './action-status.ts';
import { createBackchannelLogouts, type BackchannelLogouts } from './backchannel-logouts.ts';
import { createDeviceCodes } from './device-codes.ts';
import { createClientAuthAnswer } from './client-auth-answer.ts';
import { createFindAccount } from './find-account.ts';
import { createErrorBoundary } from './error-page.ts';
import { observe, type Audit } from './events.ts';
import { createHostCheck } from './host-check.ts';
import { createInteractionPolicy } from './interaction-policy.ts';
import { createJudgement, type Gate } from './judgement.ts';
import { openKeptKeys } from './kept-keys.ts';
import { loadKeys, type EngineKeys } from './keys.ts';
import { createForwardedAddress } from './forwarded-address.ts';
import { createReplaceableCookieKeys, putSigningKeys } from './live-keys.ts';
import { methodsOf } from './methods.ts';
import { createFormPostPage } from './form-post-page.ts';
import type { Pages } from './pages.ts';
import { cookiesOf } from './cookies.ts';
import { createSignInLimit } from './new-sign-ins.ts';
import { createLateAnswer } from './initiate-login.ts';
import { createOneSpelling } from './one-spelling.ts';
import { createPostToGet } from './post-to-get.ts';
import { createGrantedScope } from './granted-scope.ts';
import { createSignOutWithout } from './sign-out-without.ts';
import { createSecurityHeaders } from './security-headers.ts';
import type { EngineSettings } from './settings.ts';
import { createSessionEnds, type SessionEnds } from './session-ends.ts';
import { createStorageBridge, type StorageBridge } from './storage-bridge.ts';
import { takeLogouts } from './take-logouts.ts';
import { createResponseModeOfRequestObject } from './request-object-errors.ts';

export interface EngineParts {
  readonly settings: EngineSettings;
  readonly storage: Storage;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly scheduler?: Scheduler;
  /** Whether this process is the leader, which repeats failed log-outs. Default: it is. */
  readonly leader?: { isLeader(): boolean; onElected(listener: () => void): void };
  readonly accounts: Accounts;
  readonly gate: Gate;
  readonly pages: Pages;
  readonly audit?: Audit;
  /** Called when all sessions of an account are ended, for what must end with them. */
  readonly onSignOutEverywhere?: (accountId: string) => Promise<void>;
  /** From `loadKeys`, called early: making keys takes a few hundred milliseconds at the very first start. */
  readonly keys?: Promise<EngineKeys>;
}

export interface BuiltEngine {
  readonly app: Provider;
  readonly engine: Engine;
  /** To be started and stopped. */
  readonly logouts: Pick<BackchannelLogouts, 'start' | 'stop'>;
  /** Replaces the signing and cookie keys. Throws, and changes nothing, if the engine refuses them. */
  readonly useKeys: (keys: EngineKeys) => void;
  /** For `http.createServer`. Add all middleware before the first request. */
  readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

const alone = { isLeader: () => true, onElected: () => {} };

/** Throws a TypeError if the issuer is not a bare origin. */
export async function createEngine(parts: EngineParts): Promise<BuiltEngine> {
  const { settings, storage, clock, log, pages, accounts, gate } = parts;
  refuseOtherThanOrigin(settings.issuer);
  const keys = await (parts.keys ?? loadKeys({ kept: openKeptKeys(storage, parts.secretBox), clock }));
  const cookieKeys = createReplaceableCookieKeys(keys.cookieKeys);
  const clients = createClients(settings.clients, keys.pairwiseSalt);
  const refresh = { graceSeconds: settings.refreshGraceSeconds ?? 20, secretBox: parts.secretBox };
  const bridge = createStorageBridge({ storage, clock, refresh });
  const browsers = createBrowserSecret({ issuer: settings.issuer, seconds: settings.interactionSeconds });
  const handOver = createHandOver(clock, accounts.isUnchanged?.bind(accounts));
  const judgement = createJudgement({ gate, clients, accounts, settings });
  const consents = createConsentRules(clients, createApis(settings.apis ?? []));
  const ends = createSessionEnds({ provider: () => app, judgement, clients, accounts, bridge, logouts: () => logouts });
  const policy = createInteractionPolicy({
    settings,
    judgement,
    clients,
    consents,
    browsers,
    clock,
    sessionFails: (ctx) => ends.ofRequest(ctx),
  });
  const app: Provider = createProvider({
    settings,
    keys,
    cookieKeys,
    clients,
    consents,
    bridge,
    browsers,
    pages,
    deviceCodes: createDeviceCodes(clock),
    clock,
    judgement,
    findAccount: createFindAccount({ accounts, handOver, judgement, clients, acrs: settings.acrs }),
    policy,
  });
  const logouts = openLogouts(app, parts);
  observe(app, { log, clock, audit: parts.audit });
  useMiddleware(app, parts, clients);
  const engine = createInteractionSession({
    provider: app,
    interactions: bridge.interactions,
    handOver,
    browsers,
    clients,
    clock,
    ...sessionsOfAccounts(parts, bridge, ends),
  });
  return {
    app,
    engine,
    logouts,
    useKeys(next) {
      putSigningKeys(app, next);
      cookieKeys.put(next.cookieKeys);
    },
    callback: callbackOf(app, settings),
  };
}

const sessionsOfAccounts = (
  parts: EngineParts,
  bridge: Pick<StorageBridge, 'endSessions' | 'sessionsOf'>,
  ends: Pick<SessionEnds, 'ofAccount' | 'ofSession'>,
) => ({
  async endSessions(accountId: string) {
    await parts.onSignOutEverywhere?.(accountId);
    await bridge.endSessions(accountId);
  },
  reviewSessions: (accountId: string, options: { readonly all: boolean }) => ends.ofAccount(accountId, options),
  sessionsOf: (accountId: string) => bridge.sessionsOf(accountId),
  endSession: (accountId: string, id: string) => ends.ofSession(accountId, id),
});

function openLogouts(app: Provider, parts: EngineParts): BackchannelLogouts {
  const { storage, clock, log, scheduler = systemScheduler, leader = alone, audit } = parts;
  return takeLogouts(
    app,
    (send) => createBackchannelLogouts({ storage, clock, log, scheduler, leader, send, audit }),
    scheduler,
  );
}

function refuseOtherThanOrigin(issuer: string): void {
  if (new URL(issuer).origin !== issuer)
    throw new TypeError('The issuer must be an origin: scheme and host, no path, no slash at the end.');
}

/** The middleware before the engine, in this order. */
function useMiddleware(app: Provider, { settings, clock, log, pages }: EngineParts, clients: Clients): void {
  app.use(createSecurityHeaders(settings));
  app.use(createHostCheck(app, settings, (hosts) => log.warn({ event: 'host.refused', hosts })));
  app.use(createErrorBoundary(pages, methodsOf));
  app.use(createOneSpelling());
  app.use(createClientAuthAnswer(settings.issuer));
  app.use(createLateAnswer(app, { clients, issuer: settings.issuer, clock }));
  app.use(createFormPostPage(pages));
  app.use(createActionStatus());
  app.use(createPostToGet([routes.authorization, routes.end_session]));
  app.use(createSignOutWithout(app, routes.end_session, (why) => log.warn({ event: 'sign-out.not-as-asked', ...why })));
  app.use(createGrantedScope());
  if (settings.signInLimits) {
    const { session } = cookiesOf(settings.issuer).names;
    const paths = [
      routes.authorization,
      routes.end_session,
      ...(clients.signInDevices ? [routes.code_verification] : []),
    ];
    app.use(createSignInLimit(paths, { limits: settings.signInLimits, clock, pages, session }));
  }
  app.use(createResponseModeOfRequestObject(routes.authorization));
}

function callbackOf(app: Provider, { proxy }: EngineSettings): BuiltEngine['callback'] {
  // Koa fixes its middleware when the handler is created, and other folders add theirs after this.
  let handle: ReturnType<Provider['callback']> | undefined;
  const forwarded = createForwardedAddress(proxy);
  return (request, response) => {
    forwarded(request);
    return (handle ??= app.callback())(request, response);
  };
}
