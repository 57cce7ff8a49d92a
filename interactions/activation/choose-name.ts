/**
 * The person chooses user name and password. The name is the account's at once, which harms nobody: without a password
 * nobody signs in by it. The password is kept sealed with the sign-in until the key is bound, in one write with it.
 */
import { hasOwnName, isForeignAddress, nameTries } from '../../accounts/own-name.ts';
import { plainText } from '../../accounts/plain-text.ts';
import type { Person } from '../../accounts/person.ts';
import { countOther, uncountOther } from '../../digital-keys/attempt-counter.ts';
import type { Judged, Reason } from '../../factors/reasons.ts';
import type { AttemptLimits } from '../../passwords/attempt-limits.ts';
import type { ChooseNameModel } from '../../views/models.ts';
import { begin } from '../enrolment/begin-key.ts';
import { at, cancel, wizardShell } from '../enrolment/wizard.ts';
import type { PageFacts } from '../page-facts.ts';
import { goOn, say, unreadReason, untilOf, type Act, type Acted, type StepInput } from '../step-handler.ts';
import type { SignInContext } from '../context.ts';

/** Somebody who has signed in before keeps the name. */
const mayChoose = ({ password }: Person): boolean => password === undefined;
const nameForm = plainText(100);

/** Of names that are in use. They are never blocked: the person needs some name. */
const nameLimits: AttemptLimits = { pauseAfter: 5, blockAfter: Infinity, blockAfterIn30Days: Infinity };

export const actChooseName: Act = async (input) => {
  const { context, form } = input;
  const { wizard, activation } = context.state;
  const { person } = context;
  if (!wizard || !activation || !person) return say(context, 'choice_unknown');
  switch (form['action']) {
    case 'cancel':
      return cancel(context);
    case 'previous':
      return goOn(at(context, { ...wizard, at: 'select-key' }));
    case 'continue':
      return choose(input, person);
    default:
      return say(context, 'choice_unknown');
  }
};

async function choose(input: StepInput, person: Person): Promise<Acted> {
  const { context, form, core } = input;
  const { username: typed = '', password = '', again = '' } = form;
  const read = mayChoose(person) ? nameForm.safeParse(typed) : { success: true as const, data: person.username };
  const kept = { kept: { username: typed } };
  if (!read.success) return say(context, unreadReason(typed), { field: 'username', ...kept });
  const username = read.data;
  if (mayChoose(person) && isForeignAddress(username, person))
    return say(context, 'username_address', { field: 'username', ...kept });
  if (password === '') return say(context, 'field_empty', { field: 'password', ...kept });
  if (password !== again) return say(context, 'password_differs', { field: 'again', ...kept });
  const made = await core.makePassword(password, { username, email: person.email?.address }, context.now);
  if (!made.ok) return say(context, made.reason, { field: 'password', ...kept });
  const renamed = username === person.username ? undefined : await rename(input, person.id, username);
  if (renamed && !renamed.ok)
    return say(context, renamed.reason, { ...fieldOf[renamed.reason], ...kept, ...untilOf(renamed) });
  return beginKey(input, renamed?.value ?? person, made.password);
}

const fieldOf: Readonly<Partial<Record<Reason, { readonly field: 'username' }>>> = {
  username_taken: { field: 'username' },
};

/** Each name that somebody has counts on the account, so that an activation is no way to try names. */
async function rename({ context, core }: StepInput, id: string, username: string): Promise<Judged<Person>> {
  const { people } = core;
  const counted = await countOther(people, id, nameTries, context.now, nameLimits);
  if (!counted.ok) return counted;
  const renamed = await people.rename(id, username, (current) => {
    const { activation } = context.state;
    const stands = current.activation?.id === activation?.id && current.activation?.doneAt === undefined;
    return stands && !current.disabled && mayChoose(current);
  });
  if (!renamed.ok && renamed.why === 'taken') return { ok: false, reason: 'username_taken' };
  await uncountOther(people, id, nameTries);
  return renamed.ok ? { ok: true, value: renamed.person } : { ok: false, reason: 'choice_unknown' };
}

async function beginKey(input: StepInput, person: Person, password: Person['password']): Promise<Acted> {
  const { context } = input;
  const { activation, wizard } = context.state;
  if (!activation || !wizard || !password) return say(context, 'choice_unknown');
  const chosen = context.with({ person, state: { ...context.state, activation: { ...activation, password } } });
  const acted = await begin({ ...input, context: chosen }, wizard, activation.factor ?? '');
  return acted.kind === 'state' ? goOn(acted.state, person) : acted;
}

export function chooseNamePage(context: SignInContext, facts: PageFacts): ChooseNameModel {
  const { person, rules } = context;
  return {
    ...wizardShell(context, facts, 'choose-name', true),
    // A name that stands in until the person has one is shown to nobody.
    username: person && hasOwnName(person) ? person.username : '',
    mayChoose: person !== undefined && mayChoose(person),
    minimumLength: rules.password.minimumLength,
  };
}
