/** `config check` and `config reference`. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pino } from 'pino';
import type { Clock } from '../../time/clock.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import { refuseMoving, StoreMoving } from '../migration-lock.ts';
import type { Accepted } from '../use-cases/brake.ts';
import { isComparable } from '../use-cases/configuration-check.ts';
import { describeMistakes, type Mistake } from '../../config/config-errors.ts';
import { describeConfiguration } from '../../config/reference.ts';
import type { Settings } from '../../config/schema.ts';
import { createSchedules } from '../../schedules/schedule-store.ts';
import { describeDifference, scheduleDifferences, type ScheduleDifference } from '../schedule-differences.ts';
import { createMigrationMarks } from '../migration-marks.ts';
import { accepting, acceptedOf } from './brake-options.ts';
import { answer, exits, type Command, type WithConfiguration } from './command.ts';
import { checkPeople, nothingCompared, type PeopleChecked } from './config-people.ts';
import type { Stores } from './composition.ts';

export const configCheck: Command = {
  noun: 'config',
  verb: 'check',
  summary:
    'Reads the configuration and names every mistake and warning; where the store is there already, also the dates that differ from those in force, and whom the configuration would leave without a way in.',
  options: [
    {
      name: 'connect',
      says: 'Also try the store, the mail server and the gateway of text messages, and say what each answered. Nothing is sent.',
    },
    ...accepting,
  ],
  needs: 'configuration',
  async run(around) {
    const { file, given, clock, checkedByEngine, tryConnections } = around;
    const accepted = acceptedOf(given);
    const loaded = await checkedByEngine();
    const stored = loaded.ok ? await comparedWithStore(around, loaded.settings, accepted) : nothingCompared;
    const warnings = [...loaded.warnings, ...stored.warnings];
    const told = warnings.length > 0 ? [`Warnings:\n${describeMistakes(warnings)}`] : [];
    if (!loaded.ok) {
      const { mistakes } = loaded;
      const text = [`${file}:`, describeMistakes(mistakes), ...told].join('\n');
      return answer({ ok: false, file, mistakes, warnings }, text, exits.configuration);
    }
    const { refusals: refused, stranded, says } = stored;
    const isIn = refused.length === 0;
    const head = isIn ? [`${file} is in order.`] : [];
    const lines = [...head, ...told, ...says, ...refused.map((refusal) => refusal.says)];
    const connections = given.is('connect') ? await tryConnections(loaded.settings, clock) : undefined;
    const rows = (connections ?? []).map((one) => `${names[one.what]} ${one.says}.`);
    const connects = connections?.every((one) => one.ok) ?? true;
    return answer(
      {
        ok: isIn && connects,
        file,
        warnings,
        stranded,
        ...(isIn ? {} : { refused }),
        ...(connections && { connections }),
      },
      [...lines, ...rows].join('\n'),
      connects ? (isIn ? exits.done : exits.refused) : exits.unavailable,
    );
  },
};

const names = { store: 'The store', mail: 'Mail', gateway: 'The gateway of text messages' } as const;

/** For a store that exists and can be read; creates nothing, and writes only what is accepted. */
async function comparedWithStore(
  around: WithConfiguration,
  settings: Settings,
  accepted: Accepted | undefined,
): Promise<PeopleChecked> {
  const { clock, stores } = around;
  try {
    const raw = await lookedIntoStore(settings, clock, stores);
    const remark = (path: string, says: string): PeopleChecked => ({
      ...nothingCompared,
      warnings: [...raw.warnings, { code: 'remark', path, says }],
    });
    if (raw.comparable === 'no root key')
      return remark('state', 'has no root.key of the store: what people hold was not compared');
    if (raw.comparable === 'nobody') return { ...nothingCompared, warnings: raw.warnings };
    const people = await checkPeople(around, settings, accepted);
    return { ...people, warnings: [...raw.warnings, ...people.warnings] };
  } catch (error) {
    // Who accepts something must know that it was not written.
    if (accepted !== undefined) throw error;
    if (error instanceof StorageUnavailable) return nothingCompared;
    const isOther = error instanceof StoreMoving || (error instanceof Error && error.name === 'RootKeyDiffers');
    if (!isOther) throw error;
    return { ...nothingCompared, warnings: [{ code: 'remark', path: 'storage', says: error.message }] };
  }
}

async function lookedIntoStore(
  settings: Settings,
  clock: Clock,
  stores: Pick<Stores, 'open'>,
): Promise<{ readonly warnings: readonly Mistake[]; readonly comparable: Awaited<ReturnType<typeof isComparable>> }> {
  const { storage: place, factors } = settings;
  if (place.embedded && !existsSync(place.embedded.file)) return { warnings: [], comparable: 'nobody' };
  const storage = await stores.open(place, { clock, log: pino({ enabled: false }) });
  try {
    await refuseMoving(createMigrationMarks(storage));
    const stored = await createSchedules({ storage, clock, initial: {} }).stored();
    const warnings = scheduleDifferences(factors, stored).map((difference) => ({
      code: 'dates_differ' as const,
      path: placeOf(difference),
      says: describeDifference(difference),
    }));
    return { warnings, comparable: await isComparable(storage, settings) };
  } finally {
    await storage.close();
  }
}

function placeOf({ factor, date, for: scope }: ScheduleDifference): string {
  const rule = scope === 'all' ? '' : ` (${scope})`;
  return `factors.${factor}.schedule.${date}${rule}`;
}

export const configReference: Command = {
  noun: 'config',
  verb: 'reference',
  summary: 'Everything that may be set, the settings of the installed factors included, as Markdown.',
  options: [{ name: 'output', value: 'file', says: 'Write there instead of standard output.' }],
  needs: 'configuration',
  async run({ given, registry, folder }) {
    const markdown = describeConfiguration(
      Object.fromEntries(registry.all().map(({ id, settings }) => [id, settings])),
    );
    const name = given.text('output');
    if (name === undefined) return answer({ markdown }, markdown);
    await writeFile(resolve(folder, name), markdown);
    return answer({ file: name }, `${name} written.`);
  },
};
