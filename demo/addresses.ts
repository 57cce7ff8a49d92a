/** Addresses and ports of a demo, and what each of its services asks for. */
import type { Services } from '../admin/services.ts';
import type { Settings } from '../config/schema.ts';
import type { FurtherStep } from './demo-people.ts';

export interface DemoClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** One relying party of the sample server. */
export interface DemoService extends DemoClient {
  readonly name: string;
  /** Where people open it; ends in `/`. */
  readonly address: string;
  /** Empty, or `/<id>`. */
  readonly path: string;
  /** The least level of a sign-in here. */
  readonly level: string;
  /** Factors that it accepts; absent: all. */
  readonly accepts?: readonly string[];
  /** Whether people are asked before it gets anything about them. */
  readonly thirdParty: boolean;
  /** The first API that it may ask, with all that it may ask there; absent: none. */
  readonly api?: { readonly resource: string; readonly scopes: readonly string[] };
}

/** A device without a keyboard (RFC 8628). */
export type DemoTelevision = Pick<DemoService, 'id' | 'name' | 'address' | 'path'>;

export interface DemoAddresses {
  readonly issuer: string;
  readonly relyingParty: string;
  readonly helperPage: string;
  /** The first of `services`. */
  readonly client: DemoClient;
  readonly services: readonly DemoService[];
  /** Where the deployment has a further client for devices. */
  readonly television?: DemoTelevision;
  /** *My digital keys*, where the deployment has them. */
  readonly myKeys?: string;
  /** The registration desk, where the deployment has one. */
  readonly desk?: string;
}

export function addressesOf({ settings }: Pick<Services, 'settings'>): DemoAddresses {
  const { demo, clients, issuer } = settings;
  const relyingParty = `http://localhost:${demo.relyingPartyPort}`;
  const played = [demo.client, ...demo.furtherClients].flatMap((id, index) => {
    const client = clients.find((one) => one.id === id);
    if (client === undefined) return [];
    const api = settings.apis.find(({ clients: asking }) => Object.hasOwn(asking, id));
    const service: DemoService = {
      ...serviceOf(client, relyingParty, index === 0 ? '' : `/${id}`),
      ...(api && { api: { resource: api.resource, scopes: api.clients[id] ?? [] } }),
    };
    return [{ service, isDevice: index > 0 && client.deviceGrant }];
  });
  const services = played.filter(({ isDevice }) => !isDevice).map(({ service }) => service);
  const device = played.find(({ isDevice }) => isDevice)?.service;
  const { secret = '' } = services[0] ?? {};
  return {
    issuer,
    relyingParty,
    helperPage: `http://localhost:${demo.helperPort}`,
    client: { id: demo.client, secret, redirectUri: `${relyingParty}/callback` },
    services,
    ...(device && { television: { id: device.id, name: device.name, address: device.address, path: device.path } }),
    ...(settings.sites.selfService ? { myKeys: `${issuer}/my` } : {}),
    ...(settings.sites.desk ? { desk: `${issuer}/desk` } : {}),
  };
}

function serviceOf(
  { id, name = id, secret = '', level, accepts, thirdParty }: Settings['clients'][number],
  origin: string,
  path: string,
): DemoService {
  return {
    id,
    name: typeof name === 'string' ? name : (name['en'] ?? id),
    secret,
    address: `${origin}${path}/`,
    path,
    redirectUri: `${origin}${path}/callback`,
    level,
    thirdParty,
    ...(accepts === undefined ? {} : { accepts }),
  };
}

/** The addresses in the place of `{issuer}`, `{relyingParty}` and `{helperPage}`. */
export function withAddresses({ title, address, says }: FurtherStep, addresses: DemoAddresses): FurtherStep {
  const { issuer, relyingParty, helperPage } = addresses;
  const filled = (text: string) =>
    text
      .replaceAll('{issuer}', issuer)
      .replaceAll('{relyingParty}', relyingParty)
      .replaceAll('{helperPage}', helperPage);
  return { title, address: filled(address), says: filled(says) };
}
