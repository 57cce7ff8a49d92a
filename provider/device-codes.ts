/**
 * Rules for device codes (RFC 8628) that the engine leaves to its adapter: a code is decided only in the browser that
 * has been shown what it decides on, by one browser and once; and a device that asks too often is told to slow down.
 * Sits before the engine's adapter (`storage-bridge.ts`).
 */
import { errors, Provider, type Adapter, type KoaContextWithOIDC } from 'oidc-provider';
import { AlreadyUsedError } from 'oidc-provider/lib/helpers/re_render_errors.js';
import type { Clock } from '../time/clock.ts';
import { isDecided, type DeviceCodePayload } from './device-decisions.ts';
import { isReference } from './model-adapter.ts';

/** Seconds from the request of a device to the end of its code. */
export const deviceCodeSeconds = 600;
/** So long a device is told `expired_token`; then its code is unknown. */
const keptAfterSeconds = 600;
/** Seconds between two questions of a device (RFC 8628 §3.2, §3.5); each `slow_down` adds as many. */
export const pollSeconds = 5;
/** An answer that took long on its way makes two questions seem closer than they were. */
const toleranceMs = 1_000;
/** Codes whose last question a node remembers; the oldest is forgotten first. */
const remembered = 10_000;

/** The letters of a user code, as the engine writes them (charset `base-20`): no vowels, so no words. */
export const userCodeForm = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/;

/** What a session keeps while its browser decides on a code. */
export interface Deciding {
  /** In the form of the page. */
  readonly secret: string;
  /** The user code that the confirmation page has shown. */
  readonly shown?: string;
}

/** How a user code stands that was typed again in the browser that has decided on it. */
export type Ended = 'done' | 'refused';

export interface DeviceCodes {
  readonly guard: (model: string, adapter: Adapter) => Adapter;
  /** Call it once: a form that is sent twice then finds what it belongs to. */
  readonly attach: (provider: Provider) => void;
  /** What the session kept when the user code of this request was looked up. */
  readonly deciding: (ctx: KoaContextWithOIDC) => Deciding | undefined;
  /** The end of the code of this request, if this browser has decided on it. */
  readonly ended: (ctx: KoaContextWithOIDC) => Ended | undefined;
}

/** The engine reads the machine's clock: what has ended by ours has ended. */
const aged = (code: DeviceCodePayload | undefined | void, now: number): DeviceCodePayload | undefined =>
  code && code.endsAt !== undefined && code.endsAt <= now ? { ...code, exp: 1 } : (code ?? undefined);

const usedBefore = (): Error => new AlreadyUsedError();

const decidingIn = ({ oidc }: KoaContextWithOIDC): Deciding | undefined => oidc.session?.state as Deciding | undefined;

export function createDeviceCodes(clock: Clock): DeviceCodes {
  const asked = new Map<string, { readonly at: number; readonly interval: number }>();
  const found = new WeakMap<object, DeviceCodePayload>();
  const before = new WeakMap<object, Deciding>();
  const begun = new WeakSet<object>();
  const remember = (ctx: KoaContextWithOIDC): void => {
    const deciding = decidingIn(ctx);
    if (deciding) before.set(ctx, deciding);
  };

  /** Remembers when the device asked last. Throws `slow_down` when that was too short a time ago. */
  const refuseHaste = (id: string): void => {
    const now = clock.now();
    const last = asked.get(id);
    const early = last !== undefined && now - last.at < last.interval * 1000 - toleranceMs;
    const interval = (last?.interval ?? pollSeconds) + (early ? pollSeconds : 0);
    asked.delete(id);
    asked.set(id, { at: now, interval });
    if (asked.size > remembered) asked.delete(asked.keys().next().value ?? '');
    if (early) throw new errors.SlowDown();
  };

  return {
    guard: (model, adapter) =>
      model !== 'DeviceCode'
        ? adapter
        : {
            ...adapter,
            async find(id) {
              const ctx = Provider.ctx;
              const fromDevice = ctx?.oidc.route === 'token';
              // The name that pages use is no secret, and opens nothing at the token endpoint.
              if (fromDevice && isReference(id)) return undefined;
              const code = aged(await adapter.find(id), clock.now());
              if (fromDevice && code && !isDecided(code) && code.clientId === ctx.oidc.client?.clientId)
                refuseHaste(id);
              return code;
            },
            async findByUserCode(userCode) {
              const ctx = Provider.ctx;
              if (ctx) remember(ctx);
              if (!ctx || !userCodeForm.test(userCode)) return undefined;
              const code = aged(await adapter.findByUserCode(userCode), clock.now());
              if (code) found.set(ctx, code);
              // The same browser may go back, or send its form twice.
              const again = code?.by !== undefined && code.by === ctx.oidc.session?.uid && !isDecided(code);
              return again ? { ...code, inFlight: undefined } : code;
            },
            async upsert(id, payload, expiresIn = deviceCodeSeconds) {
              const ctx = Provider.ctx;
              const given: DeviceCodePayload = payload;
              const endsAt = given.endsAt ?? clock.now() + expiresIn * 1000;
              const dated = { ...given, endsAt };
              const keptSeconds = expiresIn + keptAfterSeconds;
              if (ctx?.oidc.route !== 'code_verification') return adapter.upsert(id, dated, keptSeconds);
              if (before.get(ctx)?.shown !== payload.userCode) throw usedBefore();
              begun.add(ctx);
              return adapter.upsert(id, { ...dated, by: ctx.oidc.session?.uid }, keptSeconds);
            },
          },
    attach(provider) {
      const keep = (ctx: KoaContextWithOIDC): void => {
        const deciding = begun.has(ctx) ? before.get(ctx) : undefined;
        // The engine has dropped it with the first form.
        if (deciding && ctx.oidc.session) ctx.oidc.session.state = { ...deciding };
      };
      provider.on('interaction.started', keep);
      provider.on('authorization.success', keep);
    },
    deciding: (ctx) => before.get(ctx),
    ended(ctx) {
      const code = found.get(ctx);
      if (!code || code.by === undefined || code.by !== ctx.oidc.session?.uid) return undefined;
      if (code.accountId !== undefined) return 'done';
      return code.error === undefined ? undefined : 'refused';
    },
  };
}
