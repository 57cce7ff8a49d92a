/**
 * Rules for device codes (RFC 8628) that the engine leaves to its adapter: a code is decided only in the browser that
 * has been shown what it decides on, by one browser and once; and a device that asks too often is told to slow down.
 * Sits before the engine's adapter (`storage-bridge.ts`).
 */
import { errors, Provider, type Adapter, type AdapterPayload, type KoaContextWithOIDC } from 'oidc-provider';
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

/** A user code, as the engine makes them (charset `base-20`): no vowels, so no words. */
const userCodeForm = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/;

/** What a session keeps while its browser decides on a code. */
export interface Deciding {
  /** In the form of the page. */
  readonly secret: string;
  /** The user code that the confirmation page has shown. */
  readonly shown?: string;
}

/** How a code ended. */
export type Ended = 'done' | 'refused';

export interface DeviceCodes {
  readonly guard: (model: string, adapter: Adapter) => Adapter;
  /** Call it once: a form that is sent twice then finds what it belongs to. */
  readonly attach: (provider: Provider) => void;
  /** What the session kept when the user code of this request was looked up. */
  readonly deciding: (ctx: KoaContextWithOIDC) => Deciding | undefined;
  /** The end of the code of this request, if this browser has decided on it. */
  readonly ended: (ctx: KoaContextWithOIDC) => Promise<Ended | undefined>;
}

/** What is known of running requests, and of devices that ask. */
interface State {
  readonly clock: Clock;
  readonly asked: Map<string, { readonly at: number; readonly interval: number }>;
  /** Looks up the code of a request once more: another form may have been faster. */
  readonly lookAgain: WeakMap<object, () => Promise<DeviceCodePayload | undefined | void>>;
  readonly before: WeakMap<object, Deciding>;
  readonly begun: WeakSet<object>;
}

export function createDeviceCodes(clock: Clock): DeviceCodes {
  const state: State = {
    clock,
    asked: new Map(),
    lookAgain: new WeakMap(),
    before: new WeakMap(),
    begun: new WeakSet(),
  };
  return {
    guard: (model, adapter) =>
      model !== 'DeviceCode'
        ? adapter
        : {
            ...adapter,
            find: (id) => find(state, adapter, id),
            findByUserCode: (userCode) => findByUserCode(state, adapter, userCode),
            upsert: (id, payload, expiresIn = deviceCodeSeconds) => upsert(state, adapter, id, payload, expiresIn),
          },
    attach: (provider) => attach(state, provider),
    deciding: (ctx) => state.before.get(ctx),
    ended: (ctx) => ended(state, ctx),
  };
}

/** The engine reads the machine's clock: what has ended by ours has ended. */
const aged = (code: DeviceCodePayload | undefined | void, now: number): DeviceCodePayload | undefined =>
  code && code.endsAt !== undefined && code.endsAt <= now ? { ...code, exp: 1 } : (code ?? undefined);

async function find(state: State, adapter: Adapter, id: string): Promise<AdapterPayload | undefined> {
  const ctx = Provider.ctx;
  const fromDevice = ctx?.oidc.route === 'token';
  // The name that pages use is no secret, and opens nothing at the token endpoint.
  if (fromDevice && isReference(id)) return undefined;
  const code = aged(await adapter.find(id), state.clock.now());
  if (fromDevice && code && !isDecided(code) && code.clientId === ctx.oidc.client?.clientId) refuseHaste(state, id);
  return code;
}

/** Remembers when the device asked last. Throws `slow_down` when that was too short a time ago. */
function refuseHaste({ asked, clock }: State, id: string): void {
  const now = clock.now();
  const last = asked.get(id);
  const early = last !== undefined && now - last.at < last.interval * 1000 - toleranceMs;
  const interval = (last?.interval ?? pollSeconds) + (early ? pollSeconds : 0);
  asked.delete(id);
  asked.set(id, { at: now, interval });
  if (asked.size > remembered) asked.delete(asked.keys().next().value ?? '');
  if (early) throw new errors.SlowDown();
}

async function findByUserCode(
  { clock, lookAgain, before }: State,
  adapter: Adapter,
  userCode: string,
): Promise<AdapterPayload | undefined> {
  const ctx = Provider.ctx;
  if (!ctx) return undefined;
  const deciding = ctx.oidc.session?.state as Deciding | undefined;
  if (deciding) before.set(ctx, deciding);
  if (!userCodeForm.test(userCode)) return undefined;
  lookAgain.set(ctx, () => adapter.findByUserCode(userCode));
  const code = aged(await adapter.findByUserCode(userCode), clock.now());
  // The same browser may go back, or send its form twice.
  const again = code?.by !== undefined && code.by === ctx.oidc.session?.uid && !isDecided(code);
  return again ? { ...code, inFlight: undefined } : code;
}

async function upsert(
  { clock, before, begun }: State,
  adapter: Adapter,
  id: string,
  payload: DeviceCodePayload,
  expiresIn: number,
): Promise<void | undefined> {
  const ctx = Provider.ctx;
  const dated = { ...payload, endsAt: payload.endsAt ?? clock.now() + expiresIn * 1000 };
  const keptSeconds = expiresIn + keptAfterSeconds;
  if (ctx?.oidc.route !== 'code_verification') return adapter.upsert(id, dated, keptSeconds);
  if (before.get(ctx)?.shown !== payload.userCode) throw new AlreadyUsedError();
  begun.add(ctx);
  await adapter.upsert(id, { ...dated, by: ctx.oidc.session?.uid }, keptSeconds);
}

function attach({ begun, before }: State, provider: Provider): void {
  const keep = (ctx: KoaContextWithOIDC): void => {
    const deciding = begun.has(ctx) ? before.get(ctx) : undefined;
    // The engine has dropped it with the first form.
    if (deciding && ctx.oidc.session) ctx.oidc.session.state = { ...deciding };
  };
  provider.on('interaction.started', keep);
  provider.on('authorization.success', keep);
}

/** It reads the store for a code that nobody has too, so that all codes that do not work take one time. */
async function ended({ lookAgain }: State, ctx: KoaContextWithOIDC): Promise<Ended | undefined> {
  const code = await lookAgain.get(ctx)?.();
  if (!code || code.by === undefined || code.by !== ctx.oidc.session?.uid) return undefined;
  if (code.accountId !== undefined) return 'done';
  return code.error === undefined ? undefined : 'refused';
}
