/** Asks the provider that is linked who is there, and judges its answer. */
import { accepted, refused } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import { spend } from '../kit/spent-challenges.ts';
import { judgeAnswer } from './judge-answer.ts';
import { newQuestion, showing } from './question.ts';
import { refusedBy } from './refuse.ts';
import type { Settings } from './settings.ts';
import { patience, type Challenge, type Facts, type Secret } from './states.ts';

export async function challenge(
  tools: Tools<Settings>,
  { upstream: id, link }: Secret,
): Promise<Outcome<Challenged<Challenge>>> {
  const upstream = tools.settings.upstreams.find((one) => one.id === id);
  if (!upstream) return refused('site_unavailable');
  return accepted({
    challenge: { ...newQuestion(tools, upstream), link },
    leaves: upstream.id,
    shows: showing(upstream, tools.settings),
    expiresAt: tools.now + patience,
  });
}

export async function verify(
  tools: Tools<Settings>,
  secret: Secret,
  asked: Challenge,
  input: Input,
): Promise<Outcome<Proved<Secret, Facts>>> {
  if (asked.link !== secret.link || asked.upstream !== secret.upstream) return refused('site_answer_wrong');
  const judged = await judgeAnswer(tools, asked, input);
  if (!judged.ok) return judged;
  const { links, facts } = judged.value;
  const same = links.find(({ linkKey }) => linkKey === secret.linkKey);
  // The key that made the link is not configured any more.
  if (same === undefined) return refused('key_state_unreadable');
  if (same.link !== secret.link)
    return refusedBy(tools, asked.upstream, { row: 'subject', why: 'another person', reason: 'site_person_other' });
  const spent = spend(secret.spent, { id: asked.nonce, at: asked.at });
  if (!spent.ok) return spent;
  const [present] = links;
  return accepted({ secret: { ...secret, ...present, spent: spent.value }, facts });
}
