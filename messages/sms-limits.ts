/**
 * Decides whether a text message may be sent, because each costs money, and somebody who makes us send many may earn by
 * it ("SMS pumping"). Bounds: only to the permitted countries; so many to one number, to its block of numbers and to a
 * country; so many from one network; so much money in total; and the operator's own risk check. Numbers are stored as
 * keyed digests. The limits for each person are counted before (`send-messages.ts`).
 */
import type { RiskCheck } from '../adapters/risk/port.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import { ownMachine } from '../passwords/source-limits.ts';
import type { AuditEvent, OutgoingMessage } from '../accounts/person.ts';
import { blockOf } from '../factors/kit/phone-number.ts';
import type { CoreReason, FactorReason, Judged } from '../factors/reasons.ts';
import type { Bound, QuotaStore, Taken } from './quota-store.ts';
import { defined } from '../accounts/defined.ts';

export interface SmsLimitSettings {
  /** ISO 3166-1 alpha-2. */
  readonly countries: readonly string[];
  readonly perNumber: { readonly hour: number; readonly day: number };
  /** Numbers that share the country code and so many digits after it. */
  readonly perBlock: { readonly digits: number; readonly hour: number };
  readonly perCountry: { readonly hour: number };
  /** Messages that were requested from one network, for any person. */
  readonly perNetwork: { readonly hour: number };
  readonly money: {
    /** The price of one message, in any currency; by country if it differs. */
    readonly perMessage: number;
    readonly byCountry: Readonly<Record<string, number>>;
    readonly hour: number;
    readonly day: number;
    readonly month: number;
    /** From this share of a bound on, an alarm is raised. */
    readonly alarmAt: number;
  };
}

export interface SmsLimits {
  /** Counted when this resolves with ok. */
  may(
    message: Pick<OutgoingMessage, 'to' | 'source' | 'template'>,
    person: string,
    now: number,
    from?: string,
  ): Promise<Judged<undefined>>;
}

export interface SmsLimitParts {
  readonly quotas: QuotaStore;
  readonly secretBox: SecretBox;
  readonly limits: SmsLimitSettings;
  readonly riskCheck?: RiskCheck;
  readonly note: (event: AuditEvent) => void;
  /** For the operator's log. */
  readonly alarm: (event: string, facts: Readonly<Record<string, string | number>>) => void;
}

/** Amounts of money are counted in whole parts of this size. */
const parts = 10_000;
const whole = (amount: number): number => Math.round(amount * parts);

/** The request for one message. */
interface Asked {
  readonly to: string;
  readonly source: string;
  readonly purpose: string;
  readonly person: string;
  readonly now: number;
  readonly network: string | undefined;
  readonly country: string;
  readonly block: string;
}
type Refused = Extract<Judged<never>, { ok: false }>;

export function createSmsLimits(context: SmsLimitParts): SmsLimits {
  return {
    async may({ to, source, template }, person, now, from) {
      const place = blockOf(to, context.limits.perBlock.digits);
      const asked: Asked = { to, source, purpose: `${source} ${template}`, person, now, network: from, ...place };
      return (
        refusedByCountry(context, asked) ??
        (await refusedByNumber(context, asked)) ??
        (await refusedByPlace(context, asked)) ??
        (await refusedByRisk(context, asked)) ??
        (await refusedByMoney(context, asked)) ?? { ok: true, value: undefined }
      );
    },
  };
}

const refusedByCountry = (context: SmsLimitParts, asked: Asked): Refused | undefined =>
  context.limits.countries.includes(asked.country) ? undefined : refuse(context, asked, 'number_refused', 'country');

async function refusedByNumber(context: SmsLimitParts, asked: Asked): Promise<Refused | undefined> {
  const { hour, day } = context.limits.perNumber;
  const taken = await context.quotas.take(
    `number ${context.secretBox.digest(asked.to, 'text messages to a number')}`,
    1,
    [
      { window: 'hour', most: hour },
      { window: 'day', most: day },
    ],
    asked.now,
  );
  return taken.ok ? undefined : refuse(context, asked, 'sending_paused', 'number', taken.until);
}

async function refusedByPlace(context: SmsLimitParts, asked: Asked): Promise<Refused | undefined> {
  const { perNetwork, perBlock, perCountry } = context.limits;
  const { network, block, country, now } = asked;
  for (const [what, where, most] of [
    ['network', network === ownMachine ? undefined : network, perNetwork.hour],
    ['block', block, perBlock.hour],
    ['country', country, perCountry.hour],
  ] as const) {
    if (where === undefined) continue;
    const taken = await context.quotas.take(`${what} ${where}`, 1, [{ window: 'hour', most }], now);
    tell(context, asked, what, taken, where);
    if (!taken.ok) return refuse(context, asked, 'messages_paused', what, taken.until);
  }
  return undefined;
}

async function refusedByRisk(context: SmsLimitParts, asked: Asked): Promise<Refused | undefined> {
  const { to: number, country, person, purpose } = asked;
  const answer = await context.riskCheck?.({ number, country, person, purpose });
  return answer === 'deny' ? refuse(context, asked, 'number_refused', 'risk') : undefined;
}

async function refusedByMoney(context: SmsLimitParts, asked: Asked): Promise<Refused | undefined> {
  const { money } = context.limits;
  const cost = whole(money.byCountry[asked.country] ?? money.perMessage);
  const bounds = (['hour', 'day', 'month'] as const).map((window): Bound => {
    const most = money[window];
    return { window, most: whole(most), alarmAt: whole(most * money.alarmAt) };
  });
  const taken = await context.quotas.take('money', cost, bounds, asked.now);
  tell(context, asked, 'money', taken, 'everywhere');
  return taken.ok ? undefined : refuse(context, asked, 'messages_paused', 'money', taken.until);
}

function refuse(
  { note }: SmsLimitParts,
  { now, person, source: factor, country }: Asked,
  reason: CoreReason | FactorReason,
  why: string,
  until?: number,
): Refused {
  const facts = { why, country };
  note({ at: now, actor: 'system', action: 'message.stopped', person, factor, reason, facts });
  return { ok: false, reason, ...defined({ until }) };
}

/** Raises the alarm once in each window for a bound that is nearly reached or reached. */
function tell(
  { alarm, note }: SmsLimitParts,
  { now: at, source: factor, country }: Asked,
  what: string,
  taken: Taken,
  where: string,
): void {
  if (taken.ok) {
    for (const { window, most } of taken.alarms) {
      const facts = { what, window, most: most / parts };
      alarm('sms.nearly-capped', facts);
      note({ at, actor: 'system', action: 'messages.nearly-capped', factor, facts });
    }
  } else if (taken.first) {
    const { window, most } = taken.bound;
    const facts = { what, where, window, most: what === 'money' ? most / parts : most };
    alarm('sms.capped', { ...facts, country, factor });
    note({ at, actor: 'system', action: 'messages.capped', factor, facts });
  }
}
