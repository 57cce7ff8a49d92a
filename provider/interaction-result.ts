/** What the end of one round of a sign-in carries on to the engine, and to the next round of the same request. */
import type { AdapterPayload, InteractionResults } from 'oidc-provider';
import { actionStatusOf, statusParameter, type ActionStatus } from './asked-action.ts';
import { begunMember } from './initiate-login.ts';
import type { PromptFacts } from './interaction-policy.ts';

const aboutFreshness: ReadonlySet<string> = new Set(['no_session', 'login_prompt', 'select_account', 'max_age']);

/**
 * The engine accepts any result as an answer to `prompt=login` and `max_age`; we refuse one that is older than the
 * request.
 */
export function refuseStale({ prompt }: AdapterPayload, authTime: number): void {
  const { startedAt } = factsOf(prompt?.details);
  if (prompt?.reasons.some((reason) => aboutFreshness.has(reason)) && authTime < Math.floor(startedAt / 1000))
    throw new Error('A sign-in cannot be finished with a proof that is older than the request for it.');
}

/** For the next round of this request, if the engine asks for one: how many there were, and when the first began. */
export function roundIn({ lastSubmission, prompt }: AdapterPayload): InteractionResults {
  const rounds = lastSubmission?.['rounds'];
  const begun = lastSubmission?.[begunMember] ?? factsOf(prompt?.details).startedAt;
  return { rounds: (typeof rounds === 'number' ? rounds : 0) + 1, [begunMember]: begun };
}

/** How the action ended: now, or in an earlier round of this request. */
export function statusIn({ lastSubmission }: AdapterPayload, now: ActionStatus | undefined): InteractionResults {
  const status = now ?? actionStatusOf(lastSubmission);
  return status === undefined ? {} : { [statusParameter]: status };
}

export function factsOf(details: unknown): PromptFacts {
  return { startedAt: 0, ...(details as Partial<PromptFacts> | undefined) };
}
