/**
 * What `config check` says of people: the configuration is compared with the store where somebody is in it, and what it
 * does to them is told as warnings or refused.
 */
import type { Mistake } from '../../config/config-errors.ts';
import type { Settings } from '../../config/schema.ts';
import type { Refusal } from '../refusals.ts';
import type { Accepted } from '../use-cases/brake.ts';
import { checkConfiguration, type ConfigurationChecked } from '../use-cases/configuration-check.ts';
import type { ConfigurationLook, HeldFactor, StrandedByClient } from '../use-cases/configuration-look.ts';
import type { WithConfiguration } from './command.ts';
import { count } from './layout.ts';

export interface PeopleChecked {
  readonly warnings: readonly Mistake[];
  readonly refusals: readonly Refusal[];
  /** How many the configuration leaves without a way in. */
  readonly stranded: number;
  /** What was accepted, as a sentence. */
  readonly says: readonly string[];
}

export const nothingCompared: PeopleChecked = { warnings: [], refusals: [], stranded: 0, says: [] };

/** Opens the store of the configuration. Rejects as `openServices` does. */
export const checkPeople = (
  { withServices, by }: Pick<WithConfiguration, 'withServices' | 'by'>,
  settings: Settings,
  accepted: Accepted | undefined,
): Promise<PeopleChecked> =>
  withServices(settings, async (services) => {
    const checked = await checkConfiguration(services, { by, accepted });
    return checked.ok ? found(checked.value) : { ...nothingCompared, refusals: checked.refusals };
  });

const found = ({ look, refusals, allowance, written }: ConfigurationChecked): PeopleChecked => ({
  warnings: [...look.held.map(heldWarning), ...strandingWarnings(look), ...administratorsWarning(look)],
  refusals,
  stranded: look.newlyStranded,
  says:
    allowance === undefined || refusals.length > 0
      ? []
      : [
          `${written ? 'Accepted' : 'Accepted before'} by ${allowance.by}: ${count(allowance.stranded, 'person', 'people')} without a way in. Reason: ${allowance.reason}`,
        ],
});

/** Without an administrator nothing is judged about them, and nothing refused. */
const administratorsWarning = ({ administrators }: ConfigurationLook): readonly Mistake[] =>
  administrators === 0
    ? [
        {
          code: 'administrators_missing',
          path: 'administrators.groups',
          says: 'nobody is in one of these groups, or only disabled accounts are: no change is judged by what it does to administrators',
        },
      ]
    : [];

const heldWarning = (held: HeldFactor): Mistake => ({
  code: 'factor_held',
  path: `factors.${held.factor}`,
  says: heldInWords(held),
});

/** Without the final full stop. */
export function heldInWords({ installed, people, disabled, stranded, byClient }: HeldFactor): string {
  const what = installed ? 'is not enabled' : 'is not installed any more';
  const apart = disabled === 0 ? '' : ` (and ${count(disabled, 'disabled account', 'disabled accounts')})`;
  const lost =
    stranded === 0
      ? 'all of them have another way in, or had none by it'
      : `without it ${count(stranded, 'person has', 'people have')} no way in${clientsInWords(byClient)}`;
  return `${what}, and ${count(people, 'person holds', 'people hold')} a key of it${apart}: ${lost}`;
}

const clientsInWords = (byClient: StrandedByClient): string => {
  const each = Object.entries(byClient).map(([client, lost]) => `${lost} at ${client}`);
  return each.length === 0 ? '' : ` (${each.join(', ')})`;
};

/**
 * One for each setting that changed since the last accepted configuration, where people lose their way in by all of
 * them.
 */
function strandingWarnings(look: ConfigurationLook): readonly Mistake[] {
  const { differences, newlyStranded, byClient, at } = look;
  if (newlyStranded === 0) return [];
  const code = 'configuration_strands';
  const lost = `${count(newlyStranded, 'person', 'people')} with a way in before would have none on ${new Date(at).toISOString()}${clientsInWords(byClient)}`;
  return [
    ...differences.map(({ setting, before, now }) => {
      const own = byClient[/^clients\.(.+)\.(?:accepts|level)$/.exec(setting)?.[1] ?? ''] ?? 0;
      const says = own === 0 ? '' : `: ${count(own, 'person has', 'people have')} no key that opens it any more`;
      return { code, path: setting, says: `before: ${before}; now: ${now}${says}` } as const;
    }),
    { code, path: '', says: lost },
  ];
}
