/**
 * Another node, as far as dates go: a process of its own that opens the same store. Arguments: the configuration's
 * file, the factor.
 */
import { pino } from 'pino';
import { openServices, readDeployment } from '../app/services.ts';
import { describeMistakes } from '../config/config-errors.ts';
import { systemClock } from '../time/clock.ts';
import { serve } from './served.ts';

const [, , file = '', factor = ''] = process.argv;
const { loaded, registry } = await readDeployment(file, {});
if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
const services = await openServices({
  settings: loaded.settings,
  registry,
  clock: systemClock,
  log: pino({ enabled: false }),
});

const lastDay = async (): Promise<number | null> =>
  (await services.schedules.current())[factor]?.rules.find(({ scope }) => scope.kind === 'all')?.sunsetAt ?? null;

serve(
  { port: 0 },
  {
    lastDay,
    /** Asks as decisions would; the instant (ms of the machine's clock) from which on it decides by that day. */
    until: async (sunsetAt: number) => {
      while ((await lastDay()) !== sunsetAt) await new Promise((resolve) => setTimeout(resolve, 5));
      return Date.now();
    },
    close: () => services.close(),
  },
);
