/** `storage check`: whether the store can be reached, what is in it, and what is missing. */
import { pino } from 'pino';
import type { CollectionReport, StoreReport } from '../../adapters/storage/port.ts';
import { refuseMoving } from '../migration-lock.ts';
import { describeMistakes } from '../../config/config-errors.ts';
import { createMigrationMarks, migrationMarks } from '../migration-marks.ts';
import { answer, exits, refusedAnswer, type Answer, type Command } from './command.ts';
import { count, table } from './layout.ts';

export const storageCheck: Command = {
  noun: 'storage',
  verb: 'check',
  summary: 'Says where everything is kept, what is there, what is missing, and how big it is.',
  options: [{ name: 'read', says: 'Read every document too, and name those that cannot be read. Takes its time.' }],
  examples: ['rekey storage check', 'rekey storage check --read --json'],
  needs: 'configuration',
  async run({ loaded, file, given, clock, stores }) {
    if (!loaded.ok) {
      const says = `${file}:\n${describeMistakes(loaded.mistakes)}`;
      return refusedAnswer([{ code: 'configuration_broken', says }], exits.configuration);
    }
    const storage = await stores.open(loaded.settings.storage, { clock, log: pino({ enabled: false }) });
    try {
      await refuseMoving(createMigrationMarks(storage));
      for (const spec of [...stores.collections, ...stores.ofOneStore])
        if (spec !== migrationMarks) storage.collection(spec);
      const spare = stores.unused(loaded.settings).map(({ name }) => name);
      const report = await storage.inspect?.({ reading: given.is('read'), spare });
      return report ? told(report) : answer({ report: null }, 'This store says nothing of itself.');
    } finally {
      await storage.close();
    }
  },
};

function told(report: StoreReport): Answer {
  const { engine, place, bytes, collections: found, others, statements } = report;
  const faults = found.flatMap(faultsOf);
  const documents = found.reduce((sum, one) => sum + one.documents, 0);
  const lines = [
    `${engine}, ${place}: ${count(documents, 'document', 'documents')}${bytes === undefined ? '' : `, ${size(bytes)}`}.`,
    table([['collection', 'documents', 'size', 'indexes'], ...found.map(row)]),
    ...(others.length > 0 ? [`Also there, and not of Rekey: ${others.join(', ')}.`] : []),
    ...faults,
    ...(statements.length > 0
      ? [`The next start makes what is missing, if it may; or have it made:\n${statements.join('\n')}`]
      : []),
    ...(faults.length === 0 ? ['Nothing is missing.'] : []),
  ];
  const complete = { ...report, complete: faults.length === 0 };
  if (faults.length === 0) return answer(complete, lines.join('\n'));
  return answer(
    { refused: [{ code: 'store_incomplete', says: faults.join(' ') }], ...complete },
    lines.join('\n'),
    exits.refused,
  );
}

const row = ({ name, documents, bytes, indexes }: CollectionReport): readonly string[] => [
  name,
  String(documents),
  bytes === undefined ? '' : size(bytes),
  indexes.join(' '),
];

function faultsOf({ name, missing, unreadable = [] }: CollectionReport): readonly string[] {
  return [
    ...(missing.length > 0 ? [`${name} lacks ${missing.join(', ')}.`] : []),
    ...(unreadable.length > 0
      ? [
          `${name} has ${count(unreadable.length, 'document', 'documents')} that cannot be read: ${unreadable.join(', ')}.`,
        ]
      : []),
  ];
}

/** In thousands. */
function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
