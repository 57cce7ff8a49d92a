/** What the configuration says of sign-ins, for the router and for the gate of sessions. Put together by the composition. */
import type { Acrs } from '../factors/policy/assurance.ts';
import type { Level } from '../factors/policy/types.ts';
import type { Person } from '../accounts/person.ts';
import type { AccountFacts } from '../provider/accounts.ts';
import type { ClientRule, ContextFacts, FactorRule, SecondStepRules } from './context.ts';

export interface InteractionSettings {
  readonly order: 'key-first' | 'name-first';
  readonly acrs: Acrs;
  readonly client: (id: string) => (ClientRule & { readonly level: Level }) | undefined;
  readonly factors: readonly FactorRule[];
  readonly strengthOf: ContextFacts['strengthOf'];
  readonly rules: SecondStepRules;
  /** What the engine needs to know of a person, to spare it the read right after. */
  readonly accountOf: (person: Person) => AccountFacts;
}
