/**
 * A person says *this was not me*, by the code of a mail, without being signed in. Called by the page for it. Nobody
 * learns whose code it was.
 */
import { liveReports, readReportCode } from '../../accounts/change-reports.ts';
import { withReported, type ReportFacts } from '../../digital-keys/reported-change.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';

type Parts = Pick<Services, 'people' | 'clock' | 'enrolments' | 'registry' | 'log'>;

/** @param typed the code as typed */
export async function reportChange(
  { people, clock, enrolments, registry, log }: Parts,
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
    return { account: reported.person, result: reported.facts };
  });
  if (!updated?.account || !updated.result) return unknown();
  const { keys, address, password } = updated.result;
  log.warn({ event: 'change.reported', person: found.id, keys, address, password });
  return done(updated.result);
}

const unknown = () => refuse('code_unknown', 'No code like this counts any more.');
