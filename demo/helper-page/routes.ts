/** The helper page of the demo: everything that a person would have in the letter box, the wallet and the telephone. */
import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { currentCode } from '../current-code.ts';
import type { DemoState, ShownCard } from '../demo-state.ts';
import { readPages } from '../pages.ts';
import type { Events } from './events.ts';

/** The last days that the buttons set. */
export const lastDays = ['in-ten-days', 'tonight', 'yesterday'] as const;
export type LastDay = (typeof lastDays)[number];

export interface HelperPageParts {
  readonly state: DemoState;
  readonly events: Events;
  /** Resolves to a sentence when it was refused. */
  readonly setLastDay: (day: LastDay, factor: string) => Promise<string | undefined>;
  readonly now: () => number;
}

const shownAtMost = 60;
const site = {
  site: 'site-helper',
  product: 'Demo helper',
  tagline: 'shows every secret of the demo',
  footer:
    'All people, codes and mails here are made up. This page exists only in the demo and answers on this machine alone.',
  logo: true,
  script: 'live.js',
  step: 'helper',
  title: 'Demo helper',
};

export function helperPageRoutes(parts: HelperPageParts): Middleware {
  const { state, events } = parts;
  const pages = readPages(['helper-page/pages/helper']);
  const router = new Router();
  /** Why the last button was refused; shown once. */
  let failed: string | undefined;

  router.get('/', async (ctx) => {
    const secret = typeof ctx.query['secret'] === 'string' ? ctx.query['secret'].slice(0, 256) : '';
    ctx.body = pages['helper-page/pages/helper']({ ...(await helperModel(parts, secret)), failed });
    failed = undefined;
  });
  router.get('/events', (ctx) => events.connect(ctx));

  router.get('/demo.json', async (ctx) => {
    ctx.body = { ...state.addresses, people: await state.people() };
  });
  router.get('/messages.json', async (ctx) => {
    const messages = await state.messages();
    ctx.body = messages.map(({ to, subject, text, at, channel }) => ({
      to,
      subject,
      text,
      at: new Date(at).toISOString(),
      channel,
    }));
  });

  router.post('/last-day', async (ctx) => {
    const { day, factor } = (ctx.request.body ?? {}) as Readonly<Record<string, unknown>>;
    const known = lastDays.find((one) => one === day);
    const dated = (await state.schedules()).map((one) => one.factor);
    const meant = factor === undefined ? dated[0] : dated.find((one) => one === factor);
    if (known === undefined || meant === undefined) {
      ctx.status = 400;
      return;
    }
    failed = await parts.setLastDay(known, meant);
    events.changed();
    ctx.redirect('/');
    ctx.status = 303;
  });
  return router.routes() as unknown as Middleware;
}

/** @param secret of an authenticator app, as it was typed on the page; empty: none */
async function helperModel({ state, now }: HelperPageParts, secret: string) {
  const [people, messages, schedules] = await Promise.all([state.people(), state.messages(), state.schedules()]);
  const newest = (channel: string) =>
    messages
      .filter((message) => message.channel === channel)
      .slice(-shownAtMost)
      .toReversed()
      .map(({ at, ...message }) => ({ ...message, time: state.moment(at) }));
  return {
    ...site,
    ...state.addresses,
    schedules,
    secret,
    typed: secret === '' ? undefined : currentCode(secret, now()),
    people: people.map((person) => ({
      ...person,
      totp: person.totp.flatMap((one) => ({ secret: one, ...currentCode(one, now()) })),
      cards: person.cards.map(printedCard),
    })),
    mails: newest('email'),
    phone: newest('sms'),
    hasPhone: state.sendsSms,
  };
}

function printedCard({ serial, active, codes, spent }: ShownCard) {
  return {
    serial,
    active,
    codes: Object.entries(codes).map(([number, code]) => ({ number, code, spent: spent.includes(Number(number)) })),
  };
}
