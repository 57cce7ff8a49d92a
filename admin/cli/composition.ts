/** What the command line is handed by `app/composition.ts`: how a deployment is found and read, and how its store and services are opened. */
import type { Logger } from 'pino';
import type { CollectionSpec, Storage } from '../../adapters/storage/port.ts';
import type { DeploymentFiles, Found } from '../../config/find-deployment.ts';
import type { Settings } from '../../config/schema.ts';
import type { StorageSettings } from '../../config/storage-schema.ts';
import type { Registry } from '../../factors/registry.ts';
import type { Clock } from '../../time/clock.ts';
import type { Deployment, Services } from '../services.ts';

export interface Composition {
  readonly version: string;
  /** @param name of a deployment that comes with the product @param file of one's own */
  chooseDeployment(chosen: { readonly name: string | undefined; readonly file: string | undefined }): Promise<Found>;
  readDeployment(files: DeploymentFiles, env: Readonly<Record<string, string | undefined>>): Promise<Deployment>;
  /** Rejects with `StoreMoving` or `StorageUnavailable`. */
  openServices(parts: {
    readonly settings: Settings;
    readonly registry: Registry;
    readonly clock: Clock;
    readonly log: Logger;
  }): Promise<Services>;
  readonly stores: Stores;
}

export interface Stores {
  /** Rejects with `StorageUnavailable`. */
  open(settings: StorageSettings, parts: { readonly clock: Clock; readonly log: Logger }): Promise<Storage>;
  /** What a copy carries along, in this order. */
  readonly collections: readonly CollectionSpec<never>[];
  /** What belongs to one store and stays there. */
  readonly ofOneStore: readonly CollectionSpec<never>[];
  /** What no server with these settings uses. */
  unused(settings: Settings): readonly CollectionSpec<never>[];
}
