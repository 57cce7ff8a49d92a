/**
 * The page *This was not me* (`/not-me`): takes the code of a mail about a change of the account. It works without being
 * signed in, and by a button alone. It says the same of a code that is unknown, used or too old.
 */
import { bodyParser } from '@koa/bodyparser';
import type { Context, Middleware } from 'koa';
import { reportChange } from '../../admin/use-cases/change-report.ts';
import type { Services } from '../../admin/services.ts';
import type { Language } from '../../factors/contract.ts';
import type { Frame } from '../../interactions/page-layout.ts';

export const notMePath = '/not-me';

/** `left` is called once, with what the try was. `until`: ms. */
type Entered =
  | { readonly ok: true; readonly left: (was: 'wrong' | 'no guess') => Promise<void> }
  | { readonly ok: false; readonly until: number };

export interface NotMeParts {
  readonly services: Pick<Services, 'people' | 'clock' | 'enrolments' | 'registry' | 'log' | 'settings'>;
  readonly frame: Frame;
  /** Bounds how many codes one network tries. @param from network address of the browser @param now ms */
  readonly enter: (from: string, now: number) => Promise<Entered>;
}

const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '4kb' });

export function createNotMe(parts: NotMeParts): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== notMePath) return next();
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return draw(parts, ctx, 'ask');
    if (ctx.method === 'POST') return take(parts, ctx);
    ctx.status = 405;
    ctx.set('Allow', 'GET, POST');
    return undefined;
  };
}

async function take(parts: NotMeParts, ctx: Context): Promise<void> {
  await parseForm(ctx, async () => undefined);
  if (!parts.frame.isOwnForm(ctx)) return parts.frame.refuse(ctx, 403, 'request_foreign');
  const { code, language } = (ctx.request.body ?? {}) as { readonly code?: unknown; readonly language?: unknown };
  const typed = typeof code === 'string' ? code : '';
  const chosen = typeof language === 'string' ? parts.frame.languageIn({ language }) : undefined;
  if (chosen !== undefined) {
    parts.frame.keepLanguage(ctx, chosen);
    return draw(parts, ctx, 'ask', { language: chosen, typed: { code: typed } });
  }
  if (typed.trim() === '') return draw(parts, ctx, 'ask', { notice: { reason: 'field_empty', field: 'code' } });
  const entered = await parts.enter(ctx.ip, parts.services.clock.now());
  if (!entered.ok) return draw(parts, ctx, 'ask', { notice: { reason: 'attempts_paused', until: entered.until } });
  let isWrong = false;
  try {
    isWrong = !(await reportChange(parts.services, { typed })).ok;
  } finally {
    // A fault of the store is no guess.
    await entered.left(isWrong ? 'wrong' : 'no guess');
  }
  if (!isWrong) return draw(parts, ctx, 'done');
  return draw(parts, ctx, 'ask', { notice: { reason: 'report_unknown', field: 'code' } });
}

interface Shown {
  readonly notice?: {
    readonly reason: 'field_empty' | 'attempts_paused' | 'report_unknown';
    readonly field?: string;
    readonly until?: number;
  };
  /** Just chosen; what was typed before stands in its field again. */
  readonly language?: Language;
  readonly typed?: Readonly<Record<string, string>>;
}

function draw({ frame }: NotMeParts, ctx: Context, mode: 'ask' | 'done', { language, ...shown }: Shown = {}): void {
  ctx.status = 200;
  frame.draw(ctx, 'not-me', {
    ...frame.shell(ctx, language === undefined ? {} : { language }),
    step: 'not-me',
    action: notMePath,
    mode,
    ...shown,
  });
}
