/** The pages on which a person decides on a code that a device shows (RFC 8628 §3.3). The composition passes them to the engine. */
import { networksOf } from '../passwords/source-limits.ts';
import type { Language } from '../factors/contract.ts';
import { deviceEnds, type DevicePages } from '../provider/pages.ts';
import { routes } from '../provider/routes.ts';
import type { Frame } from './page-layout.ts';

export interface DevicePageParts {
  readonly frame: Frame;
  /** Name of a service. */
  readonly service: (client: string, language: Language) => string;
  /** In which times are told. */
  readonly zone: string;
}

const step = 'device-code';
const action = routes.code_verification;

/** The requests whose code did not work: `device-guard.ts` counts them. */
export const isGuess = (ctx: { readonly req: object }): boolean => guesses.has(ctx.req);
const guesses = new WeakSet<object>();

export function createDevicePages({ frame, service, zone }: DevicePageParts): DevicePages {
  return {
    enter(ctx, { secret, refused }) {
      if (refused) guesses.add(ctx.req);
      ctx.status = 200;
      frame.draw(ctx, 'device-code', {
        ...frame.shell(ctx),
        step,
        action,
        mode: 'enter',
        secret,
        ...(refused ? { notice: { reason: reasonOf(ctx), field: 'user_code' } } : {}),
      });
    },
    confirm(ctx, { secret, userCode, client, askedAt, askedFrom }) {
      const language = chosenIn(frame, ctx);
      const shell = frame.shell(ctx, { client, ...(language && { language }) });
      ctx.status = 200;
      frame.draw(ctx, 'device-confirm', {
        ...shell,
        relyingParty: service(client, shell.language),
        step: 'device-confirm',
        action,
        secret,
        userCode,
        askedAt,
        askedFrom,
        sameNetwork: networksOf(askedFrom).at(-1) === networksOf(ctx.ip).at(-1),
        zone,
      });
    },
  };
}

/** An empty field counts as every other code does; only the page says what is wrong. */
function reasonOf(ctx: Parameters<DevicePages['enter']>[0]): 'field_empty' | 'user_code_unknown' {
  const typed = ctx.oidc.body?.['user_code'];
  return typeof typed === 'string' && typed.trim() === '' ? 'field_empty' : 'user_code_unknown';
}

/** The language switch of the confirmation sends its form again: without a new address, the page is drawn in it. */
function chosenIn(frame: Frame, ctx: Parameters<DevicePages['confirm']>[0]): Language | undefined {
  const chosen = ctx.oidc.body?.['language'];
  const language = typeof chosen === 'string' ? frame.languageIn({ language: chosen }) : undefined;
  if (language !== undefined) frame.keepLanguage(ctx, language);
  return language;
}

/** What a page says that ends, by its address. */
export const endAt = (path: string): keyof typeof deviceEnds | undefined =>
  (['done', 'refused', 'over'] as const).find((end) => deviceEnds[end] === path);
