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
import { noSteps } from './sign-in-state.ts';
import { createTurn } from './create-context.ts';
import type { Turn } from './context.ts';

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
  const turnOf = async (person: Person, clientId: string, device?: string): Promise<Turn | undefined> => {
    const client = settings.client(clientId);
    if (!client) return undefined;
    return createTurn({
      uid: '',
      now: clock.now(),
      language: person.language,
      order: orderOf(settings, client),
      client,
      level: client.level,
      steps: noSteps,
      person,
      factors: settings.factors,
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
      const turn = person && (await turnOf(person, clientId));
      if (!turn) return false;
      const kinds = new Set(turn.provableKeys.map(({ factor }) => factor));
      return kinds.size > 0 && ![...kinds].some((factor) => maySignIn(turn.statusOf(factor)));
    },
    async sessionSuits({ factors: used, accountId, device }, clientId, { justFinished }) {
      const accepts = settings.client(clientId)?.accepts;
      const taken = used.filter((factor) => accepts === undefined || accepts.includes(factor));
      if (justFinished && taken.length > 0) return true;
      const person = await people.get(accountId);
      const turn = person && (await turnOf(person, clientId, device));
      if (!turn) return false;
      if (taken.length > 0) return taken.some((factor) => maySignIn(turn.statusOf(factor)));
      return turn.secondStep.kind === 'none' || turn.secondStep.kind === 'offer';
    },
  };
}
