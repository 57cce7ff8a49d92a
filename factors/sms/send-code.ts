import type { FactorMessage, Shows, Tools } from '../contract.ts';
import { makeCode } from '../kit/one-time-code.ts';
import type { SentCode } from '../kit/one-time-code.ts';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import type { Settings } from './settings.ts';

export interface TextedCode {
  readonly sent: SentCode;
  readonly shows: Shows;
  readonly messages: readonly FactorMessage[];
  readonly expiresAt: number;
}

/** A new code on its way to `number`; `template` names the message and, with the number, what the code may be used for. */
export function sendCode(tools: Tools<Settings>, number: string, template: 'code' | 'registration'): TextedCode {
  const { digits, lifetimeMinutes: minutes } = tools.settings;
  const { code, sent } = makeCode({
    random: tools.random,
    now: tools.now,
    purpose: purposeOf(template, number),
    digits,
    lifetime: minutes * 60_000,
  });
  // The host alone: a browser offers the code on our pages and on nobody else's (origin-bound one-time codes, WICG).
  const data = { code, minutes, host: new URL(tools.provider.origin).hostname };
  return {
    sent,
    shows: { number: maskPhoneNumber(number), minutes, digits, sentAt: tools.now },
    messages: [{ channel: 'sms', to: number, template, data, expiresAt: sent.expiresAt }],
    expiresAt: sent.expiresAt,
  };
}

export const purposeOf = (template: 'code' | 'registration', number: string): string => `${template} ${number}`;
