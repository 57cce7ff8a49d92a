/** First step of an activation: the code on the letter. With the link it shows who the person is. */
import { mostTries } from '../../accounts/activation.ts';
import type { PaperCodeModel } from '../../views/models.ts';
import { sessionsEndedFor } from '../evidence.ts';
import type { PageFacts } from '../page-facts.ts';
import { giveUp, goOn, refuse, say, type Act } from '../step-handler.ts';
import type { SignInContext } from '../context.ts';
import { reasonOfLink } from './link.ts';

export const actPaperCode: Act = async ({ context, form, core }) => {
  const { link, state, now } = context;
  if (form['action'] === 'cancel') return giveUp;
  if (form['action'] !== 'continue' || !link?.ok) return say(context, 'choice_unknown');
  const typed = form['code'] ?? '';
  if (typed.trim() === '') return say(context, 'field_empty', { field: 'code' });
  const { id, person } = link;
  const tried = await core.activations.tryCode(person.id, id, typed);
  if (tried.right) {
    const sessionsEnded = sessionsEndedFor(state, tried.account);
    return goOn({ ...state, person: person.id, sessionsEnded, activation: { id, codeAt: now } }, tried.account);
  }
  if ('triesLeft' in tried)
    return tried.triesLeft > 0
      ? say(context, 'activation_code_wrong', { field: 'code' })
      : refuse(context, 'activation_locked');
  if (tried.fault === 'mistyped')
    return say(context, 'activation_code_mistyped', { field: 'code', kept: { code: typed } });
  return refuse(context, reasonOfLink[tried.fault]);
};

/** How many tries are left is said once one was wrong; the link is proved, so it tells nobody else. */
export function paperCodePage({ link }: SignInContext, { shell }: PageFacts): PaperCodeModel {
  // Nobody is named before the code was right.
  const wizard = { ...shell, at: 1, displayName: '', mayPrevious: false, activation: true } as const;
  const tries = link?.ok ? (link.person.activation?.tries ?? 0) : 0;
  return { ...wizard, ...(tries > 0 ? { triesLeft: mostTries - tries } : {}) };
}
