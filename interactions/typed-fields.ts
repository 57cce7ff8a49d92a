/**
 * Keeps what the person typed when they change the language of a page, so that the page can show it again. The router
 * calls it.
 */
import type { Form } from './step-handler.ts';
import type { SignInState, StepName } from './sign-in-state.ts';

/** Not typed by the person, or not allowed back into a page: the person types a password again. */
const left: ReadonlySet<string> = new Set(['password', 'again', 'asked', 'action', 'key', 'language']);
/** Names and addresses are shorter; a longer value is not kept. */
const longest = 400;

/** @param devices names of the fields that a device fills in */
export function withTyped(
  state: SignInState,
  step: StepName,
  form: Form,
  devices: ReadonlyMap<string, number>,
): SignInState {
  const fields = Object.entries(form).filter(
    ([name, value]) => !left.has(name) && !devices.has(name) && value.length <= longest,
  );
  return { ...state, typed: { step, fields: Object.fromEntries(fields) } };
}
