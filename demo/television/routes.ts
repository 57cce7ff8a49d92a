/** The screen of the television, its two buttons, and what the provider tells it. On the site of the sample services. */
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { DemoTelevision } from '../addresses.ts';
import { readPages } from '../pages.ts';
import { explain } from '../relying-party/explain.ts';
import { createLogoutTaker } from '../relying-party/logout-token.ts';
import type { RelyingPartyRoutes } from '../relying-party/routes.ts';
import { createTelevision, type Screen } from './television.ts';

export interface TelevisionRoutesParts {
  readonly issuer: string;
  readonly television: DemoTelevision;
  /** Name of a level by its `acr` value. */
  readonly levels: ReadonlyMap<string, string>;
  readonly zone: string;
  readonly helperPage: string;
  readonly log: Logger;
}

/** `endVisits` stops its questions too, so that the process can end. */
export type TelevisionRoutes = RelyingPartyRoutes;

const site = {
  site: 'site-rp site-tv',
  tagline: 'a device without a keyboard',
  footer: 'This page plays a television: it has no keyboard, and asks the provider for a code (RFC 8628).',
  logo: false,
  script: 'television.js',
};
const titles = {
  start: 'Not signed in',
  code: 'Type this code',
  'signed-in': 'Signed in',
  refused: 'Not signed in',
};

export function televisionRoutes(parts: TelevisionRoutesParts): TelevisionRoutes {
  const { issuer, television, helperPage, log } = parts;
  const { id, name, path } = television;
  const pages = readPages(['television/pages/television']);
  const set = createTelevision({ issuer, client: id, log });
  const router = new Router({ prefix: path });
  const back = (ctx: Context): void => {
    ctx.redirect(`${path}/`);
    ctx.status = 303;
  };
  router.get('/', (ctx) => {
    const screen = set.screen();
    ctx.body = pages['television/pages/television']({
      ...site,
      product: name,
      path,
      helperPage,
      step: `television-${screen.shows}`,
      title: `${titles[screen.shows]} · ${name}`,
      ...model(screen, parts),
    });
  });
  router.post('/sign-in', async (ctx) => {
    await set.signIn();
    back(ctx);
  });
  router.post('/sign-out', async (ctx) => {
    await set.signOut();
    back(ctx);
  });
  const takeLogout = createLogoutTaker({ issuer, audience: id, end: (sid) => set.endOf(sid) });
  return {
    pages: router.routes() as unknown as Middleware,
    told: (ctx, next) =>
      ctx.method === 'POST' && ctx.path === `${path}/backchannel-logout` ? takeLogout(ctx) : next(),
    endVisits: () => set.off(),
  };
}

/** Errors of RFC 8628 §3.5 that a person can follow. */
const refusals: Readonly<Record<string, string>> = {
  access_denied: 'In the browser you said no.',
  expired_token: 'Nobody typed the code in time.',
};
const nothing = { code: undefined, signedIn: undefined, refused: undefined, ended: undefined };

function model(screen: Screen, { levels, zone }: Pick<TelevisionRoutesParts, 'levels' | 'zone'>) {
  if (screen.shows === 'code') return { ...nothing, code: screen };
  if (screen.shows === 'refused')
    return { ...nothing, refused: { code: screen.code, says: refusals[screen.code] ?? 'The provider did not go on.' } };
  if (screen.shows === 'start') return { ...nothing, ended: screen.ended };
  const { claims, userinfo } = screen;
  return {
    ...nothing,
    signedIn: {
      who: String(userinfo['name'] ?? userinfo['preferred_username'] ?? claims['sub']),
      claims: explain(claims, { levels, zone }).filter(({ weighty }) => weighty),
    },
  };
}
