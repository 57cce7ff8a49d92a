/** The terms of use: accepted once in an activation, and a new version at the next sign-in where that is wanted. */
import { addPending } from '../../accounts/person-store.ts';
import { auditLine } from '../../accounts/notices.ts';
import type { TermsModel } from '../../views/models.ts';
import type { PageFacts } from '../page-facts.ts';
import { giveUp, goOn, say, type Act } from '../step-handler.ts';
import type { SignInContext } from '../context.ts';

export const actTerms: Act = async ({ context, form, core }) => {
  const { state, now, rules, person, client } = context;
  if (form['action'] === 'cancel') return giveUp;
  const { terms: current } = rules;
  if (form['action'] !== 'accept' || !current || !person) return say(context, 'choice_unknown');
  // What was shown: another version may have come meanwhile.
  if (form['version'] !== current.version) return goOn(state);
  const terms = { version: current.version, at: now };
  if (state.activation && !state.activation.done) return goOn({ ...state, activation: { ...state.activation, terms } });
  const facts = { version: terms.version };
  const line = { at: now, actor: person.id, action: 'terms.accepted', person: person.id, client: client.id, facts };
  const written = await core.people.change(person.id, (account) =>
    account.disabled ? undefined : addPending({ ...account, terms }, auditLine(line)),
  );
  return written ? goOn(state, written) : say(context, 'account_disabled');
};

export function termsPage({ rules, language, person }: SignInContext, { shell }: PageFacts): TermsModel {
  const { version = '', textIn } = rules.terms ?? {};
  const paragraphs = (textIn?.(language) ?? '').split(/\n\s*\n/).map((paragraph) => paragraph.trim());
  return { ...shell, version, paragraphs: paragraphs.filter((one) => one !== ''), again: person?.terms !== undefined };
}
