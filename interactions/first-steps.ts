/**
 * The state at the start of a sign-in: the name that the relying party suggests, the account to choose, and at a
 * step-up the password of the live session.
 */
import { rank } from '../factors/policy/assurance.ts';
import type { Evidence, ProvedKey } from '../factors/policy/standing.ts';
import type { Level } from '../factors/policy/types.ts';
import type { AskedAction } from '../provider/asked-action.ts';
import type { OpenInteraction } from '../provider/interaction-session.ts';
import { isRecent } from './recent.ts';
import { emptyState, type SignInState } from './sign-in-state.ts';

type Order = 'key-first' | 'name-first';

/** Where a password alone may be enough, we know only after the name whether a key is needed. */
export const orderOf = ({ order }: { readonly order: Order }, { level }: { readonly level: Level }) =>
  level === 'single' ? 'name-first' : order;

/** The session is enough, but the person has not allowed what the third party asks for. */
const consentReason = 'consent_due';

/**
 * Reasons that keep the password of the live session valid: only the key is too weak, or not accepted here, or too old.
 */
const stepUpReasons: ReadonlySet<string> = new Set(['acr_too_low', 'key_not_accepted', 'action_asked', consentReason]);

/** Reasons why no account can be used. */
const nobodyReasons: ReadonlySet<string> = new Set([
  'no_session',
  'account_gone',
  'account_unexpected',
  'session_over',
]);

/** Reasons for a fresh sign-in (OpenID Connect Core 1.0 §3.1.2.1, `prompt=login` and `max_age`). */
const freshReasons: ReadonlySet<string> = new Set(['login_prompt', 'max_age']);

/** @param now ms */
export function firstSteps(interaction: OpenInteraction, now: number): SignInState {
  const { session, reasons, action } = interaction;
  // An activation asks link and code, also in a browser where somebody is signed in.
  if (action?.kind === 'activate') return emptyState;
  const others = reasons.filter((reason) => reason !== 'select_account');
  const first = withoutSelecting({ ...interaction, reasons: others }, now);
  if (session && reasons.length > 0 && reasons.every((reason) => reason === consentReason))
    return { ...emptyState, person: session.accountId, selecting: { leadsTo: 'session', goesOn: true } };
  if (session === undefined || others.length === reasons.length || others.some((one) => nobodyReasons.has(one)))
    return first;
  const isEnough = others.every((reason) => reason === consentReason);
  const leadsTo = isEnough ? 'session' : first.person === undefined ? 'sign-in' : 'step-up';
  const { program } = interaction;
  return { ...first, person: session.accountId, selecting: { leadsTo, ...(program && { program }) } };
}

function withoutSelecting({ session, reasons, params, action }: OpenInteraction, now: number): SignInState {
  const hint = params['login_hint'];
  const username = typeof hint === 'string' && hint.length <= 320 ? { username: hint } : {};
  // The live session belongs to another person than the relying party asked for; the first page says so.
  const first: SignInState = reasons.includes('account_unexpected')
    ? { ...emptyState, notice: { reason: 'account_unexpected' } }
    : { ...emptyState, ...(session ? whyOf(reasons) : {}) };
  // A session that was opened by a key alone has no password.
  // A change of the password needs the present one, so that an open browser is not enough.
  const stepUp =
    action?.kind !== 'change-password' &&
    session?.rests.password !== undefined &&
    reasons.length > 0 &&
    reasons.every((reason) => stepUpReasons.has(reason));
  return stepUp
    ? {
        ...emptyState,
        ...username,
        ...whyOf(reasons),
        person: session.accountId,
        passwordAt: session.rests.password.at,
        passwordSetAt: session.rests.password.setAt,
        sessionsEnded: session.rests.ended ?? 0,
        sessionKeys: session.rests.keys,
        ...(action ? recentProof(session.rests, action, now) : {}),
      }
    : { ...first, ...username };
}

/**
 * What the page says to a person who is signed in already. A key that is not accepted makes the session too weak as
 * well, so it comes first.
 */
function whyOf(reasons: readonly string[]): Pick<SignInState, 'why'> {
  if (reasons.some((reason) => nobodyReasons.has(reason))) return {};
  if (reasons.includes('key_not_accepted')) return { why: 'other-key' };
  if (reasons.includes('acr_too_low')) return { why: 'stronger' };
  return reasons.some((reason) => freshReasons.has(reason)) ? { why: 'again' } : {};
}

/**
 * The key that a person who has just signed in need not prove again for an action: the strongest proved key, and if
 * possible not the one that is to be changed.
 */
function recentProof(
  { password, keys }: Evidence,
  action: AskedAction,
  now: number,
): Pick<SignInState, 'proof' | 'chosen' | 'knowingly'> {
  if (!isRecent(password?.at, now)) return {};
  const isAbout = ({ key }: ProvedKey) => 'key' in action && action.key === key;
  const [best] = keys
    .filter(({ at }) => isRecent(at, now))
    .toSorted(
      (a, b) => rank(b.assurance.strength) - rank(a.assurance.strength) || Number(isAbout(a)) - Number(isAbout(b)),
    );
  return best ? { chosen: best.factor, knowingly: false, proof: { ...best, purpose: 'sign-in' } } : {};
}
