/**
 * The model of a step's page, the question of a key that needs no name included. Called by the router, and where the
 * pages of a sign-in are drawn ahead.
 */
import type { Models } from '../views/models.ts';
import type { SignInContext } from './context.ts';
import { pageFacts, type ShellFacts } from './page-facts.ts';
import type { DrawingServices } from './services.ts';
import type { StepName } from './sign-in-state.ts';
import { steps } from './step-handlers.ts';
import { usernamelessFactor } from './steps/usernameless.ts';

/** @param step one that is open (`openSteps`) */
export async function pageModel(
  context: SignInContext,
  step: StepName,
  facts: ShellFacts,
  { usernamelessSignIn }: DrawingServices,
): Promise<Models[StepName]> {
  const factor = usernamelessFactor(context, step);
  const usernameless =
    factor === undefined ? undefined : await usernamelessSignIn.ask(factor, context.occasion('sign-in'));
  return steps[step].page(context, pageFacts(context, step, facts, usernameless));
}
