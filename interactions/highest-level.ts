/** The highest level that a sign-in can reach under this configuration. */
import type { Settings } from '../config/schema.ts';
import type { FactorId } from '../factors/contract.ts';
import { levelOfFactor } from '../factors/policy/assurance.ts';
import { levels, type Level } from '../factors/policy/types.ts';
import type { Registry } from '../factors/registry.ts';
import { ladderOf } from './decision-rules.ts';

interface Configured {
  readonly settings: Settings;
  readonly registry: Registry;
}

/** The highest level of the enabled factors, or of the accepted ones where the client lists them. */
export function highestLevel({ settings, registry }: Configured, accepts?: readonly FactorId[]): Level {
  const { ladder } = ladderOf(settings);
  const strengths = registry.all().flatMap((factor) => {
    const configured = settings.factors[factor.id];
    const counts = configured?.enabled === true && (accepts?.includes(factor.id) ?? true);
    return counts ? [levelOfFactor(factor, configured.settings, ladder)] : [];
  });
  return levels.findLast((level) => strengths.some((strength) => strength === level)) ?? 'single';
}
