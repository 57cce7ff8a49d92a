/** The output of every command that has changed dates of a factor, or judged a change. */
import { listSchedule, type ScheduleListing } from '../use-cases/factor-list.ts';
import type { DatesOutcome } from '../use-cases/brake.ts';
import { deletionsInWords } from '../use-cases/deletions.ts';
import type { DatesChanged } from '../use-cases/change-dates.ts';
import { refusedDates, whoLines, type Written } from './brake-options.ts';
import { answer, type Answer, type WithServices } from './command.ts';
import { table } from './layout.ts';
import { localInstant } from '../../time/calendar.ts';
import { mailsLines } from './mails-lines.ts';
import { preflightLines } from './preflight-lines.ts';

/** @param zone of the instants of a refusal; absent: that of the factor */
export async function datesAnswer(
  services: WithServices['services'],
  outcome: DatesOutcome<DatesChanged>,
  asked: Written,
  zone?: string,
): Promise<Answer> {
  if (!outcome.ok) return refusedDates(outcome, asked, services, zone);
  const { factor, before, after, state, written, changed, looks, deletions, notes, mails } = outcome.value;
  const [look] = looks;
  const now = services.clock.now();
  const [was, is] = [listSchedule(before, now), listSchedule(after, now)];
  const whom = look ? preflightLines(look, after.zone) : [];
  const end = written
    ? `Written, as state ${state}.`
    : `${changed ? 'Nothing was written (dry run).' : 'The dates are so already. Nothing was written.'} State ${state} stands.`;
  const text = [
    table([[factor, 'before', 'after'], ...linesOf(was, is)]),
    ...whom,
    ...deletionsInWords(deletions, after.zone, now),
    ...notes,
    ...mailsLines(mails),
    ...(written ? [] : whoLines(look, asked.listCommand)),
    end,
  ].join('\n');
  return answer(
    {
      factor,
      before: was,
      after: is,
      preflight: look ?? null,
      deletions,
      notes,
      mails: mails.due,
      state,
      written,
      changed,
    },
    text,
  );
}

function linesOf(was: ScheduleListing, is: ScheduleListing): readonly (readonly string[])[] {
  const line = (name: string, of: (listed: ScheduleListing) => string | null) => [name, of(was) ?? '–', of(is) ?? '–'];
  const ruleNames = [...new Set([...was.rules, ...is.rules].map((rule) => rule.for))];
  return [
    line('status', ({ status }) => status),
    line('announced from', local('announceAt')),
    line('no enrolment from', local('closeAt')),
    line('last day', ({ lastDay, zone }) => lastDay && `${lastDay} (${String(zone)})`),
    line('over from', local('sunsetAt')),
    line('deleted from', local('purgeAt')),
    line('afterwards', ({ after }) => after),
    line('replaced by', ({ replacements }) => replacements.join(', ') || null),
    line('postponements', ({ postponements }) => (postponements === null ? null : String(postponements))),
    ...ruleNames.map((name) => line(name, ({ rules }) => rules.find((rule) => rule.for === name)?.lastDay ?? null)),
  ];
}

/** In the zone of the dates; the answer as JSON has the instants in UTC. */
const local =
  (name: 'announceAt' | 'closeAt' | 'sunsetAt' | 'purgeAt') =>
  ({ zone, [name]: instant }: ScheduleListing): string | null =>
    instant && localInstant(Date.parse(instant), zone ?? 'UTC');
