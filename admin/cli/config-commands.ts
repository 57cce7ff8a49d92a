import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pino } from 'pino';
import type { Clock } from '../../time/clock.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import { refuseMoving, StoreMoving } from '../migration-lock.ts';
import { describeMistakes, type Mistake } from '../../config/config-errors.ts';
import { describeConfiguration } from '../../config/reference.ts';
import type { Settings } from '../../config/schema.ts';
import { createSchedules } from '../../schedules/schedule-store.ts';
import { describeDifference, scheduleDifferences, type ScheduleDifference } from '../schedule-differences.ts';
import { createMigrationMarks } from '../migration-marks.ts';
import { answer, exits, type Command } from './command.ts';
import type { Stores } from './composition.ts';

export const configCheck: Command = {
  noun: 'config',
  verb: 'check',
  summary:
    'Reads the configuration and names every mistake and warning; where the store is there already, also the dates that differ from those in force.',
  options: [
    {
      name: 'connect',
      says: 'Also try the store, the mail server and the gateway of text messages, and say what each answered. Nothing is sent.',
    },
  ],
  needs: 'configuration',
  async run({ file, given, clock, stores, checkedByEngine, tryConnections }) {
    const loaded = await checkedByEngine();
    const differing = loaded.ok ? await datesThatDiffer(loaded.settings, clock, stores) : [];
    const warnings = [...loaded.warnings, ...differing];
    const told = warnings.length > 0 ? [`Warnings:\n${describeMistakes(warnings)}`] : [];
    if (!loaded.ok) {
      const { mistakes } = loaded;
      const text = [`${file}:`, describeMistakes(mistakes), ...told].join('\n');
      return answer({ ok: false, file, mistakes, warnings }, text, exits.configuration);
    }
    const inOrder = [`${file} is in order.`, ...told];
    if (!given.is('connect')) return answer({ ok: true, file, warnings }, inOrder.join('\n'));
    const connections = await tryConnections(loaded.settings, clock);
    const ok = connections.every((one) => one.ok);
    const rows = connections.map(({ what, says }) => `${names[what]} ${says}.`);
    return answer(
      { ok, file, warnings, connections },
      [...inOrder, ...rows].join('\n'),
      ok ? exits.done : exits.unavailable,
    );
  },
};

const names = { store: 'The store', mail: 'Mail', gateway: 'The gateway of text messages' } as const;

/** For a store that exists and can be read; creates and writes nothing. */
async function datesThatDiffer(
  { storage: place, factors }: Settings,
  clock: Clock,
  stores: Pick<Stores, 'open'>,
): Promise<readonly Mistake[]> {
  if (place.embedded && !existsSync(place.embedded.file)) return [];
  try {
    const storage = await stores.open(place, { clock, log: pino({ enabled: false }) });
    try {
      await refuseMoving(createMigrationMarks(storage));
      const stored = await createSchedules({ storage, clock, initial: {} }).held();
      return scheduleDifferences(factors, stored).map((difference) => ({
        code: 'dates_differ',
        path: placeOf(difference),
        says: describeDifference(difference),
      }));
    } finally {
      await storage.close();
    }
  } catch (error) {
    if (error instanceof StorageUnavailable) return [];
    if (error instanceof StoreMoving) return [{ code: 'remark', path: 'storage', says: error.message }];
    throw error;
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
