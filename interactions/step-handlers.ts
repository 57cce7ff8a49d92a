/** Every step and what it does with an answer: the whole of a sign-in on one screen. */
import { actPhaseOut } from './retirement/dialog.ts';
import { actActivateKey, actConfirmEmail, actDone, actSelectKey, enterWizard } from './enrolment/wizard.ts';
import { nextStep, type Next } from './next-step.ts';
import type { InteractionServices } from './services.ts';
import { actChooseKey } from './steps/choose-key.ts';
import { actFindKey } from './steps/find-key.ts';
import { actPassword } from './steps/password.ts';
import { actProveKey, enterProveKey } from './steps/prove-key.ts';
import { actSecureAccount } from './enrolment/secure-account.ts';
import { actSelectAccount } from './steps/select-account.ts';
import { actRefused } from './steps/refused.ts';
import type { Act, Acted } from './step-handler.ts';
import type { StepName } from './sign-in-state.ts';
import type { SignInContext } from './context.ts';

export const acts: Readonly<Record<StepName, Act>> = {
  'select-account': actSelectAccount,
  'choose-key': actChooseKey,
  'find-key': actFindKey,
  'phase-out': actPhaseOut,
  password: actPassword,
  'secure-account': actSecureAccount,
  'prove-key': actProveKey,
  'confirm-email': actConfirmEmail,
  'select-key': actSelectKey,
  'activate-key': actActivateKey,
  done: actDone,
  refused: actRefused,
};

export type Advanced =
  | { readonly kind: 'at'; readonly context: SignInContext; readonly next: Next }
  | Extract<Acted, { readonly kind: 'abort' }>;

/** More would be a circle: a step that is entered leads to a page or to a refusal. */
const entersAtMost = 4;

/** From an answer to the next page: asks the decider, and does what entering that step takes (asking for the key, opening the wizard). */
export async function advance(context: SignInContext, acted: Acted, core: InteractionServices): Promise<Advanced> {
  let current = context;
  let latest = acted;
  for (let entered = 0; entered <= entersAtMost; entered += 1) {
    if (latest.kind === 'abort') return latest;
    const { steps } = latest;
    const person = steps.person === undefined ? undefined : (latest.person ?? current.person);
    current = current.with({ steps, person });
    const next = nextStep(current);
    if (next === 'prove-key' && steps.asked?.factor !== steps.chosen) latest = await enterProveKey(current, core);
    else if (next === 'confirm-email' && !steps.wizard) latest = enterWizard(current);
    else return { kind: 'at', context: current, next };
  }
  throw new Error('The sign-in does not come to rest.');
}
