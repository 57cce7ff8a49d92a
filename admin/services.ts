/**
 * The services of one deployment: settings, store, accounts, keys, dates, audit log. `app/services.ts` opens them; use
 * cases take the ones they need.
 */
import type { Logger } from 'pino';
import type { People } from '../accounts/person-store.ts';
import type { Mail, MailOutcome } from '../adapters/mail/port.ts';
import type { RootKeys } from '../adapters/root-key.ts';
import type { SecretBox } from '../adapters/secret-box.ts';
import type { KeptKeys } from '../provider/kept-keys.ts';
import type { Storage } from '../adapters/storage/port.ts';
import type { AuditTrail } from '../audit/audit-log.ts';
import type { Figures } from '../audit/fold-figures.ts';
import type { Loaded } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import type { Factor, Issued, Language, Paper, SlowHash, Tools } from '../factors/contract.ts';
import type { KeyChanges } from '../digital-keys/key-changes.ts';
import type { Registry } from '../factors/registry.ts';
import type { Sealing } from '../digital-keys/seal-state.ts';
import type { Passwords } from '../passwords/passwords.ts';
import type { ScheduleStore } from '../schedules/schedule-store.ts';
import type { Clock } from '../time/clock.ts';
import type { ConfigurationBook } from './configuration-book.ts';
import type { MigrationMarks } from './migration-marks.ts';
import type { ChangeLocks } from './change-locks.ts';

export interface Services {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  readonly storage: Storage;
  /** Whether the store is being moved. */
  readonly moves: MigrationMarks;
  readonly secretBox: SecretBox;
  readonly rootKeys: RootKeys;
  /**
   * Takes the root keys that stand in the folder `state` by now; whether they are others than before
   * (app/root-keys.ts).
   */
  readRootKeysAgain(): Promise<boolean>;
  /** Signing keys, cookie keys and what must outlive a root key. */
  readonly keptKeys: KeptKeys;
  readonly people: People;
  readonly hash: SlowHash;
  readonly passwords: Passwords;
  readonly sealing: Sealing;
  readonly enrolments: KeyChanges;
  readonly schedules: ScheduleStore;
  /** Of changes that are judged by a look at many documents. */
  readonly changeLocks: ChangeLocks;
  /** What the store knows of the deployment's configurations. */
  readonly configurations: ConfigurationBook;
  readonly audit: AuditTrail;
  /** What the audit log tells of factors, counted by day. */
  readonly figures: Figures;
  /** Called with every key that was handed out, its codes in clear. Only a demo sets it, to show them. */
  readonly onIssued?: (issued: IssuedKey) => Promise<void>;
  /** Called after a key was deleted for good, with its id. */
  readonly onPurged?: (key: string) => Promise<void>;
  /**
   * The `Tools` of a factor, with its settings in this deployment. @param language of the product's name; default: that
   * of the deployment
   */
  readonly toolsFor: (factor: Factor, language?: Language) => Tools<unknown>;
  /** What a key that is printed says, besides itself. @param ending the end of its factor (ms), and the zone */
  readonly paperFor: (
    factor: Factor,
    language: Language,
    ending?: { readonly sunsetAt: number; readonly zone: string },
  ) => Promise<Paper>;
  /** Sends one mail over a connection of its own; `say` gets each command and each answer. Absent: mails are kept. */
  readonly sendAlone?: (mail: Mail, say: (line: string) => void) => Promise<MailOutcome>;
  close(): Promise<void>;
}

/** A configuration that was read against the factors that are installed. */
export interface Deployment {
  readonly loaded: Loaded;
  readonly registry: Registry;
}

/** A key that an administrator hands out. */
export interface IssuedKey {
  readonly person: string;
  readonly username: string;
  readonly factor: string;
  readonly key: string;
  readonly detail: string;
  /** Ids of the keys that are off now. */
  readonly replaced: readonly string[];
  /** To be printed once; kept nowhere. */
  readonly document: Issued<unknown>['document'];
  readonly clear: Issued<unknown>['clear'];
}
