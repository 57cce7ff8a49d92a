/** What was typed into the fields of a page when its language is changed, so that it stands there again. Called by the router; drawn by the page. */
import type { Form } from './step-handler.ts';
import type { SignInState, StepName } from './sign-in-state.ts';

/** Not typed by the person, or not to be written into a page again: a password is typed anew. */
const left: ReadonlySet<string> = new Set(['password', 'asked', 'action', 'key', 'language']);
/** Names and addresses are shorter; what is longer is not kept. */
const longest = 400;

/** @param devices fields that a device fills in, by name */
export function withTyped(
  steps: SignInState,
  step: StepName,
  form: Form,
  devices: ReadonlyMap<string, number>,
): SignInState {
  const fields = Object.entries(form).filter(
    ([name, value]) => !left.has(name) && !devices.has(name) && value.length <= longest,
  );
  return { ...steps, typed: { step, fields: Object.fromEntries(fields) } };
}
