/**
 * The relying party asks which account to use (`prompt=select_account`, OpenID Connect Core 1.0 §3.1.2.1), or any
 * program on the device may have asked (RFC 8252 §8.6), and this browser has a session.
 */
import { defined } from '../../accounts/defined.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { SelectAccountModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import type { PageFacts } from '../page-facts.ts';
import { goOn, say, type Act } from '../step-handler.ts';
import { emptyState } from '../sign-in-state.ts';

export const actSelectAccount: Act = async ({ context, form }) => {
  const { selecting, ...rest } = context.state;
  if (form['action'] === 'other-account') return goOn(emptyState);
  if (form['action'] !== 'continue' || !selecting) return say(context, 'choice_unknown');
  switch (selecting.leadsTo) {
    case 'session':
      return goOn({ ...rest, selecting: { ...selecting, goesOn: true } });
    case 'step-up':
      return goOn(rest);
    case 'sign-in': {
      const { username } = context.person ?? rest;
      return goOn({ ...emptyState, ...(username === undefined ? {} : { username }) });
    }
  }
};

export function selectAccountPage(
  { person, state, client, language }: SignInContext,
  { shell }: PageFacts,
): SelectAccountModel {
  const { displayName, username } = person ? personFacts(person) : { displayName: '', username: '' };
  const application = state.selecting?.program && client.nameIn(language);
  return { ...shell, displayName, ...(username === displayName ? {} : { username }), ...defined({ application }) };
}
