/** Addresses and ports of a demo, and what each of its services asks for. */
import type { Services } from '../admin/services.ts';
import type { Settings } from '../config/schema.ts';

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
}

export interface DemoAddresses {
  readonly issuer: string;
  readonly relyingParty: string;
  readonly helperPage: string;
  /** The first of `services`. */
  readonly client: DemoClient;
  readonly services: readonly DemoService[];
  /** *My digital keys*, where the deployment has them. */
  readonly myKeys?: string;
  /** The registration desk, where the deployment has one. */
  readonly desk?: string;
}

export function addressesOf({ settings }: Pick<Services, 'settings'>): DemoAddresses {
  const { demo, clients, issuer } = settings;
  const relyingParty = `http://localhost:${demo.relyingPartyPort}`;
  const services = [demo.client, ...demo.furtherClients].flatMap((id, index): readonly DemoService[] => {
    const client = clients.find((one) => one.id === id);
    return client === undefined ? [] : [serviceOf(client, relyingParty, index === 0 ? '' : `/${id}`)];
  });
  const { secret = '' } = services[0] ?? {};
  return {
    issuer,
    relyingParty,
    helperPage: `http://localhost:${demo.helperPort}`,
    client: { id: demo.client, secret, redirectUri: `${relyingParty}/callback` },
    services,
    ...(settings.sites.selfService ? { myKeys: `${issuer}/my` } : {}),
    ...(settings.sites.desk ? { desk: `${issuer}/desk` } : {}),
  };
}

function serviceOf(
  { id, name = id, secret = '', level, accepts }: Settings['clients'][number],
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
    ...(accepts === undefined ? {} : { accepts }),
  };
}

/** A sentence with the addresses in the place of `{relyingParty}` and `{helperPage}`. */
export const withAddresses = (text: string, { relyingParty, helperPage }: DemoAddresses): string =>
  text.replaceAll('{relyingParty}', relyingParty).replaceAll('{helperPage}', helperPage);
