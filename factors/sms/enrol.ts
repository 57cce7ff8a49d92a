/** Activates a telephone number as a key, by a code. */
import { accepted, refused } from '../contract.ts';
import type { Begun, Confirmed, Input, Outcome, Tools } from '../contract.ts';
import { readPhoneNumber } from '../kit/phone-number.ts';
import { judgeRegistration } from '../kit/sent-code.ts';
import { noneSpent } from '../kit/spent-challenges.ts';
import { riskNotice } from './risk-notice.ts';
import type { Settings } from './settings.ts';
import type { AcceptedRisk, Facts, Pending, Secret } from './states.ts';
import { textCode } from './text-code.ts';

/** As long as a whole sign-in: typing a number is not urgent (ms). */
const typingTime = 4 * 3_600_000;

/** First stage: the explanation of the risk, and the number. */
export async function begin({ now, settings }: Tools<Settings>): Promise<Outcome<Begun<Pending>>> {
  return accepted({
    pending: { version: 1, stage: 'number' },
    stage: 'number',
    guessed: false,
    shows: { national: settings.homeCountry !== undefined },
    expiresAt: now + typingTime,
  });
}

/** Second stage: the code that proves that the person has the telephone of that number. */
export async function confirm(
  tools: Tools<Settings>,
  pending: Pending,
  input: Input,
): Promise<Outcome<Confirmed<Secret, Facts> | Begun<Pending>>> {
  if (pending.stage === 'number') return takeNumber(tools, input);
  const { number, acceptedRisk, sent } = pending;
  const checked = judgeRegistration({ sent, to: number, input, now: tools.now });
  if (!checked.ok) return checked;
  return accepted({
    secret: { version: 1, number, acceptedRisk, spent: noneSpent },
    facts: {},
    audit: { riskNotice: acceptedRisk.notice, riskAcceptedAt: acceptedRisk.at },
  });
}

function takeNumber(tools: Tools<Settings>, input: Input): Outcome<Begun<Pending>> {
  const field = (name: string) => (Object.hasOwn(input, name) ? (input[name] ?? '') : '');
  const typed = field('number');
  const consents = field('risk') === 'accepted';
  const kept = { number: typed.slice(0, 40), ...(consents ? { risk: 'accepted' } : {}) };
  const read = readPhoneNumber(typed, tools.settings.homeCountry);
  if (!read.ok) return refused(read.reason, { field: 'number', kept });
  if (!consents) return refused('consent_missing', { field: 'risk', kept });
  return codeStage(tools, read.value.number, { notice: riskNotice, at: tools.now });
}

export async function again(tools: Tools<Settings>, pending: Pending): Promise<Outcome<Begun<Pending>>> {
  return pending.stage === 'number' ? begin(tools) : codeStage(tools, pending.number, pending.acceptedRisk);
}

function codeStage(tools: Tools<Settings>, number: string, acceptedRisk: AcceptedRisk): Outcome<Begun<Pending>> {
  const { sent, ...rest } = textCode(tools, number, 'registration');
  return accepted({ pending: { version: 1, stage: 'code', number, acceptedRisk, sent }, stage: 'code', ...rest });
}
