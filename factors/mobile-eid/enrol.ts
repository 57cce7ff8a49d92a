/** Links a person of a provider to the account of a person who is signed in. */
import { accepted, refused } from '../contract.ts';
import type { Begun, Confirmed, Input, Outcome, Tools } from '../contract.ts';
import { noneSpent } from '../kit/spent-challenges.ts';
import { judgeAnswer } from './judge-answer.ts';
import { nameOf } from './open-upstream.ts';
import { newQuestion, showing } from './question.ts';
import type { Settings, Upstream } from './settings.ts';
import { patience, type Facts, type Pending, type Secret } from './states.ts';

/** ms that the page with the choice may stay open. */
const pagePatience = 30 * 60_000;

export async function begin(tools: Tools<Settings>): Promise<Outcome<Begun<Pending>>> {
  const { upstreams } = tools.settings;
  const [only, ...others] = upstreams;
  if (only && others.length === 0) return accepted(linking(tools, only));
  return accepted({
    pending: { version: 1, choosing: true },
    stage: 'choose',
    guessed: false,
    shows: {
      sites: upstreams.map((one, index) => ({ id: one.id, name: nameOf(one, tools.settings), first: index === 0 })),
    },
    expiresAt: tools.now + pagePatience,
  });
}

const linking = (tools: Tools<Settings>, upstream: Upstream): Begun<Pending> => ({
  pending: newQuestion(tools, upstream),
  leaves: upstream.id,
  shows: showing(upstream, tools.settings),
  expiresAt: tools.now + patience,
});

export async function confirm(
  tools: Tools<Settings>,
  pending: Pending,
  input: Input,
): Promise<Outcome<Confirmed<Secret, Facts> | Begun<Pending>>> {
  if ('choosing' in pending) {
    const chosen = tools.settings.upstreams.find(({ id }) => id === input['site']);
    return chosen ? accepted(linking(tools, chosen)) : refused('site_unavailable', { field: 'site' });
  }
  const judged = await judgeAnswer(tools, pending, input);
  if (!judged.ok) return judged;
  const [present, ...earlier] = judged.value.links;
  return accepted({
    secret: { version: 1, upstream: pending.upstream, ...present, spent: noneSpent },
    facts: judged.value.facts,
    audit: { site: pending.upstream },
    unique: present.link,
    formerly: earlier.map(({ link }) => link),
  });
}
