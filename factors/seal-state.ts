/**
 * Seals a key's secret state for its person and key, and a challenge for its interaction. Copied elsewhere it cannot be
 * opened.
 */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Factor } from './contract.ts';

export interface Sealing {
  sealKey(person: string, key: string, secret: unknown): string;
  /** The factor's own schema checks (and upgrades) the result; `undefined`: altered, foreign, or unreadable. */
  openKey(factor: Factor, person: string, key: string, sealed: string): unknown;
  /** Sealed again under the current root key; `undefined` if it already is, or no configured root key opens it. */
  resealKey(person: string, key: string, sealed: string): string | undefined;
  /** Whether it was sealed under the current root key. */
  isCurrent(sealed: string): boolean;
  sealState(kind: StateKind, interaction: string, state: unknown): string;
  openState(factor: Factor, kind: StateKind, interaction: string, sealed: string): unknown;
}

/**
 * `usernameless`: a challenge of a usernameless sign-in, made before the account is known; it is not valid as another
 * challenge.
 */
export type StateKind = 'challenge' | 'pending' | 'usernameless';

const keyPlace = (person: string, key: string) => `key ${person} ${key}`;
const statePlace = (kind: string, interaction: string) => `${kind} ${interaction}`;
const checked = (schema: Factor['states'][keyof Factor['states']], value: unknown) => {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
};

export function createSealing(secretBox: SecretBox): Sealing {
  return {
    sealKey: (person, key, secret) => secretBox.seal(secret, keyPlace(person, key)),
    openKey: (factor, person, key, sealed) =>
      checked(factor.states.secret, secretBox.open(sealed, keyPlace(person, key))),
    resealKey(person, key, sealed) {
      if (secretBox.isCurrent(sealed)) return undefined;
      const secret = secretBox.open(sealed, keyPlace(person, key));
      return secret === undefined ? undefined : secretBox.seal(secret, keyPlace(person, key));
    },
    isCurrent: (sealed) => secretBox.isCurrent(sealed),
    sealState: (kind, interaction, state) => secretBox.seal(state, statePlace(kind, interaction)),
    openState: (factor, kind, interaction, sealed) =>
      checked(
        factor.states[kind === 'usernameless' ? 'challenge' : kind],
        secretBox.open(sealed, statePlace(kind, interaction)),
      ),
  };
}
