/** The page of consent: which service asks, for which data. Its answer counts at the end of the sign-in alone. */
import { consentTo } from '../../accounts/consents.ts';
import { defined } from '../../accounts/defined.ts';
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { ConsentModel } from '../../views/models.ts';
import type { SignInContext } from '../context.ts';
import type { PageFacts } from '../page-facts.ts';
import { giveUp, goOn, say, type Act } from '../step-handler.ts';
import { hostOf, wordsOf } from './third-party.ts';

export const actConsent: Act = async ({ context, form, core }) => {
  const { state, person, client, now } = context;
  if (form['action'] === 'deny') {
    if (person)
      core.note({ at: now, actor: person.id, action: 'consent.denied', person: person.id, client: client.id });
    return giveUp;
  }
  if (form['action'] !== 'allow' || !person) return say(context, 'choice_unknown');
  return goOn({ ...state, allowed: person.id });
};

export function consentPage(context: SignInContext, { shell }: PageFacts): ConsentModel {
  const { person, client, consent, language } = context;
  // The page names the service itself.
  const { relyingParty: _named, ...frame } = shell;
  const { url, terms, privacy, scopeText = () => undefined } = client.thirdParty ?? {};
  const before = consentTo(person, client.id);
  return {
    ...frame,
    name: client.nameIn(language),
    displayName: person ? personFacts(person).displayName : '',
    ...wordsOf(consent?.asks ?? { scopes: [] }, scopeText, language),
    ...defined({
      host: hostOf(consent?.redirectUri, url),
      terms: terms?.(language),
      privacy: privacy?.(language),
      allowedAt: before?.at,
    }),
  };
}
