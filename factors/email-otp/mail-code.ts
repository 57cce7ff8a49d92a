/** Makes a code with its mail. */
import type { Tools } from '../contract.ts';
import { sendCode, type CodeOnItsWay, type CodePurpose } from '../kit/sent-code.ts';
import { maskAddress } from '../kit/mail-domain.ts';
import type { Settings } from './settings.ts';

/** A new code with its message to `address`. */
export const mailCode = (tools: Tools<Settings>, address: string, purpose: CodePurpose): CodeOnItsWay =>
  sendCode(tools, {
    channel: 'email',
    to: address,
    purpose,
    data: { at: tools.now },
    shows: { address: maskAddress(address) },
  });
