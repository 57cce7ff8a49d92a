/**
 * A person says *this was not me*, by the code of a mail, without being signed in. Called by the page for it. Nobody
 * learns whose code it was.
 */
import { liveReports, readReportCode } from '../../accounts/change-reports.ts';
import { notice } from '../../accounts/notices.ts';
import { addPending } from '../../accounts/person-store.ts';
import type { Person } from '../../accounts/person.ts';
import { withReported, type ReportFacts } from '../../digital-keys/reported-change.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';

type Parts = Pick<Services, 'people' | 'clock' | 'enrolments' | 'registry' | 'log' | 'settings'>;

/** @param typed the code as typed */
export async function reportChange(
  { people, clock, enrolments, registry, log, settings }: Parts,
  { typed }: { readonly typed: string },
): Promise<Outcome<ReportFacts>> {
  const digest = readReportCode(typed);
  const found = digest === undefined ? undefined : await people.withReport(digest);
  if (!found) return unknown();
  const now = clock.now();
  const rules = {
    retire: (...given: Parameters<typeof enrolments.retire>) => enrolments.retire(...given),
    isOnMailbox: (factor: string) => registry.get(factor)?.onMailbox !== undefined,
  };
  const updated = await people.update<ReportFacts | undefined>(found.id, (person) => {
    const report = liveReports(person, now).find((one) => one.digest === digest);
    if (!report || person.removedAt !== undefined) return { result: undefined };
    const reported = withReported(rules, person, report, now);
    return { account: deskTold(settings, reported.person, now), result: reported.facts };
  });
  if (!updated?.account || !updated.result) return unknown();
  const { keys, address, password } = updated.result;
  log.warn({ event: 'change.reported', person: found.id, keys, address, password });
  return done(updated.result);
}

const unknown = () => refuse('code_unknown', 'No code like this counts any more.');

/** The mailbox of the help desk gets a mail in the language of the deployment, in the same write. */
function deskTold({ helpDesk, defaultLanguage }: Parts['settings'], person: Person, now: number): Person {
  if (helpDesk?.reports === undefined) return person;
  const reader = { ...person, language: defaultLanguage };
  const data = { username: person.username };
  return addPending(person, ...notice(reader, 'change_reported_desk', data, now, helpDesk.reports));
}
