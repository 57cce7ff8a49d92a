// One node as a process of its own. Arguments: the deployment's file, how far its clock is ahead (ms).
import { pino } from 'pino';
import { systemClock } from '../../time/clock.ts';
import { createApp } from '../../app/create-app.ts';
import { listen } from '../../app/listen.ts';
import { openMail } from '../../app/mail.ts';
import { openServices, readDeployment } from '../../app/services.ts';
import { describeMistakes } from '../../config/config-errors.ts';

const [, , file = '', ahead = '0'] = process.argv;
try {
  const { loaded, registry } = await readDeployment(file, {});
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  const log = pino({ level: 'info' }, { write: (line: string) => void process.send?.({ line: JSON.parse(line) }) });
  const clock = { now: () => systemClock.now() + Number(ahead) };
  const services = await openServices({ settings: loaded.settings, registry, clock, log });
  const app = await createApp({ services, mail: await openMail(services) });
  const server = await listen(app.callback, { host: '127.0.0.1', port: 0 });
  app.start();
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
} catch (error) {
  process.send?.({ failed: error instanceof Error ? { name: error.name, message: error.message } : {} });
  process.exitCode = 1;
  process.disconnect();
}
process.on('disconnect', () => process.exit());
