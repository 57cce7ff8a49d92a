/** The reminders that are due now, as the leader sends them; nothing waits for a clock. */
import { pino } from 'pino';
import { mailRulesOf } from '../../schedules/mail-rules.ts';
import { createReminders } from '../../schedules/reminders.ts';
import type { Product } from './product.ts';

export async function sendReminders({ services, clock, app }: Product): Promise<void> {
  const reminders = createReminders({
    ...mailRulesOf(services.settings),
    people: services.people,
    dates: async () => ({ schedules: await services.schedules.current(), states: await services.schedules.mails() }),
    clock,
    log: pino({ level: 'silent' }),
    serviceName: (client) => client,
    scheduler: {
      after: (_milliseconds, run) => {
        queueMicrotask(run);
        return () => undefined;
      },
    },
  });
  await reminders.round();
  await reminders.stop();
  await app.flush();
}
