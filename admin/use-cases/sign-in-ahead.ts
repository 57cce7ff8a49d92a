/**
 * A simulated sign-in: the same decider, steps and challenges as in every sign-in, with another instant; writes nothing
 * and sends nothing. Called to explain a sign-in and to render its pages.
 */
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Person } from '../../accounts/person.ts';
import { challengeKey, type AskingDependencies } from '../../digital-keys/challenge-key.ts';
import { effective } from '../../factors/policy/lifecycle.ts';
import { askUsernameless } from '../../digital-keys/usernameless.ts';
import type { SignInContext } from '../../interactions/context.ts';
import { decisionRules } from '../../interactions/decision-rules.ts';
import { pagesAhead, type Answers, type PagesAhead } from '../../interactions/pages-ahead.ts';
import type { AskingServices, DrawingServices } from '../../interactions/services.ts';
import type { Services } from '../services.ts';
import { contextOf } from './prospects.ts';

/** The person, the relying party and the instant, as they were found. */
export interface SignInMeant {
  readonly person: Person;
  /** Id of an existing relying party. */
  readonly client: string;
  /** ms */
  readonly at: number;
  readonly zone: string;
}

export interface SignInAhead {
  /** Nobody is named yet. */
  readonly begun: SignInContext;
  readonly ahead: PagesAhead;
  readonly drawing: DrawingServices;
}

export type AheadParts = Pick<Services, 'settings' | 'registry' | 'schedules' | 'clock' | 'sealing' | 'toolsFor'>;

export async function signInAhead(
  services: AheadParts,
  { person, client, at }: SignInMeant,
  answers?: Answers,
): Promise<SignInAhead> {
  const rules = decisionRules(services);
  const schedules = await services.schedules.current();
  const begun = contextOf(rules, schedules, undefined, client, at).with({ language: person.language });
  const enabled = new Set(rules.factors.map(({ factor }) => factor.id));
  const deps: AskingDependencies = {
    registry: { get: (id) => (enabled.has(id) ? services.registry.get(id) : undefined) },
    sealing: services.sealing,
    limits: services.settings.limits,
    sendMessages: async () => ({ ok: true, value: [] }),
    scheduleOf: async (factor, whose, where) => {
      const schedule = schedules[factor];
      return schedule && effective(schedule, circumstancesOf(whose, where), at);
    },
    toolsFor: (factor, language) => ({ ...services.toolsFor(factor, language), now: at, log: noNote }),
  };
  const asking: AskingServices = {
    proofs: { challenge: (whose, key, occasion) => challengeKey(deps, whose, key, occasion) },
    note: noNote,
    mention: noNote,
  };
  return {
    begun,
    ahead: await pagesAhead(begun, person, asking, answers),
    drawing: { usernamelessSignIn: { ask: (factor, occasion) => askUsernameless(deps, factor, occasion) } },
  };
}

const noNote = (): void => undefined;
