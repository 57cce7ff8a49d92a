/** The type of a step: what it does with an answer. A step never says where to go; `next-step.ts` does. */
import type { Person } from '../accounts/person.ts';
import type { Reason } from '../factors/reasons.ts';
import type { Factor } from '../factors/contract.ts';
import type { InteractionServices } from './services.ts';
import type { Notice, SignInState } from './sign-in-state.ts';
import type { SignInContext } from './context.ts';

/** A form as sent: every field is one string. */
export type Form = Readonly<Record<string, string>>;

export type Acted =
  | { readonly kind: 'state'; readonly state: SignInState; readonly person?: Person }
  /** The person cancels: the relying party gets the standard error (RFC 6749 §4.1.2.1). */
  | {
      readonly kind: 'abort';
      readonly error: 'access_denied' | 'login_required' | 'unmet_authentication_requirements';
    };

/** The browser goes to another site, to prove a key there. */
export interface Leaving {
  readonly kind: 'leave';
  readonly state: SignInState;
  readonly to: string;
}

export interface StepInput {
  readonly context: SignInContext;
  readonly form: Form;
  readonly core: InteractionServices;
  /** The browser came back from another site, and the form is the query of that request. */
  readonly cameBack?: true;
  /** Network address of the browser. */
  readonly from: string;
  /** The tokens of earlier sign-ins in this browser, and a function that adds one. */
  readonly browser: { readonly tokens: readonly string[]; readonly keep: (token: string) => void };
}

export type Act = (input: StepInput) => Promise<Acted | Leaving>;

export const goOn = (state: SignInState, person?: Person): Acted =>
  person ? { kind: 'state', state, person } : { kind: 'state', state };

/** The person gives up what the relying party asked for. */
export const giveUp: Acted = { kind: 'abort', error: 'access_denied' };

/** Stay on the page and show the reason. */
export const say = (context: SignInContext, reason: Reason, extra: Omit<Notice, 'reason'> = {}): Acted =>
  goOn({ ...context.state, notice: { reason, ...extra } });

/** Stop and show the ways on. */
export function refuse(
  context: SignInContext,
  reason: Reason,
  extra: { readonly factor?: string; readonly until?: number } = {},
): Acted {
  return goOn({ ...context.state, refused: { reason, ...extra } });
}

/** The next page says that a new code is on its way, unless it has to say something else. */
export const withNewCode = (acted: Acted): Acted =>
  acted.kind === 'state' && !acted.state.notice && !acted.state.refused
    ? { ...acted, state: { ...acted.state, happened: 'code_sent' } }
    : acted;

/** Reasons that end the step, not only the try. */
export const endsStep: ReadonlySet<Reason> = new Set<Reason>([
  'key_blocked',
  'key_not_held_or_expired',
  'key_exhausted',
  'key_expired',
  'key_state_unreadable',
  'account_disabled',
  'enrolment_closed',
]);

/**
 * Says whether a field is empty, which is not counted as a try: a code, or a field that only script fills in.
 * `undefined`: it is a try.
 */
export function blankReason(
  form: Form,
  traits: Factor['traits'] | undefined,
): 'field_empty' | 'script_missing' | undefined {
  if (Object.keys(traits?.longFields ?? {}).some((name) => (form[name] ?? '').trim() === '')) return 'script_missing';
  return form['code'] !== undefined && form['code'].trim() === '' ? 'field_empty' : undefined;
}

/** Why a text that was typed is not taken: it is empty, or it is too long or has characters that no such text has. */
export const unreadReason = (typed: string): 'field_empty' | 'input_invalid' =>
  typed.trim() === '' ? 'field_empty' : 'input_invalid';

/** The instant that belongs to a refusal, where there is one. */
export const untilOf = ({ until }: { readonly until?: number | undefined }): { readonly until?: number } =>
  until === undefined ? {} : { until };
