/** Runs one command line. Everything of the process is an argument, so that a test runs the same. */
import { resolve } from 'node:path';
import { pino } from 'pino';
import type { Clock } from '../../time/clock.ts';
import { StorageUnavailable } from '../../adapters/storage/port.ts';
import type { Services } from '../services.ts';
import { StoreMoving } from '../migration-lock.ts';
import { withMongodb } from '../../config/deployment-option.ts';
import { describeMistakes } from '../../config/config-errors.ts';
import { FactorFolderError } from '../../factors/registry.ts';
import { createOutboxStore } from '../../messages/outbox-store.ts';
import { maskDestination } from '../../messages/send-queued.ts';
import { createSessionReviews } from '../../messages/session-reviews.ts';
import { createRelay, type Relay } from '../../messages/relay.ts';
import { exits, OutputClosed, UsageError, type Answer, type Exit, type Surroundings } from './command.ts';
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
  /** Whether what is complained goes to a terminal. */
  readonly isTerminal?: boolean;
  /** Of what is put out. */
  readonly screen?: Screen;
}

export async function run(process: Process, composition: Composition): Promise<Exit> {
  const { words, folder, output, complain } = process;
  const general = generalOf(words);
  const env = withMongodb(process.env, general.mongodb);
  const fail = (exit: Exit, code: string, says: string): Exit => {
    if (general.json) output(`${JSON.stringify({ refused: [{ code, says }] }, null, 2)}\n`);
    else complain(`${printable(says)}\n`);
    return exit;
  };
  try {
    if (general.config?.trim() === '') throw new UsageError('--config takes the path of a configuration file.');
    if (general.config !== undefined && general.deployment !== undefined)
      throw new UsageError('Give --config or --deployment, not both.');
    const own = general.config === undefined ? env['REKEY_CONFIG'] : resolve(folder, general.config);
    const chosen = await composition.chooseDeployment({ name: general.deployment, file: own });
    if (!chosen.ok) throw new UsageError(chosen.says);
    const file = [chosen.files.over, chosen.files.file].filter(Boolean).join(' over ');
    const deployment = await composition.readDeployment(chosen.files, env);
    const commands = commandsOf(deployment.registry);
    const parsed = parseWords(words, commands, composition.version, process.screen);
    if (parsed.command === undefined) {
      output(`${parsed.text}\n`);
      return exits.done;
    }
    const { command, given } = parsed;
    const progress = { write: general.json ? undefined : complain, isTerminal: process.isTerminal === true };
    const { input, clock } = process;
    const around: Surroundings = { given, by: `cli:${process.user}`, folder, input, output, env, clock, progress };
    if (command.needs === 'configuration')
      return print(
        await command.run({
          ...around,
          file,
          ...deployment,
          stores: composition.stores,
          tryConnections: composition.tryConnections,
          checkedByEngine: async () => (await composition.readDeployment(chosen.files, env, { byEngine: true })).loaded,
          checkFactor: composition.checkFactor,
        }),
        general.json,
        process,
      );
    const { loaded, registry } = deployment;
    if (!loaded.ok)
      return fail(exits.configuration, 'configuration_broken', `${file}:\n${describeMistakes(loaded.mistakes)}`);
    const log = pino({ enabled: false });
    const services = await composition.openServices({ settings: loaded.settings, registry, clock, log });
    try {
      const relay = carryingOver(services);
      const answered = await command.run({ ...around, services });
      await relay.flush();
      await relay.stop();
      return print(answered, general.json, process);
    } finally {
      await services.close();
    }
  } catch (error) {
    if (error instanceof OutputClosed) return exits.done;
    if (error instanceof UsageError)
      return fail(exits.usage, 'usage', `${error.message}\nrekey --help shows what there is.`);
    if (error instanceof FactorFolderError) return fail(exits.configuration, 'configuration_broken', error.message);
    if (error instanceof Error && error.name === 'RootKeyDiffers')
      return fail(exits.configuration, 'root_key_differs', error.message);
    if (error instanceof StoreMoving) return fail(exits.refused, 'store_moving', error.message);
    if (error instanceof StorageUnavailable)
      return fail(
        exits.unavailable,
        `store_${error.reason.replaceAll('-', '_')}`,
        `The store is not available (${error.reason}): ${error.message}`,
      );
    return fail(
      exits.fault,
      'fault',
      `This is a fault of the product: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
}

function print({ exit, json, text }: Answer, asJson: boolean, { output, complain }: Process): Exit {
  if (asJson && json !== undefined) output(`${JSON.stringify(json, null, 2)}\n`);
  else if (text !== '') (exit === exits.done ? output : complain)(`${printable(text)}\n`);
  return exit;
}

/** What the command changes owes lines and messages: lines go into the trail at once, messages into the queue, which the server sends. */
function carryingOver({ storage, secretBox, people, schedules, audit, clock, log }: Services): Relay {
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
    clock,
    log,
  });
}
