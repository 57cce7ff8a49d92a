/**
 * Every collection that the house keeps. The house declares no other (`onlyListed`), so nothing can be kept that `rekey storage copy` would
 * leave behind.
 */
import { keptMessages } from './adapters/kept-messages.ts';
import type { CollectionSpec, Storage } from './adapters/storage/port.ts';
import { auditSegments } from './admin/audit-trail.ts';
import { moveMarks } from './admin/use-cases/copy-marks.ts';
import type { Settings } from './config/schema.ts';
import { issuedCards } from './demo/issued-cards.ts';
import { scheduleBooks } from './factors/schedules.ts';
import { sendTallies } from './factors/send-tallies.ts';
import { answerClaims } from './interactions/answer-claims.ts';
import { dutyDocuments } from './nodes/duty.ts';
import { nodeDocuments } from './nodes/presence.ts';
import { claimDocuments } from './people/claims.ts';
import { guessingNetworks } from './people/guessing-networks.ts';
import { outboxEntries } from './people/outbox-store.ts';
import { unknownNames } from './people/password-check.ts';
import { personDocuments } from './people/people.ts';
import { engineModels, interactionDocuments } from './provider/engine-models.ts';
import { engineKeys } from './provider/keys.ts';

/** What moves house with the people, in this order: what is needed first comes first. */
export const collections: readonly CollectionSpec<never>[] = [
  engineKeys,
  scheduleBooks,
  personDocuments,
  claimDocuments,
  unknownNames,
  guessingNetworks,
  ...Object.values(engineModels).map(({ spec }) => spec),
  interactionDocuments,
  outboxEntries,
  keptMessages,
  sendTallies,
  auditSegments,
  issuedCards,
];

/** What is of one store and the processes on it, and stays where it is. */
export const ofOneStore: readonly CollectionSpec<never>[] = [nodeDocuments, dutyDocuments, moveMarks, answerClaims];

/** What no server with these settings uses, and so does not make; one with earlier settings may have left it. */
export const unused = ({ mail, sms, demo }: Settings): readonly CollectionSpec<never>[] => [
  ...(mail.smtp && (!sms || sms.twilio) ? [keptMessages] : []),
  ...(sms ? [] : [sendTallies]),
  ...(demo.enabled ? [] : [issuedCards]),
];

/** The store, refusing what is not listed here. */
export function onlyListed(storage: Storage): Storage {
  const listed = new Set([...collections, ...ofOneStore].map(({ name }) => name));
  const guarded: Storage = {
    collection: (spec) => {
      if (listed.has(spec.name)) return storage.collection(spec);
      throw new TypeError(
        `The collection "${spec.name}" is not listed in compose-collections.ts: moving house would leave it behind.`,
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
