/**
 * The parts that `app/composition.ts` gives to the command line: how a deployment is found and read, and how its store
 * and services are opened.
 */
import type { Logger } from 'pino';
import type { CollectionSpec, Storage } from '../../adapters/storage/port.ts';
import type { DeploymentFiles, Found } from '../../config/find-deployment.ts';
import type { Settings } from '../../config/schema.ts';
import type { StorageSettings } from '../../config/storage-schema.ts';
import type { Registry } from '../../factors/registry.ts';
import type { Clock } from '../../time/clock.ts';
import type { Deployment, Services } from '../services.ts';
import type { Drawing } from '../use-cases/preview.ts';

export interface Composition {
  readonly version: string;
  /** @param name of a deployment of the product @param file another configuration file */
  chooseDeployment(chosen: { readonly name: string | undefined; readonly file: string | undefined }): Promise<Found>;
  /** With `byEngine` the engine builds every relying party once, which takes a moment. */
  readDeployment(
    files: DeploymentFiles,
    env: Readonly<Record<string, string | undefined>>,
    how?: { readonly byEngine?: boolean },
  ): Promise<Deployment>;
  /** Rejects with `StoreMoving` or `StorageUnavailable`. */
  openServices(parts: {
    readonly settings: Settings;
    readonly registry: Registry;
    readonly clock: Clock;
    readonly log: Logger;
  }): Promise<Services>;
  /** Tests the store, the mail server and the gateway of text messages once each, with a time limit; sends nothing. */
  readonly tryConnections: (settings: Settings, clock: Clock) => Promise<readonly TriedConnection[]>;
  readonly stores: Stores;
  /** The parts for rendering pages without a server. */
  readonly drawPages: (services: Services) => Promise<Drawing>;
  /** How complete the texts of a deployment are. */
  readonly reportTexts: (parts: { readonly settings: Settings; readonly registry: Registry }) => Promise<TextsReport>;
  /** Every page and mail in every language, with example values. */
  readonly drawTexts: (services: Services) => Promise<DrawnTexts>;
  /** Runs the contract suite over the factor in this folder (absolute). Rejects with a FactorFolderError. */
  readonly checkFactor: (folder: string) => Promise<FactorReport>;
}

export interface FactorReport {
  readonly factor: string;
  /** How many rules were tested. */
  readonly checks: number;
  readonly broken: readonly { readonly rule: string; readonly says: string }[];
}

export interface TextsReport {
  /** Absent: the deployment has no words of its own. */
  readonly folder: string | undefined;
  /** Own layouts of mails. */
  readonly layouts: readonly string[];
  readonly formOfAddress: 'formal' | 'informal';
  readonly languages: readonly {
    readonly language: string;
    readonly fallBack?: string;
    readonly texts: number;
    readonly own: number;
    readonly missing: readonly string[];
    /** Texts that address people formally although the deployment does it informally. */
    readonly formal?: readonly string[];
  }[];
}

export interface DrawnTexts {
  readonly languages: readonly string[];
  readonly files: readonly { readonly language: string; readonly file: string; readonly text: string }[];
  /** A page that links to them. */
  readonly listOf: (files: readonly string[]) => string;
}

export interface TriedConnection {
  readonly what: 'store' | 'mail' | 'gateway';
  readonly ok: boolean;
  /** Without secrets and without a full stop. */
  readonly says: string;
}

export interface Stores {
  /** Rejects with `StorageUnavailable`. */
  open(settings: StorageSettings, parts: { readonly clock: Clock; readonly log: Logger }): Promise<Storage>;
  /** The collections that a copy contains, in this order. */
  readonly collections: readonly CollectionSpec<never>[];
  /** Collections that belong to one store and stay there. */
  readonly ofOneStore: readonly CollectionSpec<never>[];
  /** Collections that no server with these settings uses. */
  unused(settings: Settings): readonly CollectionSpec<never>[];
}
