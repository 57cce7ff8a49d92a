import type { FactorMessage, Shows, Tools } from '../contract.ts';
import { makeCode } from '../kit/one-time-code.ts';
import type { SentCode } from '../kit/one-time-code.ts';
import { maskAddress } from './mask-address.ts';
import type { Settings } from './settings.ts';

export interface MailedCode {
  readonly sent: SentCode;
  readonly shows: Shows;
  readonly messages: readonly FactorMessage[];
  readonly expiresAt: number;
}

/** A new code on its way to `address`; `template` names the message and, with the address, what the code may be used for. */
export function mailCode(tools: Tools<Settings>, address: string, template: 'code' | 'registration'): MailedCode {
  const { digits, lifetimeMinutes: minutes } = tools.settings;
  const { code, sent } = makeCode({
    random: tools.random,
    now: tools.now,
    purpose: purposeOf(template, address),
    digits,
    lifetime: minutes * 60_000,
  });
  const data = { code, minutes, at: tools.now };
  return {
    sent,
    shows: { address: maskAddress(address), minutes, digits, sentAt: tools.now },
    messages: [{ channel: 'email', to: address, template, data, expiresAt: sent.expiresAt }],
    expiresAt: sent.expiresAt,
  };
}

export const purposeOf = (template: 'code' | 'registration', address: string): string => `${template} ${address}`;
