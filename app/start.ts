/**
 * Starts the server: reads the deployment, opens the services, listens, stops cleanly on a signal. Called by `main.ts`
 * and by `rekey start`.
 */
import { pino } from 'pino';
import { systemClock } from '../time/clock.ts';
import { scheduleDifferences } from '../admin/schedule-differences.ts';
import { FactorFolderError } from '../factors/registry.ts';
import { createApp } from './create-app.ts';
import { listen } from './listen.ts';
import { openSms } from './sms.ts';
import { openMail } from './mail.ts';
import { chooseDeployment, openServices, readDeployment } from './services.ts';
import { version } from './version.ts';
import type { Demo } from '../demo/start-demo.ts';
import { deploymentOption, withMongodb } from '../config/deployment-option.ts';
import { describeMistakes } from '../config/config-errors.ts';

class UsageError extends Error {}

/**
 * @param words the options of the start. A failure is one line on standard error and an exit code; nothing is thrown.
 */
export const start = (words: readonly string[]): Promise<void> => serve(words).catch(fail);

async function serve(words: readonly string[]): Promise<void> {
  const option = deploymentOption(words);
  if (!option.ok) throw new UsageError(option.says);
  const chosen = await chooseDeployment({ name: option.name, file: option.config ?? process.env['REKEY_CONFIG'] });
  if (!chosen.ok) throw new UsageError(chosen.says);
  const { loaded, registry } = await readDeployment(chosen.files, withMongodb(process.env, option.mongodb), {
    byEngine: true,
  });
  if (!loaded.ok) {
    process.stderr.write(`${describeMistakes(loaded.mistakes)}\n`);
    process.exitCode = 3;
    return;
  }
  const { settings } = loaded;
  const log = pino({ level: settings.log.level }, pino.destination({ fd: 2, sync: false }));
  const services = await openServices({ settings, registry, clock: systemClock, log });
  const mail = await openMail(services);
  const sms = await openSms(services, mail);
  const app = await createApp({ services, mail, ...(sms && { sms }) });
  const server = await listen(app.callback, settings.listen);
  app.start();
  let demo: Promise<Demo> | undefined;
  stopOnSignal(async () => {
    // A demo that could not start has reported that itself; the server continues.
    await (await demo?.catch(() => undefined))?.close();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 5_000).unref();
    await closed;
    await app.stop();
    await Promise.all([mail.close(), sms?.close()]);
    await services.close();
    log.info({ event: 'stopped', version });
    await new Promise((resolve) => log.flush(resolve));
  });
  for (const difference of scheduleDifferences(settings.factors, await services.schedules.stored()))
    log.warn({ event: 'schedule.differs', ...difference });
  log.info({ event: 'listening', version, issuer: settings.issuer, port: settings.listen.port });
  if (settings.demo.enabled) {
    const { issuedCards } = services;
    demo = import('../demo/start-demo.ts').then(({ startDemo }) =>
      startDemo({ services, issuedCards, mail, log, files: chosen.files }),
    );
  }
  await demo;
}

/** Runs once, at the first signal, and ends the process. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stopping ??= stop().then(() => process.exit(0));
      void stopping;
    });
}

function fail(error: unknown): void {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
  if (error instanceof FactorFolderError) {
    process.stderr.write(`${error.message}\n`);
    process.exit(3);
  }
  const { name, code, port, message, stack } = error as Error & { readonly code?: string; readonly port?: number };
  const line =
    code === 'EADDRINUSE'
      ? `Port ${String(port)} is taken. Stop what listens there, or choose another port: REKEY_LISTEN_PORT=3100 npm start.`
      : ['PortTaken', 'StoreMoving', 'RootKeyDiffers'].includes(name)
        ? message
        : name === 'StorageUnavailable'
          ? `Rekey cannot start: ${message}`
          : `Rekey cannot start: ${stack ?? message}`;
  process.stderr.write(`${line}\n`);
  process.exit(1);
}
