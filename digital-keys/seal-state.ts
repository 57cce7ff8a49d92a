/**
 * Seals a key's secret state for its person and key, and a challenge for its interaction. Copied elsewhere it cannot be
 * opened.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Factor } from '../factors/contract.ts';

/**
 * A state that the factor's own schema does not read, so that nobody could use it. It is not written: a fault of the
 * factor.
 */
export class StateUnreadable extends Error {
  override readonly name = 'StateUnreadable';
  readonly facts: StateFacts;

  constructor(facts: StateFacts) {
    super(
      `The factor ${facts.factor} gave a ${facts.state} state that its own schema (states.${facts.state}) does not read: ${facts.member}. Nothing was changed.`,
    );
    this.facts = facts;
  }
}

export interface StateFacts {
  readonly factor: string;
  readonly state: keyof Factor['states'];
  /** The member at fault, and what is wrong with it; never its value. */
  readonly member: string;
}

/** `written`: the factor gave it now, and it was refused. `kept`: it comes from the store. */
export type StateReport = (facts: StateFacts & { readonly found: 'written' | 'kept' }) => void;

export interface Sealing {
  /** Throws a StateUnreadable if the factor's own schema does not read the state. */
  sealKey(factor: Factor, person: string, key: string, secret: unknown): string;
  /** The factor's own schema checks (and upgrades) the result; `undefined`: altered, foreign, or unreadable. */
  openKey(factor: Factor, person: string, key: string, sealed: string): unknown;
  /** Sealed again under the current root key; `undefined` if it already is, or no configured root key opens it. */
  resealKey(person: string, key: string, sealed: string): string | undefined;
  /** Whether it was sealed under the current root key. */
  isCurrent(sealed: string): boolean;
  /** Throws a StateUnreadable if the factor's own schema does not read the state. */
  sealState(factor: Factor, kind: StateKind, interaction: string, state: unknown): string;
  openState(factor: Factor, kind: StateKind, interaction: string, sealed: string): unknown;
}

/**
 * `usernameless`: a challenge of a usernameless sign-in, made before the account is known; it is not valid as another
 * challenge.
 */
export type StateKind = 'challenge' | 'pending' | 'usernameless';

const keyPlace = (person: string, key: string) => `key ${person} ${key}`;
const statePlace = (kind: string, interaction: string) => `${kind} ${interaction}`;

/** @param report is told of each state that a factor's own schema does not read */
export function createSealing(secretBox: SecretBox, report: StateReport = () => undefined): Sealing {
  const read = (factor: Factor, state: StateFacts['state'], value: unknown, found: 'written' | 'kept'): unknown => {
    const parsed = factor.states[state].safeParse(value);
    if (parsed.success) return parsed.data;
    const facts = { factor: factor.id, state, member: memberOf(parsed.error.issues) };
    report({ ...facts, found });
    if (found === 'written') throw new StateUnreadable(facts);
    return undefined;
  };
  const seal = (factor: Factor, state: StateFacts['state'], value: unknown, place: string): string => {
    read(factor, state, asStored(value), 'written');
    return secretBox.seal(value, place);
  };
  const open = (factor: Factor, state: StateFacts['state'], sealed: string, place: string): unknown => {
    const value = secretBox.open(sealed, place);
    return value === undefined ? undefined : read(factor, state, value, 'kept');
  };
  return {
    sealKey: (factor, person, key, secret) => seal(factor, 'secret', secret, keyPlace(person, key)),
    openKey: (factor, person, key, sealed) => open(factor, 'secret', sealed, keyPlace(person, key)),
    resealKey(person, key, sealed) {
      if (secretBox.isCurrent(sealed)) return undefined;
      const secret = secretBox.open(sealed, keyPlace(person, key));
      return secret === undefined ? undefined : secretBox.seal(secret, keyPlace(person, key));
    },
    isCurrent: (sealed) => secretBox.isCurrent(sealed),
    sealState: (factor, kind, interaction, state) => seal(factor, stateOf(kind), state, statePlace(kind, interaction)),
    openState: (factor, kind, interaction, sealed) =>
      open(factor, stateOf(kind), sealed, statePlace(kind, interaction)),
  };
}

const stateOf = (kind: StateKind) => (kind === 'usernameless' ? 'challenge' : kind);

/** As it comes back from the store. */
const asStored = (value: unknown): unknown => {
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined ? undefined : (JSON.parse(json) as unknown);
};

/** Of zod's messages only those that quote no value: the code, and the names of unknown members. */
function memberOf(issues: readonly Issue[]): string {
  const [first] = issues;
  if (!first) return 'it is refused';
  const path = first.path.map(String).join('.') || 'the whole';
  const unknown = first.code === 'unrecognized_keys' ? ` ${(first.keys ?? []).join(', ')}` : '';
  return `${path} (${first.code ?? 'refused'}${unknown})`;
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}
