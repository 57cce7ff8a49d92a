/** The reader of the demo, a window of the helper page: a card from the drawer, a PIN, and the answer for the page that asked. */
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { readPages } from '../pages.ts';
import { drawer, openDrawer, type PinOutcome } from './drawer.ts';
import { readerPath } from './page-script.ts';

export interface CardReaderParts {
  /** Origin of the provider, whose pages alone get an answer. */
  readonly provider: string;
  /** Origin of the helper page. */
  readonly helperPage: string;
  readonly now: () => number;
}

interface Drawn {
  /** What the page that opened the window gets. */
  readonly answer?: string;
  readonly nonce?: string;
  readonly said?: string;
  readonly chosen?: string | undefined;
}

export const responderPath = '/card-responder';
const longestRequest = 4_096;
const action = 'web-eid:authenticate';
const page = {
  site: 'site-helper',
  product: 'Card reader',
  tagline: 'plays reader, card and the Web eID window',
  footer: 'This reader exists only in the demo. The cards are made up, and their keys are public.',
  logo: true,
  script: 'card-reader.js',
  step: 'card-reader',
  title: 'Card reader of the demo',
};

export function cardReaderRoutes({ provider, helperPage, now }: CardReaderParts): Middleware {
  const pages = readPages(['card-reader/reader']);
  const router = new Router();
  const cards = openDrawer(`${helperPage}${responderPath}`);
  const draw = (ctx: Context, model: Drawn) => {
    const shown = drawer.map((card) => ({ ...card, chosen: card.id === model.chosen }));
    ctx.body = pages['card-reader/reader']({
      ...page,
      provider,
      nonce: '',
      said: '',
      answer: '',
      ...model,
      cards: shown,
    });
  };

  router.get(readerPath, (ctx) => draw(ctx, { nonce: textOf(ctx.query['nonce']), chosen: drawer[0]?.id }));
  router.post(readerPath, (ctx) => {
    const given = (ctx.request.body ?? {}) as Readonly<Record<string, unknown>>;
    const nonce = textOf(given['nonce']);
    const failed = (code: string) =>
      draw(ctx, { answer: JSON.stringify({ action: `${action}-failure`, error: { code: `ERR_WEBEID_${code}` } }) });
    if (given['do'] === 'cancel') return failed('USER_CANCELLED');
    if (given['do'] === 'pull-out') return failed('NATIVE_FATAL');
    const card = drawer.find(({ id }) => id === given['card']);
    if (card === undefined) return draw(ctx, { nonce, said: 'There is no card in the reader.' });
    const outcome = cards.tryPin(card, textOf(given['pin']));
    if (outcome !== 'right') return draw(ctx, { nonce, chosen: card.id, said: saidOf(outcome) });
    const token = cards.token(card, { origin: provider, nonce }, now());
    return draw(ctx, { answer: JSON.stringify({ action: `${action}-success`, ...token }) });
  });
  return router.routes() as unknown as Middleware;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 256) : '');
const saidOf = (left: Exclude<PinOutcome, 'right'>): string =>
  left === 0
    ? 'This PIN is blocked. The demo unblocks it when it is started again.'
    : `The PIN is wrong. ${left === 1 ? 'One try is' : `${left} tries are`} left.`;

/** For the provider, not for browsers: it asks here whether a card was revoked. */
export function cardResponder({ now }: Pick<CardReaderParts, 'now'>): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== responderPath) return next();
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of ctx.req) {
      size += (chunk as Buffer).length;
      if (size > longestRequest) break;
      chunks.push(chunk as Buffer);
    }
    const { answerOf } = await import('./responder.ts');
    try {
      ctx.body = answerOf(Buffer.concat(chunks), now());
      ctx.type = 'application/ocsp-response';
    } catch {
      ctx.status = 400;
    }
  };
}
