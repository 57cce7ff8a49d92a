/**
 * Stands before the engine's page for device codes (RFC 8628 §5.1, §5.2): takes forms of our own pages alone, bounds
 * how many codes are tried, by network and over all, and shows the ends. The composition puts it before the engine.
 */
import type { Context, Middleware } from 'koa';
import type { AuditEvent } from '../accounts/person.ts';
import { enterLevels, type Entered, type GuessingNetworks } from '../passwords/network-limits.ts';
import { levelsOf, ownMachine, sourceOf } from '../passwords/source-limits.ts';
import { routes } from '../provider/routes.ts';
import { endAt, isGuess } from './device-pages.ts';
import type { Frame } from './page-layout.ts';

export interface DeviceGuardParts {
  readonly frame: Frame;
  readonly networks: GuessingNetworks;
  readonly secretBox: Parameters<typeof sourceOf>[1];
  readonly clock: { now(): number };
  readonly note: (event: AuditEvent) => void;
}

/**
 * All networks together: so many times the limit of one. A code has 20^8 values and lives ten minutes: a thousand
 * codes at a time, and ten thousand guesses in an hour, find one in some three months.
 */
const everywhere = { id: 'device-everywhere', times: 100 };

export function createDeviceGuard(parts: DeviceGuardParts): Middleware {
  return async (ctx, next) => {
    const end = endAt(ctx.path);
    if (end !== undefined && (ctx.method === 'GET' || ctx.method === 'HEAD')) return draw(parts, ctx, { mode: end });
    if (ctx.path !== routes.code_verification || ctx.method !== 'POST') return next();
    if (!parts.frame.isOwnForm(ctx)) return parts.frame.refuse(ctx, 403, 'request_foreign');
    const entered = await enter(parts, ctx.ip);
    if (!entered.ok) return pause(parts, ctx, entered.until);
    let was: 'wrong' | 'no guess' = 'no guess';
    try {
      await next();
      if (isGuess(ctx)) was = 'wrong';
    } finally {
      await entered.left(was);
    }
  };
}

function enter({ networks, secretBox, clock }: DeviceGuardParts, from: string): Promise<Entered> {
  const source = sourceOf(from, secretBox);
  const own = source === ownMachine ? [] : levelsOf(source).map(({ id, times }) => ({ id: `device-${id}`, times }));
  return enterLevels(networks, [everywhere, ...own], clock.now());
}

function pause(parts: DeviceGuardParts, ctx: Context, until: number): void {
  const at = parts.clock.now();
  parts.note({ at, actor: 'system', action: 'device-code.unknown', reason: 'attempts_paused' });
  ctx.set('Retry-After', String(Math.max(1, Math.ceil((until - at) / 1000))));
  draw(parts, ctx, { mode: 'paused', until }, 429);
}

interface Shown {
  readonly mode: 'done' | 'refused' | 'over' | 'paused';
  readonly until?: number;
}

function draw({ frame }: DeviceGuardParts, ctx: Context, { mode, until }: Shown, status = 200): void {
  ctx.status = status;
  frame.draw(ctx, 'device-code', {
    ...frame.shell(ctx),
    step: 'device-code',
    action: routes.code_verification,
    mode,
    ...(until === undefined ? {} : { notice: { reason: 'attempts_paused', until } }),
  });
}
