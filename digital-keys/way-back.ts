/**
 * A proof at another site: where the browser goes, and the value by which its answer finds its question. Used by
 * `challenge-key.ts`, `verify-key.ts` and `enrol-key.ts`; the answer comes in through `interactions/way-back.ts`.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Factor, Tools } from '../factors/contract.ts';
import type { Away } from './occasion.ts';
import { refusal } from './proof-dependencies.ts';
import type { Judged } from '../factors/reasons.ts';

const separator = '.';
const stateBytes = 32;

/** What the core remembers of a question that `leaves`: a fresh state, which begins with the name of the sign-in. */
export function awayOf(site: string | undefined, { random }: Tools<unknown>, interaction: string): Away | undefined {
  if (site === undefined) return undefined;
  const secret = Buffer.from(random.bytes(stateBytes)).toString('base64url');
  return { site, state: interaction + separator + secret };
}

/** Tools for leaving, and for the answer: they have the state of the question. */
export const awayTools = (tools: Tools<unknown>, away: Away | undefined): Tools<unknown> =>
  away === undefined ? tools : { ...tools, wayBack: { ...tools.wayBack, state: away.state } };

/** The sign-in that a state names; `undefined` for what is no state of ours. */
export function interactionOf(state: unknown): string | undefined {
  if (typeof state !== 'string') return undefined;
  return /^([\w-]{1,64})\.[\w-]{43}$/.exec(state)?.[1];
}

/** Whether an answer of this site with this state belongs to the question. */
export function isAwaited(away: Away | undefined, site: string, state: string): boolean {
  if (away === undefined || away.site !== site || away.state.length !== state.length) return false;
  return timingSafeEqual(Buffer.from(away.state), Buffer.from(state));
}

/** Where the browser goes. @param state of the factor, opened; `undefined` if it cannot be opened */
export async function leaveFor(
  factor: Factor,
  tools: Tools<unknown>,
  state: unknown,
): Promise<Judged<{ readonly to: string }>> {
  if (state === undefined || factor.leave === undefined) return refusal('key_state_unreadable');
  return factor.leave(tools, state);
}
