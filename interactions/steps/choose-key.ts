/**
 * The person chooses the factor to sign in with: one of those that this relying party accepts, or of those that the
 * person has.
 */
import { defined } from '../../accounts/defined.ts';
import type { FactorId } from '../../factors/contract.ts';
import type { ChooseKeyModel } from '../../views/models.ts';
import { choices, mayFind, maySecure } from '../key-choices.ts';
import type { PageFacts } from '../page-facts.ts';
import { giveUp, goOn, say, type Act, type Acted } from '../step-handler.ts';
import { actUsernameless } from './usernameless.ts';
import { leaveForgotten } from '../forgotten-steps.ts';
import { besidesKey, withoutKey } from '../sign-in-state.ts';
import { secure } from '../enrolment/secure-account.ts';
import type { SignInContext } from '../context.ts';

/** Chosen by the person: an open challenge stays open, so that returning to it sends no new code. */
export function choose(context: SignInContext, key: FactorId): Acted {
  const { asked, aside = [] } = context.state;
  const isOpen = ({ expiresAt = Infinity }: { readonly expiresAt?: number }) => context.now < expiresAt;
  const before = [...aside, ...(asked ? [asked] : [])].filter(isOpen);
  const again = before.find(({ factor }) => factor === key);
  const others = before.filter((one) => one !== again);
  return goOn({
    ...withoutKey(context.state),
    ...(again ? { asked: again } : {}),
    ...(others.length === 0 ? {} : { aside: others }),
    chosen: key,
    knowingly: true,
  });
}

export const actChooseKey: Act = async (input) => {
  const { context, form } = input;
  const { key, action } = form;
  if (action === 'usernameless') return actUsernameless('choose-key')(input);
  if (action === 'cancel' && context.state.forgotten) return goOn(leaveForgotten(context.state));
  if (action === 'cancel') return giveUp;
  if (action === 'secure' && maySecure(context)) return secure(context);
  if (action === 'find-key' && context.state.forgotten === undefined)
    return goOn({ ...besidesKey(context.state), finding: true });
  if (action === 'other-key') return goOn(besidesKey(context.state));
  if (key === undefined || !context.offered.includes(key)) return say(context, 'choice_unknown');
  return choose(context, key);
};

export function chooseKeyPage(context: SignInContext, { shell, usernameless }: PageFacts): ChooseKeyModel {
  const { inHand } = context.state;
  return {
    ...shell,
    keys: choices(context, inHand === undefined ? context.offered : context.offeredFor(inHand)),
    mayFind: mayFind(context),
    toService: context.state.forgotten === undefined,
    maySecure: maySecure(context),
    ...defined({ inHand, usernameless }),
  };
}
