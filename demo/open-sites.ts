/**
 * Opens the two sites of the demo: the sample services with the television, and the helper page with what plays card
 * reader and phone.
 */
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Services } from '../admin/services.ts';
import { levels } from '../factors/policy/types.ts';
import { cardReaderRoutes, cardResponder } from './card-reader/routes.ts';
import type { DemoState } from './demo-state.ts';
import { zoneOf } from './demo-zone.ts';
import type { Events } from './helper-page/events.ts';
import { helperPageRoutes } from './helper-page/routes.ts';
import { setLastDay } from './last-days.ts';
import { nationalApp } from './national-app/routes.ts';
import { relyingPartiesRoutes, type RelyingParties } from './relying-party/services.ts';
import { openSite, type Site } from './site.ts';
import { storyRoutes } from './story-routes.ts';
import { televisionRoutes, type TelevisionRoutes } from './television/routes.ts';

export interface SitesParts {
  readonly services: Services;
  readonly state: DemoState;
  readonly events: Events;
  readonly log: Logger;
  /** Starts afresh, when the visits of the sample services are ended. A sentence if it could not be finished. */
  readonly startAfresh: () => Promise<string | undefined>;
}

/** Rejects with `PortTaken`; the first site is closed again if the second cannot open. */
export async function openSites(parts: SitesParts): Promise<readonly Site[]> {
  const { services, state, log } = parts;
  const { listen, demo } = services.settings;
  const { host } = listen;
  const parties = relyingParties(parts);
  const television = televisionOf(parts);
  const endVisits = (): void => {
    parties.endVisits();
    television?.endVisits();
  };
  const relyingParty = await openSite({
    host,
    port: demo.relyingPartyPort,
    variable: 'REKEY_DEMO_RELYING_PARTY_PORT',
    log,
    routes: inTurn(
      storyRoutes({ state, setLastDay: (day, factor) => setLastDay(services, day, factor) }),
      television ? inTurn(television.pages, parties.pages) : parties.pages,
    ),
    forPrograms: television ? inTurn(television.told, parties.told) : parties.told,
  });
  const helperPage = await openSite({
    host,
    port: demo.helperPort,
    variable: 'REKEY_DEMO_HELPER_PORT',
    log,
    routes: helperRoutes(parts, endVisits),
    forPrograms: servicesOfOthers(services, state),
  }).catch(async (error: unknown) => {
    await relyingParty.close();
    throw error;
  });
  const close = (): Promise<void> => {
    television?.endVisits();
    return relyingParty.close();
  };
  return [{ ...relyingParty, close }, helperPage];
}

/** What all sample services and the television are given. */
const commonOf = ({ services, state, log }: SitesParts) => ({
  issuer: services.settings.issuer,
  levels: new Map(levels.map((level) => [services.settings.acr[level], level])),
  zone: zoneOf(services),
  helperPage: state.addresses.helperPage,
  log,
});

function televisionOf(parts: SitesParts): TelevisionRoutes | undefined {
  const { television } = parts.state.addresses;
  return television && televisionRoutes({ ...commonOf(parts), television });
}

function relyingParties(parts: SitesParts): RelyingParties {
  const { services, state } = parts;
  const { addresses } = state;
  return relyingPartiesRoutes({
    ...commonOf(parts),
    origin: addresses.relyingParty,
    services: addresses.services.map((service) => ({
      ...service,
      post: clientOf(services, service.id)?.tokenEndpointAuthMethod === 'client_secret_post',
    })),
    keyName: state.keyName,
    television: addresses.television,
    myKeys: addresses.myKeys,
    story: () => state.story(),
  });
}

const clientOf = ({ settings }: Services, id: string) => settings.clients.find((client) => client.id === id);

function helperRoutes({ services, state, events, startAfresh }: SitesParts, endVisits: () => void): Middleware {
  const { settings, clock } = services;
  const now = () => clock.now();
  const setDay = (day: Parameters<typeof setLastDay>[1], factor: string) => setLastDay(services, day, factor);
  return inTurn(
    inTurn(
      storyRoutes({ state, setLastDay: setDay }),
      helperPageRoutes({
        state,
        events,
        setLastDay: setDay,
        startAfresh() {
          endVisits();
          return startAfresh();
        },
        now,
      }),
    ),
    cardReaderRoutes({
      provider: new URL(settings.issuer).origin,
      helperPage: state.addresses.helperPage,
      now,
    }),
  );
}

/** What our provider asks outside: whether a card was revoked, and the provider of a national app. */
function servicesOfOthers({ settings, clock }: Services, state: DemoState): Middleware {
  const { helperPage } = state.addresses;
  const now = () => clock.now();
  const citizens = async () =>
    (await state.people()).map(({ username, displayName }) => ({ sub: `citizen ${username}`, name: displayName }));
  return inTurn(cardResponder({ now }), nationalApp({ ours: settings.issuer, helperPage, people: citizens, now }));
}

const inTurn =
  (first: Middleware, second: Middleware): Middleware =>
  (ctx, next) =>
    first(ctx, () => second(ctx, next) as Promise<void>) as Promise<void>;
