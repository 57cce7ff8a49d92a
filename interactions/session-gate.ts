/**
 * The engine calls this before it answers from a session or a token: the same rules as for a sign-in, for the account
 * as it is now. A session ends with the last day, the removal or the change of the keys and password that it depends
 * on. If only the password is left, the session counts where a password alone is enough.
 */
import { maySignIn } from '../factors/policy/lifecycle.ts';
import { standing } from '../factors/policy/standing.ts';
import type { Schedule } from '../factors/policy/types.ts';
import type { People } from '../accounts/person-store.ts';
import type { Person } from '../accounts/person.ts';
import type { Gate, Verdict } from '../provider/judgement.ts';
import { orderOf } from './first-steps.ts';
import type { InteractionSettings } from './settings.ts';
import { emptyState } from './sign-in-state.ts';
import { createContext } from './create-context.ts';
import type { SignInContext } from './context.ts';

const nothing: Verdict = { suits: false, reenrolmentDue: false };

export function createSessionGate({
  people,
  settings,
  schedules,
  clock,
}: {
  readonly people: Pick<People, 'get'>;
  readonly settings: InteractionSettings;
  readonly schedules: () => Promise<Readonly<Record<string, Schedule>>>;
  readonly clock: { now(): number };
}): Gate {
  const contextOf = async (person: Person, clientId: string, browser?: string): Promise<SignInContext | undefined> => {
    const client = settings.client(clientId);
    if (!client) return undefined;
    return createContext({
      uid: '',
      now: clock.now(),
      language: person.language,
      order: orderOf(settings, client),
      client,
      level: client.level,
      state: emptyState,
      person,
      factors: settings.factors,
      strengthOf: settings.strengthOf,
      rules: settings.rules,
      isTrustedHere: ({ id }) => id === browser,
      schedules: await schedules(),
    });
  };
  return {
    async judge({ account, clientId, rests, justFinished }) {
      const person = account.person ?? (await people.get(account.id));
      const context = person && (await contextOf(person, clientId, rests.trustedBrowser));
      if (!context) return nothing;
      const due = !justFinished && isReenrolmentDue(context);
      const stands = standing(rests, person, context.counts, settings.rules.ladder);
      if (!stands) return { suits: false, reenrolmentDue: due };
      const { kind } = context.secondStep;
      return {
        stands: { acr: settings.acrs[stands.level], amr: stands.amr, rests: stands.rests },
        suits: stands.rests.keys.length > 0 || kind === 'none' || kind === 'offer',
        reenrolmentDue: due,
      };
    },
  };
}

/**
 * A person who still has a key that signs in is not interrupted during a session; a person whose only key can just
 * activate its replacement is interrupted.
 */
function isReenrolmentDue({ provableKeys, statusOf }: SignInContext): boolean {
  const kinds = new Set(provableKeys.map(({ factor }) => factor));
  return kinds.size > 0 && ![...kinds].some((factor) => maySignIn(statusOf(factor)));
}
