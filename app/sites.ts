/** Opens the web sites of the provider that this deployment has. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import { createDeskRecords } from '../admin/desk-records.ts';
import type { Services } from '../admin/services.ts';
import { createActivationLinks } from '../accounts/activation-links.ts';
import type { ActivationCookie } from '../interactions/activation-cookie.ts';
import { nameIn } from '../interactions/decision-rules.ts';
import type { Frame } from '../interactions/page-layout.ts';
import { enterFrom } from '../recovery/forgotten-networks.ts';
import type { Engine } from '../provider/interaction-session.ts';
import { activationPath, createActivationSite } from '../sites/activation/activation-site.ts';
import { createDesk, deskMaxAge, deskPath } from '../sites/desk/desk.ts';
import { createInProcessFetch } from '../sites/in-process-fetch.ts';
import { createSiteRelyingParty } from '../sites/relying-party.ts';
import type { GuessingNetworks } from '../passwords/network-limits.ts';
import { createNotMe } from '../sites/not-me/not-me.ts';
import { createSelfService, selfServicePath } from '../sites/self-service/self-service.ts';
import { createSiteSessions, siteSessions } from '../sites/site-sessions.ts';
import type { Clock } from '../time/clock.ts';
import type { Renderer } from '../views/render.ts';
import { factorZone } from './zones.ts';
import { random } from './services.ts';

export interface SitesParts {
  readonly services: Services;
  readonly clock: Clock;
  readonly frame: Frame;
  readonly renderer: Renderer;
  readonly engine: Pick<Engine, 'sessionsOf' | 'endSession'>;
  readonly networks: GuessingNetworks;
  readonly trustedHere: (ctx: Context) => ReadonlySet<string>;
  readonly activationCookie: ActivationCookie;
  /** Of this process. */
  readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

interface Opened {
  readonly id: string;
  readonly path: string;
  readonly maxAge?: number;
}

export function openSites(parts: SitesParts): readonly Middleware[] {
  const { services, clock, frame, renderer, engine, trustedHere, activationCookie, callback } = parts;
  const { settings, storage, secretBox, log } = services;
  const { issuer, sites } = settings;
  const fetch = createInProcessFetch((request, response) => void callback(request, response));
  const opened: Middleware[] = [notMe(parts)];
  if (settings.activation.enabled)
    opened.push(
      createActivationSite({
        frame,
        cookie: activationCookie,
        links: createActivationLinks({ ...services, clock }),
        relyingParty: createSiteRelyingParty(clientOf(issuer, 'rekey-activation', activationPath), fetch, clock),
      }),
    );
  if (!sites.selfService && !sites.desk) return opened;
  const documents = storage.collection(siteSessions);
  const ground = ({ id, path, ...how }: Opened) => ({
    services: { ...services, clock },
    frame,
    zone: factorZone(services),
    log,
    relyingParty: createSiteRelyingParty({ ...clientOf(issuer, id, path), ...how }, fetch, clock),
    sessions: createSiteSessions({ issuer, path, documents, secretBox, clock, random }),
  });
  if (sites.selfService)
    opened.push(
      createSelfService({
        ...ground({ id: 'rekey-self-service', path: selfServicePath }),
        trustedHere,
        sessionsOf: (ctx, person) => engine.sessionsOf(ctx, person),
        endSession: (person, id) => engine.endSession(person, id),
        nameOf: (client, language) => {
          const known = settings.clients.find(({ id }) => id === client);
          return known && nameIn(known.name ?? known.id)(language);
        },
      }),
    );
  if (sites.desk) {
    const desk = ground({ id: 'rekey-desk', path: deskPath, maxAge: deskMaxAge });
    const records = createDeskRecords(storage);
    opened.push(createDesk({ ...desk, renderer, services: { ...desk.services, records } }));
  }
  return opened;
}

const notMe = ({ services, clock, frame, networks }: SitesParts): Middleware =>
  createNotMe({
    services: { ...services, clock },
    frame,
    enter: (from, now) => enterFrom({ networks, secretBox: services.secretBox }, from, now),
  });

const clientOf = (issuer: string, id: string, path: string) => ({
  issuer,
  id,
  redirectUri: `${issuer}${path}/callback`,
  signedOutUri: `${issuer}${path}/signed-out`,
});
