/** Makes a code with its text message. */
import type { Tools } from '../contract.ts';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import { sendCode, type CodeOnItsWay, type CodePurpose } from '../kit/sent-code.ts';
import type { Settings } from './settings.ts';

/** A new code with its message to `number`. */
export const textCode = (tools: Tools<Settings>, number: string, purpose: CodePurpose): CodeOnItsWay =>
  sendCode(tools, {
    channel: 'sms',
    to: number,
    purpose,
    // The host alone: a browser offers the code only on our pages (origin-bound one-time codes, WICG).
    data: { host: new URL(tools.provider.origin).hostname },
    shows: { number: maskPhoneNumber(number) },
  });
