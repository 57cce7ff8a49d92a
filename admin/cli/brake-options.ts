/** What all commands that change dates share: the options of the brake, and the output when it refuses. */
import { nearest } from '../../config/did-you-mean.ts';
import type { Refusal } from '../refusals.ts';
import type { AccountsLook } from '../use-cases/accounts-look.ts';
import type { Accepted } from '../use-cases/brake.ts';
import { deletionsInWords, type Deletions } from '../use-cases/deletions.ts';
import type { Preflight } from '../use-cases/preflight.ts';
import { answer, exits, refusedAnswer, wholeNumber, type Answer, type Given, type Option } from './command.ts';
import type { WithServices } from './command.ts';
import { count, table } from './layout.ts';
import { zoneOfDates } from '../use-cases/zone-of-dates.ts';
import { preflightLines } from './preflight-lines.ts';

export const accepting: readonly Option[] = [
  {
    name: 'accept-stranded',
    value: 'number',
    says: 'Goes on although so many people would be left without a way in; 0 for a day that is over or near.',
  },
  {
    name: 'reason',
    value: 'text',
    says: 'Why: it is kept with the dates, and stands in the audit log. Needed where something is accepted, or a last day put off.',
  },
];

export const sendNow: Option = {
  name: 'send-now',
  says: 'Mails about the change leave at once; without it, one hour after it (`factor mails`).',
};

export const ifState: Option = {
  name: 'if-state',
  value: 'number',
  says: 'Only if this is still the state of the dates, as a dry run or `factor history` numbers it; else both states are told.',
};
export const ifStateOf = (given: Given): number | undefined => wholeNumber(given, 'if-state', 0, 999_999_999);

export function acceptedOf(given: Given): Accepted | undefined {
  const stranded = wholeNumber(given, 'accept-stranded', 0, 100_000_000);
  return stranded === undefined ? undefined : { stranded, reason: given.text('reason') ?? '' };
}

type Refused = {
  readonly refusals: readonly Refusal[];
  readonly looks?: readonly Preflight[];
  readonly deletions?: Deletions;
};

/** The names as they were written, to find the one that is meant. */
export interface Written {
  readonly factor: string;
  readonly client?: string | undefined;
  readonly group?: string | undefined;
  readonly replacements?: readonly string[] | undefined;
  /** The command that lists whom the dates strand. */
  readonly listCommand?: string | undefined;
}

/** With the pre-flight, if the brake refused. */
export async function refusedDates(
  { refusals, looks, deletions }: Refused,
  written: Written,
  services: WithServices['services'],
  zone?: string,
): Promise<Answer> {
  const [look] = looks ?? [];
  if (!look) return refusedAnswer(await withHints(refusals, written, services));
  const says = refusals.map((refusal) => refusal.says);
  const own = zone ?? zoneOfDates(services.settings, (await services.schedules.current())[written.factor]);
  const gone = deletions ? deletionsInWords(deletions, own, services.clock.now()) : [];
  const text = [
    ...preflightLines(look, own),
    ...gone,
    ...says,
    ...whoLines(look, written.listCommand),
    'Nothing was written.',
  ].join('\n');
  return answer({ refused: refusals, preflight: look, ...(deletions && { deletions }) }, text, exits.refused);
}

/** How to list the people whom a pre-flight counts as stranded. */
export const whoLines = (look: Preflight | undefined, command: string | undefined): readonly string[] =>
  command === undefined || !look || look.stranded + look.newlyStranded === 0 ? [] : [`Who they are: ${command}`];

/** A suggestion for a name that does not exist. */
export const withHints = (
  refusals: readonly Refusal[],
  { factor, client, group, replacements = [] }: Partial<Written>,
  { registry, settings, people }: WithServices['services'],
): Promise<readonly Refusal[]> =>
  Promise.all(
    refusals.map(async (refusal) => {
      if (refusal.code === 'factor_unknown') return hinted(refusal, factor, registry.all());
      // One refusal for each of them, which begins with its name.
      if (refusal.code === 'replacement_unknown')
        return hinted(
          refusal,
          replacements.find((name) => refusal.says.startsWith(`${name} `)),
          registry.all(),
        );
      if (refusal.code === 'client_unknown') return hinted(refusal, client, settings.clients);
      if (refusal.code !== 'group_unknown') return refusal;
      return hinted(
        refusal,
        group,
        (await people.groups()).map(({ key }) => ({ id: key })),
      );
    }),
  );

function hinted(refusal: Refusal, written = '', known: readonly { readonly id: string }[]): Refusal {
  const meant = nearest(
    written,
    known.map(({ id }) => id),
  );
  return meant === undefined ? refusal : { ...refusal, says: `${refusal.says} Did you mean ${meant}?` };
}

/** How a change of accounts would affect their owners. */
export function accountsLookLines({ touched, stranded, near, byClient }: AccountsLook): readonly string[] {
  const rows = Object.entries(byClient).map(([client, lost]) => [`  at ${client}`, String(lost)]);
  return [
    `${count(touched, 'account', 'accounts')} would change; ${count(stranded, 'person', 'people')} would be left without a way in.`,
    ...(rows.length > 0 ? [table(rows)] : []),
    ...(near > 0
      ? [`For ${count(near, 'person', 'people')} a last day would come nearer, to less than seven days or the past.`]
      : []),
  ];
}
