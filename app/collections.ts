/**
 * Every collection of the deployment. No other can be declared (`onlyListed`), so `rekey storage copy` leaves nothing
 * behind.
 */
import { keptMessages } from '../adapters/message-store.ts';
import type { CollectionSpec, Storage } from '../adapters/storage/port.ts';
import { auditSegments } from '../audit/audit-log.ts';
import { figureDays, figureMarks } from '../audit/figure-store.ts';
import { auditHeads } from '../audit/sealed-head.ts';
import { deskLetters, deskLookups } from '../admin/desk-records.ts';
import { configurationRecords } from '../admin/configuration-book.ts';
import { changeLockDocuments } from '../admin/change-locks.ts';
import { migrationMarks } from '../admin/migration-marks.ts';
import type { Settings } from '../config/schema.ts';
import { issuedCards } from '../demo/issued-cards.ts';
import { scheduleStates } from '../schedules/schedule-history.ts';
import { scheduleBooks } from '../schedules/schedule-store.ts';
import { quotaDocuments } from '../messages/quota-store.ts';
import { dedupeDocuments } from '../interactions/dedupe-across-nodes.ts';
import { leaseDocuments } from '../cluster/leader-lease.ts';
import { nodeDocuments } from '../cluster/heartbeat.ts';
import { sessionReviews } from '../messages/session-reviews.ts';
import { uniqueValueDocuments } from '../accounts/unique-values.ts';
import { codeTries } from '../recovery/code-tries.ts';
import { metHashes } from '../passwords/answer-time.ts';
import { guessingNetworks } from '../passwords/network-limits.ts';
import { outboxEntries } from '../messages/outbox-store.ts';
import { unknownNames } from '../passwords/unknown-names.ts';
import { personDocuments } from '../accounts/person-documents.ts';
import { logoutDocuments } from '../provider/backchannel-logouts.ts';
import { engineModels } from '../provider/engine-models.ts';
import { interactionDocuments } from '../provider/interaction-store.ts';
import { siteSessions } from '../sites/site-sessions.ts';
import { engineKeys } from '../provider/kept-keys.ts';

/**
 * The collections that `rekey storage copy` copies, in this order: a document is copied after those that it depends on.
 */
export const collections: readonly CollectionSpec<never>[] = [
  engineKeys,
  scheduleBooks,
  scheduleStates,
  configurationRecords,
  personDocuments,
  uniqueValueDocuments,
  sessionReviews,
  unknownNames,
  guessingNetworks,
  codeTries,
  metHashes,
  ...Object.values(engineModels).map(({ spec }) => spec),
  interactionDocuments,
  siteSessions,
  deskLetters,
  deskLookups,
  logoutDocuments,
  outboxEntries,
  keptMessages,
  quotaDocuments,
  auditSegments,
  auditHeads,
  figureDays,
  figureMarks,
  issuedCards,
];

/** Collections that belong to one store and its processes, and are not copied. */
export const ofOneStore: readonly CollectionSpec<never>[] = [
  nodeDocuments,
  leaseDocuments,
  migrationMarks,
  dedupeDocuments,
  changeLockDocuments,
];

/**
 * Collections that no server with these settings uses or creates; a server with earlier settings may have left them.
 */
export const unused = ({ mail, sms, demo, sites }: Settings): readonly CollectionSpec<never>[] => [
  ...(mail.smtp && (!sms || sms.twilio) ? [keptMessages] : []),
  ...(sms ? [] : [quotaDocuments]),
  ...(demo.enabled ? [] : [issuedCards]),
  ...(sites.selfService || sites.desk ? [] : [siteSessions]),
  ...(sites.desk ? [] : [deskLetters, deskLookups]),
];

/** The store, which refuses a collection that is not listed here. */
export function onlyListed(storage: Storage): Storage {
  const listed = new Set([...collections, ...ofOneStore].map(({ name }) => name));
  const guarded: Storage = {
    collection: (spec) => {
      if (listed.has(spec.name)) return storage.collection(spec);
      throw new TypeError(
        `The collection "${spec.name}" is not listed in app/collections.ts: a copy of the store would leave it behind.`,
      );
    },
    ping: () => storage.ping(),
    sweep: (limit) => storage.sweep(limit),
    close: () => storage.close(),
  };
  return {
    ...guarded,
    ...(storage.prepare && { prepare: async () => storage.prepare?.() }),
    ...(storage.within && { within: (work) => storage.within?.(work) ?? work() }),
    ...(storage.foreignWrites && { foreignWrites: () => storage.foreignWrites?.() ?? 0 }),
    ...(storage.time && { time: async () => storage.time?.() }),
  };
}
