/** Every step of a sign-in, with its handler and its page model. */
import { actRemoveKey, removeKeyPage } from './actions/remove-key.ts';
import { actRetirement, retirementPage } from './retirement/dialog.ts';
import { actActivateKey, activateKeyPage } from './enrolment/activate-key.ts';
import { actConfirmEmail, confirmEmailPage } from './enrolment/confirm-email.ts';
import { actDone, donePage } from './enrolment/done.ts';
import { actSelectKey, selectKeyPage } from './enrolment/select-key.ts';
import { actChooseName, chooseNamePage } from './activation/choose-name.ts';
import { actPaperCode, paperCodePage } from './activation/paper-code.ts';
import { actTerms, termsPage } from './activation/terms.ts';
import { actConsent, consentPage } from './consent/consent.ts';
import { enter } from './enter.ts';
import { tellOfAsking } from './retirement/tell.ts';
import { nextStep, type Next } from './next-step.ts';
import type { Models } from '../views/models.ts';
import type { PageFacts } from './page-facts.ts';
import type { AskingServices } from './services.ts';
import { actChooseKey, chooseKeyPage } from './steps/choose-key.ts';
import { actFindKey, findKeyPage } from './steps/find-key.ts';
import { actCheckMailbox, actForgotten, checkMailboxPage, forgottenPage } from './steps/forgotten.ts';
import { actNewPassword, newPasswordPage } from './steps/new-password.ts';
import { actPassword, passwordPage } from './steps/password.ts';
import { actProveKey, enterProveKey, proveKeyPage } from './steps/prove-key.ts';
import { actSecureAccount, secureAccountPage } from './enrolment/secure-account.ts';
import { actSelectAccount, selectAccountPage } from './steps/select-account.ts';
import { actRefused, refusedPage } from './steps/refused.ts';
import type { Act, Acted } from './step-handler.ts';
import type { StepName } from './sign-in-state.ts';
import type { SignInContext } from './context.ts';

export interface Step<Name extends StepName> {
  /** Handles an answer to the step. */
  readonly act: Act;
  /** The model of its page: plain data and keys. */
  readonly page: (context: SignInContext, facts: PageFacts) => Models[Name];
}

export const steps: { readonly [Name in StepName]: Step<Name> } = {
  'select-account': { act: actSelectAccount, page: selectAccountPage },
  'choose-key': { act: actChooseKey, page: chooseKeyPage },
  'find-key': { act: actFindKey, page: findKeyPage },
  'phase-out': { act: actRetirement, page: retirementPage },
  password: { act: actPassword, page: passwordPage },
  'secure-account': { act: actSecureAccount, page: secureAccountPage },
  'prove-key': { act: actProveKey, page: proveKeyPage },
  'confirm-email': { act: actConfirmEmail, page: confirmEmailPage },
  'select-key': { act: actSelectKey, page: selectKeyPage },
  'activate-key': { act: actActivateKey, page: activateKeyPage },
  done: { act: actDone, page: donePage },
  forgotten: { act: actForgotten, page: forgottenPage },
  'check-mailbox': { act: actCheckMailbox, page: checkMailboxPage },
  'new-password': { act: actNewPassword, page: newPasswordPage },
  'remove-key': { act: actRemoveKey, page: removeKeyPage },
  'paper-code': { act: actPaperCode, page: paperCodePage },
  terms: { act: actTerms, page: termsPage },
  consent: { act: actConsent, page: consentPage },
  'choose-name': { act: actChooseName, page: chooseNamePage },
  refused: { act: actRefused, page: refusedPage },
};

export type Advanced =
  | { readonly kind: 'at'; readonly context: SignInContext; readonly next: Next }
  | Extract<Acted, { readonly kind: 'abort' }>;

/** The most steps that can be entered in a row: each leads to a page or a refusal, so more would be a loop. */
const entersAtMost = 4;

/**
 * From an answer to the next page: asks the decider, and does what entering that step needs (challenge the key, start
 * the wizard).
 */
export async function advance(context: SignInContext, acted: Acted, core: AskingServices): Promise<Advanced> {
  let current = context;
  let latest = acted;
  for (let entered = 0; entered <= entersAtMost; entered += 1) {
    if (latest.kind === 'abort') return latest;
    const { state } = latest;
    const person = state.person === undefined ? undefined : (latest.person ?? current.person);
    current = current.with({ state, person });
    const next = nextStep(current);
    if (next === 'prove-key' && state.asked?.factor !== state.chosen) {
      latest = await enterProveKey(current, core);
      if (latest.kind === 'state' && latest.state.refused === undefined) tellOfAsking(core, current);
    } else {
      const entered = enter(current, next);
      if (entered === undefined) return { kind: 'at', context: current, next };
      latest = entered;
    }
  }
  throw new Error('The sign-in does not come to rest.');
}
