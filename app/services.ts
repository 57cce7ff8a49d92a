/**
 * Opens the services of a deployment, without the web: settings, store, accounts, keys, dates, audit log. The server
 * (`create-app.ts`) and the command line use it; several processes may have a store open at once.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../time/clock.ts';
import { openSecrets, readRootKeys, type Secrets } from './root-keys.ts';
import { makeFolder } from '../adapters/make-folder.ts';
import { StorageUnavailable, type Storage } from '../adapters/storage/port.ts';
import { createAuditWitness } from './audit-witness.ts';
import { sendAlone } from './mail.ts';
import { onlyListed } from './collections.ts';
import { checkBranding } from './branding.ts';
import { checkOwnTexts } from './own-texts.ts';
import { checkClientsByEngine, checkDatabaseAddress } from './check-deployment.ts';
import { checkKinds } from './check-factor-settings.ts';
import { createConfigurationBook } from '../admin/configuration-book.ts';
import { createChangeLocks } from '../admin/change-locks.ts';
import { refuseMoving } from '../admin/migration-lock.ts';
import { openStorage } from './open-storage.ts';
import { zoneOfPeople } from './zones.ts';
import { factorSettings, nameIn, strengthOf } from '../interactions/decision-rules.ts';
import { createFigures, type Figures } from '../audit/fold-figures.ts';
import { createAuditTrail } from '../audit/audit-log.ts';
import { createMigrationMarks } from '../admin/migration-marks.ts';
import type { Deployment, Services } from '../admin/services.ts';
import { checkConfiguredSchedules } from '../schedules/schedule-facts.ts';
import { findDeployment, type DeploymentFiles, type Found } from '../config/find-deployment.ts';
import { loadSettings } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { createIssuedCards, type IssuedCards } from '../demo/issued-cards.ts';
import type { Random, SlowHash } from '../factors/contract.ts';
import { createKeyChanges } from '../digital-keys/key-changes.ts';
import { initialSchedules } from '../schedules/from-configuration.ts';
import { loadFactors, ownFactors, type Registry } from '../factors/registry.ts';
import { createFetch } from '../provider/guarded-fetch.ts';
import { createSchedules } from '../schedules/schedule-store.ts';
import { createSealing } from '../digital-keys/seal-state.ts';
import { createPasswords } from '../passwords/passwords.ts';
import { createPeople, newPendingId } from '../accounts/person-store.ts';
import { createAnswerTime, realPace } from '../passwords/answer-time.ts';
import { createSlowHash, currentClass } from '../passwords/argon2.ts';

export const random: Random = { bytes: (length) => randomBytes(length), int: (below) => randomInt(below) };

/**
 * Which configuration to run: one that comes with the product, to try it on this machine (`--deployment`), or your own
 * file. For a public deployment the demo adds its own overlay.
 */
export async function chooseDeployment({
  name,
  file,
}: {
  readonly name: string | undefined;
  readonly file: string | undefined;
}): Promise<Found> {
  if (name === undefined && file?.trim() === '')
    return {
      ok: false,
      says: 'The environment variable REKEY_CONFIG is empty: give it the path of a configuration file, or take it away.',
    };
  if (name === undefined && file !== undefined) return { ok: true, files: { file } };
  const shipped = join(import.meta.dirname, '../config/deployments');
  return findDeployment(name ?? 'demo', shipped, join(import.meta.dirname, '../demo/deployments'));
}

/**
 * Reads a configuration and checks it against the installed factors, including those of its own folders.
 * @param byEngine whether the engine builds every relying party once: for the start and the check of the configuration
 */
export async function readDeployment(
  given: string | DeploymentFiles,
  env: Readonly<Record<string, string | undefined>>,
  { byEngine = false }: { readonly byEngine?: boolean } = {},
): Promise<Deployment> {
  let registry: Registry | undefined;
  const files = typeof given === 'string' ? { file: given } : given;
  const loaded = await loadSettings({
    ...files,
    env,
    factorSettings: async (folders) => {
      registry = await loadFactors([ownFactors, ...folders]);
      return Object.fromEntries(registry.all().map(({ id, settings }) => [id, settings]));
    },
    checks: [
      (settings) => (registry ? checkConfiguredSchedules(registry.all(), settings, systemClock.now()) : []),
      (settings) => (registry ? checkKinds(registry, settings) : []),
      checkBranding,
      (settings) => (registry ? checkOwnTexts(registry, settings) : []),
      checkDatabaseAddress,
      async (settings) => (registry && byEngine ? checkClientsByEngine(registry, settings) : []),
    ],
  });
  return { loaded, registry: registry ?? (await loadFactors([ownFactors])) };
}

/** With the additions of a demo. */
export interface OpenedServices extends Services {
  readonly issuedCards?: IssuedCards;
}

interface ServiceParts {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  /** A wrapper between the services and their store: counting, delays. */
  readonly around?: (storage: Storage) => Storage;
  readonly hash?: SlowHash;
}

