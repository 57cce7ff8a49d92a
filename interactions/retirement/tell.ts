/**
 * Writes audit events about a factor that is being retired: its dialog was shown, a refusal after its last day, no way
 * left. Called when an answer was saved.
 */
import { cohortOf } from '../../accounts/cohort.ts';
import type { Key } from '../../accounts/person.ts';
import type { AuditAction } from '../../accounts/audit-actions.ts';
import type { FactorId } from '../../factors/contract.ts';
import { maySignIn } from '../../factors/policy/lifecycle.ts';
import { beforePurge } from '../../digital-keys/purge-keys.ts';
import { audit } from '../audit-event.ts';
import type { SignInContext } from '../context.ts';
import { nextStep, type Next } from '../next-step.ts';
import { prospectOf } from '../prospect.ts';
import type { InteractionServices } from '../services.ts';
import { emptyState } from '../sign-in-state.ts';
import { refusalOf } from '../steps/refused.ts';
import { subject } from './dialog.ts';

/**
 * @param after with the saved state; `next` is the page that it leads to: recorded when the browser goes there, not
 * when the page is rendered again
 */
export function tellOfRetirement(
  core: Pick<InteractionServices, 'mention' | 'note'>,
  before: SignInContext,
  after: SignInContext,
  next: Next,
): void {
  if ((next !== 'phase-out' && next !== 'refused') || nextStep(before) === next) return;
  const event = (action: AuditAction, factor: FactorId) =>
    audit(after, action, {
      person: after.person?.id,
      factor,
      facts: cohortOf(after.person),
      ...(next === 'refused' ? { reason: refusalOf(after).reason } : {}),
    });
  if (next === 'phase-out') return core.mention(event('retirement.shown', subject(after) ?? ''));
  const stranded = strandedBy(after);
  for (const factor of stranded) core.note(event('retirement.stranded', factor));
  const refused = stranded.length === 0 ? refusedBy(after) : undefined;
  if (refused !== undefined) core.note(event('retirement.refused', refused));
}

/** Records that a key of a factor with dates is asked for. */
export function tellOfAsking(core: Pick<InteractionServices, 'mention'>, context: SignInContext): void {
  const { person, state } = context;
  const factor = state.chosen;
  if (factor === undefined || context.advise(factor).kind === 'none') return;
  core.mention(audit(context, 'retirement.asked', { person: person?.id, factor, facts: cohortOf(person) }));
}

const isOver = (context: SignInContext, factor: FactorId): boolean => !maySignIn(context.statusOf(factor));

const isActive = ({ status }: Key): boolean => status === 'active';

/** With those that were deleted by the dates. */
const heldBy = ({ person }: SignInContext): readonly FactorId[] => [
  ...new Set(
    person &&
      beforePurge(person)
        .keys.filter(isActive)
        .map(({ factor }) => factor),
  ),
];

/** Factors that are over for this person, who has no way in and would have one without the dates. */
function strandedBy(context: SignInContext): readonly FactorId[] {
  const { person, now, schedules } = context;
  const ended = heldBy(context).filter((factor) => isOver(context, factor));
  if (!person || ended.length === 0) return [];
  const begun = context.with({ action: undefined, state: { ...emptyState, person: person.id, passwordAt: now } });
  const others = Object.entries(schedules).filter(([factor]) => !ended.includes(factor));
  const without = begun.with({ person: beforePurge(person), schedules: Object.fromEntries(others) });
  return prospectOf(begun).kind === 'stranded' && prospectOf(without).kind !== 'stranded' ? ended : [];
}

function refusedBy(context: SignInContext): FactorId | undefined {
  const { reason, factor = context.state.chosen } = refusalOf(context);
  const isByDate = reason === 'key_not_held_or_expired' && factor !== undefined && isOver(context, factor);
  return isByDate && heldBy(context).includes(factor) ? factor : undefined;
}
