/** A key's secret state goes into the store sealed for its person and key; a challenge for its interaction. Copied elsewhere it does not open. */
import type { SecretBox } from '../adapters/secret-box.ts';
import type { Factor } from './contract.ts';

export interface Sealing {
  sealKey(person: string, key: string, secret: unknown): string;
  /** The factor's own schema re-checks (and upgrades) what comes out; `undefined`: altered, foreign, or unreadable. */
  openKey(factor: Factor, person: string, key: string, sealed: string): unknown;
  /** Sealed under the root key that seals now; `undefined` when it is already, or opens under no root key that is given. */
  resealKey(person: string, key: string, sealed: string): string | undefined;
  /** Whether it was sealed under the root key that seals now. */
  isCurrent(sealed: string): boolean;
  sealState(kind: StateKind, interaction: string, state: unknown): string;
  openState(factor: Factor, kind: StateKind, interaction: string, sealed: string): unknown;
}

/** `usernameless`: a challenge of a usernameless sign-in, made before the account is known; it stands for no other. */
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
