/**
 * Issues a key that an administrator gives to a person. An earlier key of the person is switched off in the same write:
 * two never work at the same time.
 */
import type { IssuedKey, Services } from '../services.ts';
import { circumstancesOf } from '../../accounts/circumstances.ts';
import type { Factor } from '../../factors/contract.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import { rank } from '../../factors/policy/assurance.ts';
import { effective, mayEnrol } from '../../factors/policy/lifecycle.ts';
import type { EffectiveSchedule } from '../../factors/policy/types.ts';
import { StateUnreadable } from '../../digital-keys/seal-state.ts';
import type { Person } from '../../accounts/person.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import { changeAccount, type WriteParts } from './account-write.ts';
import { findPerson } from './person-show.ts';

export interface IssueRequest {
  /** The factor's word for it: `card`. */
  readonly noun: string;
  /** User name or id. */
  readonly person: string;
  readonly by: string;
}

type Parts = WriteParts & Pick<Services, 'enrolments' | 'toolsFor' | 'paperFor' | 'onIssued'>;

export function factorIssuing({ registry }: Pick<Services, 'registry'>, noun: string): Factor | undefined {
  return registry.all().find(({ issue }) => issue?.noun === noun);
}

export async function issueKey(services: Parts, { noun, person: who, by }: IssueRequest): Promise<Outcome<IssuedKey>> {
  const factor = factorIssuing(services, noun);
  if (!factor?.issue) return refuse('noun_unknown', `No factor issues a ${noun}.`);
  if (services.settings.factors[factor.id]?.enabled !== true)
    return refuse('factor_not_enabled', `${factor.id} is not enabled in this deployment.`);
  const found = await findPerson(services, who);
  if (!found.ok) return found;
  const { id, username, disabled, language } = found.value;
  if (disabled) return refuse('person_disabled', `The account of ${username} is disabled.`);
  const schedule = (await services.schedules.current())[factor.id];
  const dated = schedule && effective(schedule, circumstancesOf(found.value), services.clock.now());
  if (dated && !mayEnrol(dated.status))
    return refuse('enrolment_closed', `${factor.id} is closed to enrolment: no new ${noun} is handed out.`);

  const { secret, document, clear } = await factor.issue.make(
    services.toolsFor(factor, language),
    personFacts(found.value),
    await services.paperFor(factor, language, endingOf(dated)),
  );
  const now = services.clock.now();
  const changed = await changeAccount(services, id, (person) => {
    if (person.disabled) return { result: undefined };
    const before = factor.traits.many
      ? []
      : person.keys.filter((one) => one.factor === factor.id && one.status !== 'off');
    const replaced = before.map((one) => one.id);
    const without = before.reduce<Person>(
      (rest, one) => services.enrolments.retire(rest, one.id, 'reissued', by, now),
      person,
    );
    const carries = before.flatMap(({ strength = [] }) => strength).toSorted((a, b) => rank(b) - rank(a))[0];
    const bound = services.enrolments.bind(without, { factor, secret, source: 'issued', by, carries }, now);
    return { account: bound.person, result: { key: bound.key, replaced } };
  }).catch(refuseUnreadable);
  if (!changed.ok) return changed;
  const updated = changed.value;
  if (!updated?.account || !updated.result)
    return refuse('person_disabled', `The account of ${username} is gone or disabled meanwhile.`);
  const { key, replaced } = updated.result;
  const issued = {
    person: id,
    username,
    factor: factor.id,
    key: key.id,
    detail: key.detail,
    replaced,
    document,
    clear,
  };
  await services.onIssued?.(issued);
  return done(issued);
}

const endingOf = (dated: EffectiveSchedule | undefined) =>
  dated?.sunsetAt === undefined ? undefined : { sunsetAt: dated.sunsetAt, zone: dated.zone };

/** What the factor made is not read by its own schema: nothing was written, so an earlier key goes on working. */
function refuseUnreadable(error: unknown) {
  if (error instanceof StateUnreadable) return refuse('factor_breaks_contract', error.message);
  throw error;
}
