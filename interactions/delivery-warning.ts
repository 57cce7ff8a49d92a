import type { Reason } from '../factors/reasons.ts';
import type { Delivery } from '../messages/delivery-status.ts';
import type { Core } from './services.ts';
import type { StepName } from './sign-in-state.ts';
import type { Turn } from './context.ts';

const reasons: Readonly<Partial<Record<Delivery, Reason>>> = {
  failed: 'message_undeliverable',
  delayed: 'message_delayed',
};

/** Says on the page that waits for a code what has become of the message, where that is trouble. Nobody can type a code that was not delivered. */
export async function withDelivery(turn: Turn, step: StepName, core: Pick<Core, 'delivery'>): Promise<Turn> {
  const { asked, wizard, notice } = turn.steps;
  const of = { 'prove-key': asked?.messages, 'activate-key': wizard?.begun?.messages };
  const messages = step === 'prove-key' || step === 'activate-key' ? (of[step] ?? []) : [];
  if (messages.length === 0) return turn;
  const delivery = await core.delivery(messages);
  const reason = reasons[delivery];
  if (reason === undefined || (notice && delivery !== 'failed')) return turn;
  return turn.with({ steps: { ...turn.steps, notice: { reason } } });
}
