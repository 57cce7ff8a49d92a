/**
 * Facts that the pages of all steps share. The router builds them for each page; each step adds its own beside its
 * handler.
 */
import { defined } from '../accounts/defined.ts';
import type { Shell, Usernameless } from '../views/models.ts';
import type { SignInContext } from './context.ts';
import type { StepName } from './sign-in-state.ts';

export type ShellFacts = Omit<Shell, 'step' | 'action' | 'now' | 'notice' | 'happened' | 'typed' | 'whyAsked'> & {
  /** Path of the sign-in. */
  readonly base: string;
  /** Least time (ms) between two codes. */
  readonly sendEvery: number;
};

export interface PageFacts {
  readonly shell: Shell;
  /** Least time (ms) between two codes. */
  readonly sendEvery: number;
  /** The challenge of a usernameless sign-in, on the pages that offer it. */
  readonly usernameless?: Usernameless | undefined;
}

/** Where a person who is signed in is asked for something. */
const whySteps: ReadonlySet<StepName> = new Set(['choose-key', 'find-key', 'password', 'prove-key', 'secure-account']);

/** @param step an open one (`openSteps`) */
export function pageFacts(
  { now, state: { notice, happened, typed, why } }: SignInContext,
  step: StepName,
  { base, sendEvery, ...common }: ShellFacts,
  usernameless: Usernameless | undefined,
): PageFacts {
  const said = defined({
    whyAsked: whySteps.has(step) ? why : undefined,
    notice,
    happened: notice ? undefined : happened,
    typed: typed?.step === step ? typed.fields : undefined,
  });
  return { shell: { ...common, now, step, action: `${base}/${step}`, ...said }, sendEvery, usernameless };
}

/** Whole seconds until a new code can be requested; absent: at once. */
export function resendIn(
  { now }: SignInContext,
  at: number | undefined,
  { sendEvery }: PageFacts,
): { readonly resendIn?: number } {
  const seconds = at === undefined ? 0 : Math.ceil((at + sendEvery - now) / 1000);
  return seconds > 0 ? { resendIn: seconds } : {};
}
