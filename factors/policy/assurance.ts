/**
 * Compares what was requested with what was proved. Pure; the engine's gate and the exit of the sign-in use the same
 * arithmetic.
 */
import type { Assurance, Factor, ProofTrait } from '../contract.ts';
import { levels, type Level } from './types.ts';

/** What each level of the deployment demands of the proof of a key; absent: its strength alone. */
export type Ladder = Readonly<Partial<Record<Level, readonly ProofTrait[]>>>;

/**
 * The highest level of the ladder that this proof reaches beside a password. It shows what that level and all below it
 * demand: a client that asks for a lower level never gets a proof that this level would refuse.
 */
export function levelOf(proof: Assurance, ladder: Ladder): Level {
  const missed = levels.findIndex(
    (level) => rank(level) > rank(proof.strength) || (ladder[level] ?? []).some((one) => !proof[one]),
  );
  return levels[missed === -1 ? levels.length - 1 : missed - 1] ?? 'single';
}

/** The highest level that a key of this factor can reach under these settings. */
export function levelOfFactor(
  factor: Pick<Factor, 'strength' | 'best'>,
  settings: unknown,
  ladder: Ladder | undefined,
): Level {
  const strength = factor.strength(settings);
  if (!ladder || Object.keys(ladder).length === 0) return strength;
  return levelOf({ ...(factor.best?.(settings) ?? nothingShown), strength }, ladder);
}

/** A proof that shows nothing beside its strength. */
export const nothingShown: Omit<Assurance, 'strength'> = {
  amr: [],
  possession: false,
  userVerified: false,
  hardware: false,
  phishingResistant: false,
  otherChannel: false,
};

/** The `acr` value (OpenID Connect Core 1.0 §2) of each level, as configured. */
export type Acrs = Readonly<Record<Level, string>>;

export function rank(level: Level): number {
  return levels.indexOf(level);
}

/** The level of an `acr`; `undefined` for no value and for unknown values. */
export function levelOfAcr(acr: string | undefined, acrs: Acrs): Level | undefined {
  return levels.find((level) => acrs[level] === acr);
}

export interface Asked {
  /** `claims.id_token.acr.value(s)` marked essential (OpenID Connect Core 1.0 §5.5.1.1). */
  readonly essential?: readonly string[];
  /** `acr_values`, and acr claims that are not essential. */
  readonly voluntary?: readonly string[];
}

export type Required = { readonly reachable: true; readonly level: Level } | { readonly reachable: false };

/**
 * The level that a sign-in must reach: what the request asks, never below the relying party's own floor. Any one of the
 * requested values is enough, so the lowest known one counts. An essential request without a known value cannot be met;
 * unknown voluntary values are ignored.
 */
export function required(asked: Asked, floor: Level, acrs: Acrs): Required {
  const lowest = (values: readonly string[] | undefined): Level | undefined =>
    (values ?? [])
      .map((value) => levelOfAcr(value, acrs))
      .filter((level) => level !== undefined)
      .toSorted((a, b) => rank(a) - rank(b))[0];
  const essential = lowest(asked.essential);
  if (asked.essential !== undefined && asked.essential.length > 0 && essential === undefined)
    return { reachable: false };
  const wanted = [floor, essential, lowest(asked.voluntary)].filter((level) => level !== undefined);
  return { reachable: true, level: wanted.reduce((high, level) => (rank(level) > rank(high) ? level : high)) };
}

export interface Achieved {
  readonly level: Level;
  /** RFC 8176 §2 values, without duplicates, in order of proof. */
  readonly amr: readonly string[];
}

/**
 * Whether a proof needs no password beside it: something that the person has, checked by something that the person is
 * or knows, and bound to this site, so that nobody can pass it on (NIST SP 800-63B-4 §3.1.7, multi-factor cryptographic
 * authentication).
 */
export const standsAlone = ({ possession, userVerified, phishingResistant, strength }: Assurance): boolean =>
  possession && userVerified && phishingResistant && strength !== 'low';

/**
 * The level of a password and the proofs beside it; without a password, at least one proof must need none. `undefined`:
 * not enough was proved.
 */
export function achieved(password: boolean, proofs: readonly Assurance[], ladder: Ladder = {}): Achieved | undefined {
  if (!password && !proofs.some(standsAlone)) return undefined;
  const reached = proofs.map((proof) => levelOf(proof, ladder));
  const level = reached.reduce<Level>((high, one) => (rank(one) > rank(high) ? one : high), 'single');
  const amr = new Set([...(password ? ['pwd'] : []), ...proofs.flatMap((proof) => proof.amr)]);
  if (proofs.some(({ strength }) => rank(strength) >= rank('substantial'))) amr.add('mfa');
  if (proofs.some((proof) => proof.otherChannel)) amr.add('mca');
  return { level, amr: [...amr] };
}
