/**
 * After a start: stores which configuration is in force. It accepts a configuration that strands nobody, and reports
 * any other in the audit log, once for each change, for any number of servers. Does not change who gets in. Called by
 * the leader (`app/configuration-watch.ts`).
 */
import type { AuditEvent } from '../../accounts/person.ts';
import { afterLook, isAcceptable, type ConfigurationRecord } from '../configuration-book.ts';
import { configurationFacts, digestOf } from '../configuration-facts.ts';
import type { Services } from '../services.ts';
import { closings } from './brake.ts';
import { lookAtConfiguration, type ConfigurationLook, type LookParts, type Rest } from './configuration-look.ts';

type Parts = LookParts & Pick<Services, 'configurations' | 'audit'>;

/**
 * Returns its findings if the configuration strands people and nobody accepted it. Rejects with `StorageUnavailable`,
 * `TooManyToCount`.
 */
export async function noteConfiguration(services: Parts, rest?: Rest): Promise<ConfigurationLook | undefined> {
  const { configurations, audit, clock } = services;
  const carryOver = () => configurations.carryOver((lines) => audit.append(lines));
  await carryOver();
  const digest = digestOf(configurationFacts(services));
  const record = await configurations.read();
  if (record.accepted?.digest === digest) {
    if (record.present?.digest !== digest)
      await configurations.change((fresh) => withPresent(fresh, digest, clock.now()));
    return undefined;
  }
  const look = await lookAtConfiguration(services, record, rest);
  const found = {
    digest,
    facts: look.facts,
    stranded: look.newlyStranded,
    closes: closings([look]).length > 0,
    now: clock.now(),
  };
  const event: AuditEvent = {
    at: found.now,
    actor: 'system',
    action: 'configuration.strands',
    facts: strandingFacts(look),
  };
  const after = await configurations.change((fresh) => afterLook(fresh, { ...found, event }));
  await carryOver();
  return after.accepted?.digest === digest || isAcceptable(after, found) ? undefined : look;
}

const withPresent = (record: ConfigurationRecord, digest: string, now: number): ConfigurationRecord => ({
  ...record,
  present: { digest, since: now },
});

/** Numbers and names of settings; nobody's name. */
export const strandingFacts = (look: ConfigurationLook): Readonly<Record<string, unknown>> => ({
  stranded: look.newlyStranded,
  clients: look.byClient,
  ...(look.closedClients.length > 0 && { closed: look.closedClients }),
  ...(look.shutsOut && { administratorsShutOut: true }),
  held: Object.fromEntries(look.held.map(({ factor, people, stranded }) => [factor, { people, stranded }])),
  differences: look.differences,
});
