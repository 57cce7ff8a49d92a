// The product in its own process, to be killed. Argument: the deployment's file.
import { pino } from 'pino';
import { systemClock } from '../../time/clock.ts';
import { createApp } from '../../app/create-app.ts';
import { listen } from '../../app/listen.ts';
import { openMail } from '../../app/mail.ts';
import { openServices, readDeployment } from '../../app/services.ts';
import { describeMistakes } from '../../config/config-errors.ts';

const { loaded, registry } = await readDeployment(process.argv[2] ?? '', {});
if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
const services = await openServices({
  settings: loaded.settings,
  registry,
  clock: systemClock,
  log: pino({ level: 'silent' }),
});
const app = await createApp({ services, mail: await openMail(services) });
await listen(app.callback, loaded.settings.listen);
app.start();
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
