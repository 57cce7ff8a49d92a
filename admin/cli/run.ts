/** Runs one command line. All parts of the process are arguments, so that a test runs the same code. */
import { resolve } from 'node:path';
import { pino } from 'pino';
import type { Clock } from '../../time/clock.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import type { Services } from '../services.ts';
import { StoreMoving } from '../migration-lock.ts';
import { withMongodb } from '../../config/deployment-option.ts';
import type { DeploymentFiles } from '../../config/find-deployment.ts';
import { describeMistakes } from '../../config/config-errors.ts';
import { FactorFolderError, type Registry } from '../../factors/registry.ts';
import { createOutboxStore } from '../../messages/outbox-store.ts';
import { maskDestination } from '../../messages/send-queued.ts';
import { createSessionReviews } from '../../messages/session-reviews.ts';
import { createRelay, type Relay } from '../../messages/relay.ts';
import {
  exits,
  OutputClosed,
  UsageError,
  type Answer,
  type Exit,
  type Surroundings,
  type WithConfiguration,
} from './command.ts';
import type { Composition } from './composition.ts';
import { commandsOf } from './commands.ts';
import { printable } from './layout.ts';
import { generalOf, parseWords, type Screen } from './program.ts';

export interface Process {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder from which relative paths start. */
  readonly folder: string;
  readonly user: string;
  readonly clock: Clock;
  readonly input: NodeJS.ReadableStream;
  readonly output: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Whether error messages go to a terminal. */
  readonly isTerminal?: boolean;
  /** Of the output. */
  readonly screen?: Screen;
}

/** The options of every command, read before the command is known. */
interface Line {
  readonly process: Process;
  readonly composition: Composition;
  readonly general: ReturnType<typeof generalOf>;
  readonly env: Process['env'];
}

export async function run(process: Process, composition: Composition): Promise<Exit> {
  const general = generalOf(process.words);
  const line: Line = { process, composition, general, env: withMongodb(process.env, general.mongodb) };
  try {
    return await runLine(line);
  } catch (error) {
    return error instanceof OutputClosed ? exits.done : fail(line, failureOf(error));
  }
}

async function runLine(line: Line): Promise<Exit> {
  const { process, composition, env } = line;
  const { words, output, folder, input, clock } = process;
  const files = await filesOf(line);
  const deployment = await composition.readDeployment(files, env);
  const parsed = parseWords(words, commandsOf(deployment.registry), composition.version, process.screen);
  if (parsed.command === undefined) {
    output(`${parsed.text}\n`);
    return exits.done;
  }
  const { command, given } = parsed;
  const json = line.general.json;
  const progress = { write: json ? undefined : process.complain, isTerminal: process.isTerminal === true };
  const by = `cli:${process.user}`;
  const around: Surroundings = { given, by, folder, input, output, env, clock, progress, asJson: json };
  const file = [files.over, files.file].filter(Boolean).join(' over ');
  if (command.needs === 'configuration')
    return print(
      await command.run({
        ...around,
        file,
        ...deployment,
        stores: composition.stores,
        withServices: withServicesOf(line, deployment.registry),
        tryConnections: composition.tryConnections,
        checkedByEngine: async () => (await composition.readDeployment(files, env, { byEngine: true })).loaded,
        checkFactor: composition.checkFactor,
        reportTexts: composition.reportTexts,
      }),
      json,
      process,
    );
  const { loaded, registry } = deployment;
  if (!loaded.ok) return fail(line, configurationBroken(`${file}:\n${describeMistakes(loaded.mistakes)}`));
  return withServicesOf(line, registry)(loaded.settings, (services) =>
    runWith(line, services, () =>
      command.run({
        ...around,
        services,
        drawPages: () => composition.drawPages(services),
        drawTexts: composition.drawTexts,
      }),
    ),
  );
}

const withServicesOf =
  ({ process: { clock }, composition }: Line, registry: Registry): WithConfiguration['withServices'] =>
  async (settings, work) => {
    const services = await composition.openServices({ settings, registry, clock, log: pino({ enabled: false }) });
    try {
      return await work(services);
    } finally {
      await services.close();
    }
  };

async function filesOf({ process, composition, general, env }: Line): Promise<DeploymentFiles> {
  if (general.config?.trim() === '') throw new UsageError('--config takes the path of a configuration file.');
  if (general.config !== undefined && general.deployment !== undefined)
    throw new UsageError('Give --config or --deployment, not both.');
  const own = general.config === undefined ? env['REKEY_CONFIG'] : resolve(process.folder, general.config);
  const chosen = await composition.chooseDeployment({ name: general.deployment, file: own });
  if (!chosen.ok) throw new UsageError(chosen.says);
  return chosen.files;
}

/** Delivers what the command left pending, and prints its answer. */
async function runWith({ general, process }: Line, services: Services, command: () => Promise<Answer>): Promise<Exit> {
  const relay = openRelay(services);
  const answered = await command();
  await relay.flush();
  await relay.stop();
  return print(answered, general.json, process);
}

interface Failure {
  readonly exit: Exit;
  readonly code: string;
  readonly says: string;
}

function fail({ general, process }: Line, { exit, code, says }: Failure): Exit {
  if (general.json) process.output(`${JSON.stringify({ refused: [{ code, says }] }, null, 2)}\n`);
  else process.complain(`${printable(says)}\n`);
  return exit;
}

const configurationBroken = (says: string): Failure => ({
  exit: exits.configuration,
  code: 'configuration_broken',
  says,
});

function failureOf(error: unknown): Failure {
  if (error instanceof UsageError)
    return { exit: exits.usage, code: 'usage', says: `${error.message}\nrekey --help shows what there is.` };
  if (error instanceof FactorFolderError) return configurationBroken(error.message);
  if (error instanceof Error && error.name === 'RootKeyDiffers')
    return { exit: exits.configuration, code: 'root_key_differs', says: error.message };
  if (error instanceof StoreMoving) return { exit: exits.refused, code: 'store_moving', says: error.message };
  if (error instanceof StorageUnavailable)
    return {
      exit: exits.unavailable,
      code: `store_${error.reason.replaceAll('-', '_')}`,
      says: `The store is not available (${error.reason}): ${error.message}`,
    };
  return {
    exit: exits.fault,
    code: 'fault',
    says: `This is a fault of the product: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  };
}

function print({ exit, json, text }: Answer, asJson: boolean, { output, complain }: Process): Exit {
  if (asJson && json !== undefined) output(`${JSON.stringify(json, null, 2)}\n`);
  else if (text !== '') (exit === exits.done ? output : complain)(`${printable(text)}\n`);
  return exit;
}

/**
 * Audit events of a command are written to the audit log at once, its messages to the queue, from which the server
 * sends them.
 */
function openRelay({ storage, secretBox, people, schedules, audit, clock, log }: Services): Relay {
  const store = createOutboxStore({ storage, secretBox, mask: maskDestination });
  const queue = async (messages: Parameters<Parameters<typeof createRelay>[0]['outbox']['queue']>[0]) => {
    for (const message of messages) await store.insert(message, clock.now());
  };
  const reviews = createSessionReviews(storage);
  return createRelay({
    people,
    others: [schedules],
    outbox: { queue },
    audit,
    reviewSessions: (id, review) => reviews.leave(id, review),
    // No sign-in waits here, and nothing that was just written is read again.
    removeAfter: 0,
    clock,
    log,
  });
}