/** Rejects with `StoreMoving` or `StorageUnavailable`, whose message is the line to show. */
export async function openServices(parts: ServiceParts): Promise<OpenedServices> {
  const { settings, registry, clock, log, hash = createSlowHash() } = parts;
  const store = await openStore(parts);
  const { storage, secretBox } = store;
  const sealing = createSealing(secretBox, (facts) => log.error({ event: 'factor.state-unreadable', ...facts }));
  const audit = createAuditTrail({ storage, clock, secretBox, witness: openWitness(settings, secretBox) });
  const schedules = createSchedules({ storage, clock, initial: initialSchedules(settings.factors, clock.now()) });
  const issuedCards = settings.demo.enabled ? createIssuedCards(storage) : undefined;
  return {
    ...store,
    settings,
    clock,
    log,
    registry,
    people: createPeople({
      storage,
      secretBox,
      report: (altered) => log.error({ event: 'account.altered', person: altered.account }),
    }),
    hash,
    sealing,
    passwords: openPasswords({ settings, storage, secretBox, hash }),
    enrolments: createKeyChanges({
      sealing,
      newId: newPendingId,
      strengthOf: ({ id }) => strengthOf({ settings, registry }, id) ?? 'high',
    }),
    schedules,
    changeLocks: createChangeLocks({ storage, clock }),
    configurations: createConfigurationBook(storage),
    audit,
    figures: openFigures({ settings, registry, storage, schedules, audit }),
    ...(issuedCards && {
      issuedCards,
      onIssued: (issued) => issuedCards.keep(issued),
      onPurged: (key) => issuedCards.forget(key),
    }),
    toolsFor: toolsWith({ settings, clock, log, hash }),
    paperFor: async (...asked) =>
      (await import('./paper.ts')).writePaper({ settings, registry, schedules, log }, ...asked),
    ...(settings.mail.smtp && { sendAlone: (mail, say) => sendAlone(settings, mail, say) }),
    async close() {
      await audit.settle();
      await storage.close();
    },
  };
}

/** Days of figures are meant in the zone of the deployment, else of the first dates: configured or in the store. */
const openFigures = ({
  settings,
  registry,
  storage,
  schedules,
  audit,
}: Pick<Services, 'settings' | 'registry' | 'storage' | 'schedules' | 'audit'>): Figures =>
  createFigures({
    storage,
    audit,
    zone: () => zoneOfPeople({ settings, schedules }),
    isFallback: (factor) => registry.get(factor)?.traits.fallback === true,
  });

type OpenedStore = Pick<Services, 'storage' | 'moves'> & Secrets;

async function openStore({ settings, clock, log, around = (storage) => storage }: ServiceParts): Promise<OpenedStore> {
  await inFolder(settings.state, async () => makeFolder(settings.state));
  const rootKeys = await inFolder(settings.state, () => readRootKeys(settings));
  const storage = around(onlyListed(await openStorage(settings.storage, { clock, log })));
  const moves = createMigrationMarks(storage);
  try {
    await refuseMoving(moves);
    return { storage, moves, ...(await openSecrets(storage, rootKeys, settings)) };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

const openWitness = ({ state, storage }: Settings, secretBox: Services['secretBox']) =>
  createAuditWitness(state, secretBox.digest(JSON.stringify(storage), 'audit witness'));

function openPasswords({
  settings,
  storage,
  secretBox,
  hash,
}: Pick<Services, 'settings' | 'storage' | 'secretBox' | 'hash'>): Services['passwords'] {
  const name = nameIn(settings.name)(settings.defaultLanguage);
  const { hostname } = new URL(settings.issuer);
  return createPasswords({
    secretBox,
    hash,
    time: createAnswerTime({ storage, hash, pace: realPace, ownClass: currentClass }),
    rules: {
      minimumLength: settings.password.minimumLength,
      contextWords: [name, hostname, 'rekey', ...settings.password.contextWords],
    },
  });
}

function toolsWith({
  settings,
  clock,
  log,
  hash,
}: Pick<Services, 'settings' | 'clock' | 'log' | 'hash'>): Services['toolsFor'] {
  const ourName = nameIn(settings.name);
  const { origin } = new URL(settings.issuer);
  const outside = createFetch(settings.internalHosts);
  return (factor, language = settings.defaultLanguage) => ({
    settings: factorSettings(settings, factor),
    now: clock.now(),
    random,
    hash,
    provider: { name: ourName(language), origin },
    fetch: outside,
    wayBack: { state: '', returnTo: (site) => `${origin}/factor/${factor.id}/return/${site}`, language },
    log: (event, facts = {}) => log.info({ ...facts, event, factor: factor.id }),
  });
}

/** Turns an error of the operating system into one line for the operator. */
async function inFolder<R>(folder: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new StorageUnavailable('unreachable', `The folder ${folder} (\`state\`) cannot be used (${code}).`, error);
  }
}
