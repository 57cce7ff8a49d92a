import type { FactorId } from '../../factors/contract.ts';
import { goOn, say, type Act, type Acted } from '../step-handler.ts';
import { actRecognise } from './usernameless.ts';
import { besidesKey, withoutKey } from '../sign-in-state.ts';
import { secure } from '../enrolment/secure-account.ts';
import type { Turn } from '../context.ts';

/** Chosen by the person: what was asked stays asked while it may be answered, so that coming back to it sends nothing anew. */
export function choose(turn: Turn, key: FactorId): Acted {
  const { asked, aside = [] } = turn.steps;
  const isOpen = ({ expiresAt = Infinity }: { readonly expiresAt?: number }) => turn.now < expiresAt;
  const before = [...aside, ...(asked ? [asked] : [])].filter(isOpen);
  const again = before.find(({ factor }) => factor === key);
  const others = before.filter((one) => one !== again);
  return goOn({
    ...withoutKey(turn.steps),
    ...(again ? { asked: again } : {}),
    ...(others.length === 0 ? {} : { aside: others }),
    chosen: key,
    knowingly: true,
  });
}

/** Who is signed in already, and is asked for more, may leave it at that. */
export const mayCancel = ({ steps }: Pick<Turn, 'steps'>): boolean => steps.sessionFactors !== undefined;

export const actChooseKey: Act = async (context) => {
  const { turn, form } = context;
  const { key, action } = form;
  if (action === 'recognise') return actRecognise('choose-key')(context);
  if (action === 'cancel' && mayCancel(turn)) return { kind: 'abort', error: 'access_denied' };
  if (action === 'secure' && turn.rules.mayActivate) return secure(turn);
  if (action === 'find-key') return goOn({ ...besidesKey(turn.steps), finding: true });
  if (action === 'other-key') return goOn(besidesKey(turn.steps));
  if (key === undefined || !turn.offered.includes(key)) return say(turn, 'choice_unknown');
  return choose(turn, key);
};
