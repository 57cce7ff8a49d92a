/** What the pages of the steps have in common. `show-page.ts` calls it for each page; each step adds its own beside its handler. */
import { defined } from '../accounts/defined.ts';
import type { Shell, Usernameless } from '../views/models.ts';
import type { SignInContext } from './context.ts';
import type { StepName } from './sign-in-state.ts';

export type ShellFacts = Omit<Shell, 'step' | 'action' | 'notice' | 'typed'> & {
  /** Path of the sign-in. */
  readonly base: string;
  /** Between a code and the next one (ms). */
  readonly sendEvery: number;
};

export interface PageFacts {
  readonly shell: Shell;
  /** Between a code and the next one (ms). */
  readonly sendEvery: number;
  /** The question of a key that signs in without a name, where this page puts it. */
  readonly usernameless?: Usernameless | undefined;
}

/** @param step one that is open (`openSteps`) */
export function pageFacts(
  { steps: { notice, typed } }: SignInContext,
  step: StepName,
  { base, sendEvery, ...common }: ShellFacts,
  usernameless: Usernameless | undefined,
): PageFacts {
  const said = defined({ notice, typed: typed?.step === step ? typed.fields : undefined });
  return { shell: { ...common, step, action: `${base}/${step}`, ...said }, sendEvery, usernameless };
}

/** Whole seconds until a new code may be asked for; absent: at once. */
export function resendIn(
  { now }: SignInContext,
  at: number | undefined,
  { sendEvery }: PageFacts,
): { readonly resendIn?: number } {
  const seconds = at === undefined ? 0 : Math.ceil((at + sendEvery - now) / 1000);
  return seconds > 0 ? { resendIn: seconds } : {};
}
