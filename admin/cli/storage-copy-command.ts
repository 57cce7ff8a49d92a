/** `storage copy`: copies a store to another one. */
import { pino } from 'pino';
import { addressForms, storeAt, StoreAddressError, type StoreAddress } from './storage-address.ts';
import { refuse } from '../refusals.ts';
import { copyStorage, type CopyReport } from '../use-cases/storage-copy.ts';
import {
  answer,
  dryRun,
  refusedAnswer,
  UsageError,
  type Answer,
  type Command,
  type WithConfiguration,
} from './command.ts';
import { count, table } from './layout.ts';
import { progressLine } from './progress-line.ts';

export const storageCopy: Command = {
  noun: 'storage',
  verb: 'copy',
  summary:
    'Copies every document of one store into another, empty one, and compares the two. Run it again after an interruption: it goes on. Every server on either store must be stopped. The new store needs the same root key.',
  options: [
    { name: 'from', value: 'store', says: `The source: ${addressForms}.` },
    { name: 'to', value: 'store', says: 'The target, written likewise. It must be empty; a file is made.' },
    dryRun,
  ],
  examples: [
    'rekey storage copy --from embedded:state/rekey.db --to env:NEW_STORE',
    'rekey storage copy --from file:/run/secrets/mongodb-uri --to embedded:/var/lib/rekey/rekey.db',
  ],
  needs: 'configuration',
  async run(around) {
    const log = pino({ enabled: false });
    const settings = around.loaded.ok ? around.loaded.settings : undefined;
    const address = (name: string) => {
      const written = around.given.text(name);
      if (written === undefined) throw new UsageError(`Say --${name}: ${addressForms.replaceAll('`', '')}.`);
      return storeAt(written, { ...around, settings, log });
    };
    try {
      return await copyBetween(await address('from'), await address('to'), around);
    } catch (error) {
      if (error instanceof StoreAddressError)
        return refusedAnswer(refuse('store_address_invalid', error.message).refusals);
      throw error;
    }
  },
};

async function copyBetween(from: StoreAddress, to: StoreAddress, around: WithConfiguration): Promise<Answer> {
  if (from.place === to.place)
    return refusedAnswer(refuse('store_same', 'Source and target are the same store.').refusals);
  if (from.exists === false)
    return refusedAnswer(refuse('source_empty', `There is no store at ${from.label}.`).refusals);
  const isDry = around.given.is('dry-run');
  const source = await from.open();
  try {
    const target = isDry && to.exists === false ? undefined : await to.open();
    const line = progressLine(around.progress);
    try {
      const outcome = await copyStorage({
        source,
        ...(target && { target }),
        collections: around.stores.collections,
        clock: around.clock,
        dryRun: isDry,
        report: (progress) => line.show(progress),
      });
      line.end();
      if (!outcome.ok) return refusedAnswer(outcome.refusals);
      return answer({ from: from.label, to: to.label, ...outcome.value }, describe(outcome.value, from, to));
    } finally {
      line.end();
      await target?.close();
    }
  } finally {
    await source.close();
  }
}

function describe(report: CopyReport, from: StoreAddress, to: StoreAddress): string {
  const held = report.collections.filter(({ documents }) => documents > 0);
  const rows = held.map(({ name, documents, digest }) => [name, String(documents), digest ?? '']);
  const documents = count(report.documents, 'document', 'documents');
  if (report.dryRun)
    return [
      table(rows),
      '',
      `${documents} would go from ${from.label} to ${to.label}. Nothing was written (dry run).`,
    ].join('\n');
  return [
    table(rows),
    '',
    ...(report.corrected > 0
      ? [`${count(report.corrected, 'document', 'documents')} had changed at the source meanwhile and went again.`]
      : []),
    `${documents} went from ${from.label} to ${to.label}; both hold the same, document by document.`,
    'Give the server on the new store the root key of the old one, set the new store in its configuration, and let no server start on the old store any more.',
  ].join('\n');
}
