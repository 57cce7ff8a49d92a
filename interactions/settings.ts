/** Settings of sign-ins for the router and the session gate. The composition builds them. */
import type { Acrs } from '../factors/policy/assurance.ts';
import type { Level } from '../factors/policy/types.ts';
import type { Person } from '../accounts/person.ts';
import type { AccountFacts } from '../provider/accounts.ts';
import type { ClientRule, ContextFacts, FactorRule, SecondStepRules } from './context.ts';

export interface InteractionSettings {
  readonly order: 'key-first' | 'name-first';
  readonly acrs: Acrs;
  readonly client: (id: string) => (ClientRule & { readonly level: Level }) | undefined;
  /** Every relying party. */
  readonly everywhere: NonNullable<ContextFacts['everywhere']>;
  readonly factors: readonly FactorRule[];
  readonly strengthOf: ContextFacts['strengthOf'];
  readonly rules: SecondStepRules;
  /** What the engine needs to know about a person, so that it need not read the account again. */
  readonly accountOf: (person: Person) => AccountFacts;
}
