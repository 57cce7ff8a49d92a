/** One answer of a card: judged here, then by its issuer's responder. Both enrolment and sign-in use it. */
import { refused } from '../contract.ts';
import type { Input, Outcome, Tools } from '../contract.ts';
import { checkRevocation, noChecks } from './check-revocation.ts';
import type { Fault } from './fault.ts';
import { judgeCard, type Card } from './judge-card.ts';
import type { Settings } from './settings.ts';
import { patience } from './states.ts';
import { readTrust } from './trust.ts';

export const answerField = 'token';
const kept = noChecks();

export interface Question {
  readonly nonce: string;
  readonly at: number;
}

export const newNonce = ({ random }: Pick<Tools<Settings>, 'random'>): string =>
  Buffer.from(random.bytes(32)).toString('base64');

/** @param mayAsk whether this card is the right one; refuses before anybody outside is asked */
export async function proveCard(
  tools: Tools<Settings>,
  { nonce, at }: Question,
  input: Input,
  mayAsk: (card: Card) => Outcome<void>,
): Promise<Outcome<Card>> {
  const { settings, now, provider } = tools;
  if (now < at || now >= at + patience) return refused('device_answer_expired');
  const judged = judgeCard(input[answerField] ?? '', readTrust(settings), { origin: provider.origin, nonce, now });
  if (!judged.ok) return refusedBy(tools, judged.fault);
  const may = mayAsk(judged.value);
  if (!may.ok) return may;
  const answer = await checkRevocation(tools, judged.value, kept);
  return answer.ok ? { ok: true, value: judged.value } : refusedBy(tools, answer.fault);
}

/** The log names check and issuer: never the person. */
function refusedBy(tools: Tools<Settings>, { row, why, reason, issuer }: Fault) {
  const event = reason === 'check_unavailable' ? 'card.unchecked' : 'card.refused';
  tools.log(event, { row, why, ...(issuer === undefined ? {} : { issuer }) });
  return refused(reason);
}
