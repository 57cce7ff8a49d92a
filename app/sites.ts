/** Opens the web sites of the provider that this deployment has. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Services } from '../admin/services.ts';
import type { Frame } from '../interactions/page-layout.ts';
import { createInProcessFetch } from '../sites/in-process-fetch.ts';
import { createSiteRelyingParty } from '../sites/relying-party.ts';
import { createSelfService, selfServicePath } from '../sites/self-service/self-service.ts';
import { createSiteSessions } from '../sites/site-sessions.ts';
import type { Clock } from '../time/clock.ts';
import { factorZone } from './zones.ts';
import { random } from './services.ts';

export interface SitesParts {
  readonly services: Services;
  readonly clock: Clock;
  readonly frame: Frame;
  readonly trustedHere: (ctx: Context) => ReadonlySet<string>;
  /** Of this process. */
  readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export function openSites({ services, clock, frame, trustedHere, callback }: SitesParts): readonly Middleware[] {
  const { settings, storage, secretBox, log } = services;
  if (!settings.sites.selfService) return [];
  const { issuer } = settings;
  const fetch = createInProcessFetch((request, response) => void callback(request, response));
  const client = {
    issuer,
    id: 'rekey-self-service',
    redirectUri: `${issuer}${selfServicePath}/callback`,
    signedOutUri: `${issuer}${selfServicePath}/signed-out`,
  };
  return [
    createSelfService({
      services: { ...services, clock },
      frame,
      trustedHere,
      zone: factorZone(services),
      log,
      relyingParty: createSiteRelyingParty(client, fetch),
      sessions: createSiteSessions({ issuer, path: selfServicePath, storage, secretBox, clock, random }),
    }),
  ];
}
