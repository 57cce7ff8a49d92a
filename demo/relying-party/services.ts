/**
 * All relying parties of the demo, each as anybody would write one: the first at the root of the site, the others below
 * paths of their own.
 */
import type { Middleware } from 'koa';
import type { DemoService, DemoTelevision } from '../addresses.ts';
import { relyingPartyRoutes, type RelyingPartyParts, type RelyingPartyRoutes } from './routes.ts';

export interface RelyingPartiesParts extends Pick<
  RelyingPartyParts,
  'issuer' | 'levels' | 'zone' | 'helperPage' | 'myKeys' | 'log'
> {
  /** The steps of the first service's start page. */
  readonly story: RelyingPartyParts['story'];
  readonly origin: string;
  readonly services: readonly (DemoService & { readonly post: boolean })[];
  readonly television: DemoTelevision | undefined;
  /** The name of a factor on the pages. */
  readonly keyName: (factor: string) => string;
}

/** All of them as one site. */
export type RelyingParties = RelyingPartyRoutes;

const named = ({ name: called, address }: Pick<DemoService, 'name' | 'address'>) => ({ called, address });
const howItDiffers = ({ thirdParty }: DemoService): string =>
  thirdParty ? 'A service of somebody else, which needs your permission' : 'Another service that asks something else';

export function relyingPartiesRoutes({
  services,
  television,
  keyName,
  origin,
  story,
  ...common
}: RelyingPartiesParts): RelyingParties {
  const routes = services.map((service, index) => {
    const { id, secret, post, path, name, level, accepts, thirdParty, api } = service;
    return relyingPartyRoutes({
      ...common,
      // The story begins at the first one.
      story: index === 0 ? story : async () => [],
      origin,
      path,
      name,
      client: { id, secret, post },
      cookie: index === 0 ? 'rp_visit' : `rp_visit_${index}`,
      asks: { level, keys: accepts?.map((factor) => keyName(factor)), consent: thirdParty, api },
      others: [
        ...services
          .filter((other) => other !== service)
          .map((other) => ({ ...named(other), says: howItDiffers(other) })),
        ...(television ? [{ ...named(television), says: 'A device without a keyboard, which shows a code' }] : []),
      ],
    });
  });
  const ofPath = (kind: 'pages' | 'told'): Middleware => {
    return (ctx, next) => {
      const mine = services.findIndex(({ path }) => path !== '' && `${ctx.path}/`.startsWith(`${path}/`));
      return routes[Math.max(0, mine)]?.[kind](ctx, next) ?? next();
    };
  };
  return {
    pages: ofPath('pages'),
    told: ofPath('told'),
    endVisits() {
      for (const route of routes) route.endVisits();
    },
  };
}
