/** Tells on a page that a code comes late, or perhaps not at all. */
import type { Reason } from '../factors/reasons.ts';
import type { Delivery } from '../messages/delivery-status.ts';
import type { InteractionServices } from './services.ts';
import type { StepName } from './sign-in-state.ts';
import type { SignInContext } from './context.ts';

const reasons: Readonly<Partial<Record<Delivery, Reason>>> = {
  failed: 'message_undeliverable',
  delayed: 'message_delayed',
};

/**
 * Warns on the page that waits for a code when the message failed or is late: nobody can type a code that was not
 * delivered.
 */
export async function withDelivery(
  context: SignInContext,
  step: StepName,
  core: Pick<InteractionServices, 'delivery'>,
): Promise<SignInContext> {
  const { asked, wizard, notice } = context.state;
  const of = { 'prove-key': asked?.messages, 'activate-key': wizard?.begun?.messages };
  const messages = step === 'prove-key' || step === 'activate-key' ? (of[step] ?? []) : [];
  if (messages.length === 0) return context;
  const delivery = await core.delivery(messages);
  const reason = reasons[delivery];
  if (reason === undefined || (notice && delivery !== 'failed')) return context;
  return context.with({ state: { ...context.state, notice: { reason } } });
}
