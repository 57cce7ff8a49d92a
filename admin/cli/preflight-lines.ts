/** The result of a pre-flight, in sentences and a small table. */
import { localInstant } from '../../time/calendar.ts';
import type { Fates, Preflight } from '../use-cases/preflight.ts';
import { count, table } from './layout.ts';

/** @param zone of the instant */
export function preflightLines(look: Preflight, zone: string): readonly string[] {
  const { touched, disabled, at, byClient, byGroup, newlyStranded, byActivation } = look;
  const apart = disabled === 0 ? '' : ` (and ${count(disabled, 'disabled account', 'disabled accounts')})`;
  const head = ['', 'hold it', 'keep another way', 'still sign in with it', 'must activate a key', 'no way in'];
  return [
    `${count(touched, 'person holds', 'people hold')} it${apart}. At ${localInstant(at, zone)} (${new Date(at).toISOString()}):`,
    table([
      head,
      row('everywhere', look),
      ...byClient.map(({ client, ...fates }) => row(`  at ${client}`, fates)),
      ...byGroup.map(({ group, ...fates }) => row(`  group ${group}`, fates)),
    ]),
    ...(byActivation === 0
      ? []
      : [
          `${byActivation} of ${count(newlyStranded, 'person who would lose the way in', 'people who would lose the way in')} can come in again by an activation: a link by mail, and a letter (\`rekey person activation\`, or the registration desk).`,
        ]),
  ];
}

const row = (name: string, { keep, still, mustReplace, stranded, touched }: Fates): readonly string[] =>
  [name, touched, keep, still, mustReplace, stranded].map(String);
