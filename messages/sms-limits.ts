/**
 * Whether a text message may leave, since each costs money and whoever makes us send many may earn by it ("pumping"): only to countries that are
 * allowed; so many to one number, to the numbers beside it and to a country, and
 * so many asked for from one network; so much money in all; and not where the operator's own risk check
 * says no. What is kept of a number is a keyed digest. How often a person is sent something is counted before (`dispatch.ts`).
 */
import type { RiskCheck } from '../adapters/risk/port.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import { ownMachine } from '../passwords/source-limits.ts';
import type { AuditEvent, OutgoingMessage } from '../accounts/person.ts';
import { blockOf } from '../factors/kit/phone-number.ts';
import type { CoreReason, FactorReason, Judged } from '../factors/reasons.ts';
import type { Bound, QuotaStore, Taken } from './quota-store.ts';

export interface SmsLimitSettings {
  /** ISO 3166-1 alpha-2. */
  readonly countries: readonly string[];
  readonly perNumber: { readonly hour: number; readonly day: number };
  /** Numbers that have the country code and so many digits after it in common. */
  readonly perBlock: { readonly digits: number; readonly hour: number };
  readonly perCountry: { readonly hour: number };
  /** Asked for from one network, whoever by. */
  readonly perNetwork: { readonly hour: number };
  readonly money: {
    /** What one message costs, whatever the currency; by country where that differs. */
    readonly perMessage: number;
    readonly byCountry: Readonly<Record<string, number>>;
    readonly hour: number;
    readonly day: number;
    readonly month: number;
    /** From this share of a bound on somebody is told. */
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
  /** For whoever watches the log. */
  readonly alarm: (event: string, facts: Readonly<Record<string, string | number>>) => void;
}

/** Amounts of money are counted in whole parts of this size. */
const parts = 10_000;
const whole = (amount: number): number => Math.round(amount * parts);

export function createSmsLimits({ quotas, secretBox, limits, riskCheck, note, alarm }: SmsLimitParts): SmsLimits {
  const { countries, perNumber, perBlock, perCountry, perNetwork, money } = limits;
  const bound = (window: Bound['window'], most: number): Bound => ({
    window,
    most: whole(most),
    alarmAt: whole(most * money.alarmAt),
  });

  return {
    async may({ to, source, template }, person, now, from) {
      const { country, block } = blockOf(to, perBlock.digits);
      const about = { country, factor: source };
      const refuse = (reason: CoreReason | FactorReason, why: string, until?: number): Judged<never> => {
        const facts = { why, country };
        note({ at: now, actor: 'system', action: 'message.stopped', person, factor: source, reason, facts });
        return { ok: false, reason, ...(until === undefined ? {} : { until }) };
      };
      /** Of a bound that is full somebody hears once in each window. */
      const tell = (what: string, taken: Taken, where: string): void => {
        if (taken.ok) {
          for (const { window, most } of taken.alarms) {
            const facts = { what, window, most: most / parts };
            alarm('sms.nearly-capped', facts);
            note({ at: now, actor: 'system', action: 'messages.nearly-capped', factor: source, facts });
          }
        } else if (taken.first) {
          const { window, most } = taken.bound;
          const facts = { what, where, window, most: what === 'money' ? most / parts : most };
          alarm('sms.capped', { ...facts, ...about });
          note({ at: now, actor: 'system', action: 'messages.capped', factor: source, facts });
        }
      };

      if (!countries.includes(country)) return refuse('number_refused', 'country');
      const number = await quotas.take(
        `number ${secretBox.digest(to, 'text messages to a number')}`,
        1,
        [
          { window: 'hour', most: perNumber.hour },
          { window: 'day', most: perNumber.day },
        ],
        now,
      );
      if (!number.ok) return refuse('sending_paused', 'number', number.until);
      const network = from === undefined || from === ownMachine ? [] : [['network', from, perNetwork.hour] as const];
      for (const [what, where, most] of [
        ...network,
        ['block', block, perBlock.hour],
        ['country', country, perCountry.hour],
      ] as const) {
        const taken = await quotas.take(`${what} ${where}`, 1, [{ window: 'hour', most }], now);
        tell(what, taken, where);
        if (!taken.ok) return refuse('messages_paused', what, taken.until);
      }
      const question = { number: to, country, person, purpose: `${source} ${template}` };
      if (riskCheck && (await riskCheck(question)) === 'deny') return refuse('number_refused', 'risk');
      const cost = whole(money.byCountry[country] ?? money.perMessage);
      const bounds = [bound('hour', money.hour), bound('day', money.day), bound('month', money.month)];
      const paid = await quotas.take('money', cost, bounds, now);
      tell('money', paid, 'everywhere');
      return paid.ok ? { ok: true, value: undefined } : refuse('messages_paused', 'money', paid.until);
    },
  };
}
