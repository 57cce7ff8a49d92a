/**
 * The level that a request asks for, from its raw parameters: the engine lets `acr_values` overwrite an essential acr
 * claim of the same request, and never prompts for `acr_values` alone.
 */
import { errors } from 'oidc-provider';
import { levelOfAcr, rank, required, type Acrs, type Asked } from '../factors/policy/assurance.ts';
import type { Level } from '../factors/policy/types.ts';

export interface AcrParameters {
  readonly acr_values?: unknown;
  /** JSON text; the engine has checked that it is an object. */
  readonly claims?: unknown;
}

/** Throws `InvalidRequest` if the acr claim has another shape than OpenID Connect Core 1.0 §5.5.1 defines. */
export function askedLevels(params: AcrParameters): Asked {
  const values = typeof params.acr_values === 'string' ? params.acr_values.split(' ').filter(Boolean) : [];
  const claim = acrClaim(params.claims);
  return claim.essential ? { essential: claim.values, voluntary: values } : { voluntary: [...claim.values, ...values] };
}

function acrClaim(claims: unknown): { readonly essential: boolean; readonly values: readonly string[] } {
  const none = { essential: false, values: [] };
  if (typeof claims !== 'string') return none;
  const member = (JSON.parse(claims) as { readonly id_token?: { readonly acr?: unknown } }).id_token?.acr;
  if (typeof member !== 'object' || member === null) return none;
  const { essential, value, values } = member as Readonly<Record<string, unknown>>;
  const listed = [...(value === undefined ? [] : [value]), ...(values === undefined ? [] : arrayOf(values))];
  if (!listed.every((item) => typeof item === 'string')) throw malformed();
  return { essential: essential === true, values: listed };
}

function arrayOf(values: unknown): readonly unknown[] {
  if (!Array.isArray(values)) throw malformed();
  return values;
}

const malformed = () => new errors.InvalidRequest('invalid claims.id_token.acr value');

/**
 * Throws `unmet_authentication_requirements` (OpenID Connect Unmet Authentication Requirements 1.0) if nothing here can
 * reach it.
 */
export function requiredLevel(
  params: AcrParameters,
  { floor, acrs, highest }: { readonly floor: Level; readonly acrs: Acrs; readonly highest: Level },
): Level {
  const need = required(askedLevels(params), floor, acrs);
  if (!need.reachable) throw unmet('none of the levels that are asked for is known here');
  if (rank(need.level) > rank(highest)) throw unmet('no key that is accepted here reaches the level that is asked for');
  return need.level;
}

const unmet = (because: string) => new errors.UnmetAuthenticationRequirements(because);

/**
 * The acr of the answer. Relying parties compare it with their request, as they must (§5.5.1.1), so a stronger sign-in
 * answers with the strongest requested value that it satisfies; without a request, or if the reached level was
 * requested, with the reached level.
 */
export function reportedAcr(params: AcrParameters, reached: string | undefined, acrs: Acrs): string | undefined {
  const level = levelOfAcr(reached, acrs);
  if (level === undefined) return reached;
  const asked = askedLevels(params);
  const known = [asked.essential, asked.voluntary]
    .map((values) => (values ?? []).map((value) => levelOfAcr(value, acrs)).filter((found) => found !== undefined))
    .find((levels) => levels.length > 0);
  const satisfied = known?.filter((other) => rank(other) <= rank(level)).toSorted((a, b) => rank(b) - rank(a))[0];
  return acrs[satisfied ?? level];
}
