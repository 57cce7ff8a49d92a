/**
 * The person removes one of the keys: asked once more, after a proof as strong as that key. The last one with which the
 * person gets in stays.
 */
import { defined } from '../../accounts/defined.ts';
import type { Person } from '../../accounts/person.ts';
import { removedByOwner } from '../../digital-keys/key-changes.ts';
import type { Reason } from '../../factors/reasons.ts';
import type { RemoveKeyModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import { isSameAccount } from '../evidence.ts';
import type { PageFacts } from '../page-facts.ts';
import { giveUp, refuse, say, type Act } from '../step-handler.ts';
import { acted } from './acted.ts';
import { keyInQuestion, proofWorks } from './key-in-question.ts';
import { strands } from './stranded.ts';

/** Why the key may not be removed; `undefined`: it may. Judged for the page, and again in the write. */
export function removalFault(context: SignInContext): Reason | undefined {
  const { person, state, now } = context;
  if (!person || person.disabled) return 'account_disabled';
  const key = keyInQuestion(context);
  if (!key) return 'key_unknown';
  if (!proofWorks(context) || !context.mayTakeOff(key)) return 'stronger_proof_needed';
  if (!isSameAccount(state, person)) return 'proof_too_old';
  return strands(context, removedByOwner(person, key.id, now, { keepsBar: true })) ? 'key_last' : undefined;
}

export const actRemoveKey: Act = async ({ context, form, core }) => {
  if (form['action'] === 'cancel') return giveUp;
  const { person, now } = context;
  const key = keyInQuestion(context);
  if (form['action'] !== 'remove' || !person || !key) return say(context, 'choice_unknown');
  const removed = await core.people.update<Reason | undefined>(person.id, (current: Person) => {
    const fault = removalFault(context.with({ person: current }));
    return fault === undefined
      ? { account: removedByOwner(current, key.id, now), result: undefined }
      : { result: fault };
  });
  if (removed?.account) return acted(context, removed.account);
  return refuse(context, removed?.result ?? 'key_unknown');
};

export function removeKeyPage(context: SignInContext, { shell }: PageFacts): RemoveKeyModel {
  const { factor = '', detail = '', label, nature, boundAt = context.now } = keyInQuestion(context) ?? {};
  return { ...shell, factor, detail, since: boundAt, ...defined({ label, nature }) };
}
