/**
 * What the engine's policy asks of the house before it answers from a session: the same rules as for a sign-in, on the person as it stands. A session does
 * not outlive its key's last day, and one that nothing but a password stands behind suits only where a password alone is enough for this person.
 */
import { maySignIn } from '../factors/policy/lifecycle.ts';
import type { Schedule } from '../factors/policy/types.ts';
import type { People } from '../accounts/person-store.ts';
import type { Person } from '../accounts/person.ts';
import type { Gate } from '../provider/interaction-policy.ts';
import { orderOf } from './first-steps.ts';
import type { InteractionSettings } from './router.ts';
import { emptyState } from './sign-in-state.ts';
import { createContext } from './create-context.ts';
import type { SignInContext } from './context.ts';

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
  const contextOf = async (person: Person, clientId: string, device?: string): Promise<SignInContext | undefined> => {
    const client = settings.client(clientId);
    if (!client) return undefined;
    return createContext({
      uid: '',
      now: clock.now(),
      language: person.language,
      order: orderOf(settings, client),
      client,
      level: client.level,
      steps: emptyState,
      person,
      factors: settings.factors,
      strengthOf: settings.strengthOf,
      rules: settings.rules,
      isDevice: ({ id }) => id === device,
      schedules: await schedules(),
    });
  };
  return {
    // Who still has a key that signs in is not interrupted in mid-session; who has none left but one that only opens its replacement, is.
    async reenrolmentDue(accountId, clientId, { justFinished }) {
      if (justFinished) return false;
      const person = await people.get(accountId);
      const context = person && (await contextOf(person, clientId));
      if (!context) return false;
      const kinds = new Set(context.provableKeys.map(({ factor }) => factor));
      return kinds.size > 0 && ![...kinds].some((factor) => maySignIn(context.statusOf(factor)));
    },
    async sessionSuits({ factors: used, accountId, device }, clientId, { justFinished }) {
      const accepts = settings.client(clientId)?.accepts;
      const taken = used.filter((factor) => accepts === undefined || accepts.includes(factor));
      if (justFinished && taken.length > 0) return true;
      const person = await people.get(accountId);
      const context = person && (await contextOf(person, clientId, device));
      if (!context) return false;
      if (taken.length > 0) return taken.some((factor) => maySignIn(context.statusOf(factor)));
      return context.secondStep.kind === 'none' || context.secondStep.kind === 'offer';
    },
  };
}
