/**
 * The person chooses user name and password. The name is the account's at once, which harms nobody: without a password
 * nobody signs in by it. The password is kept sealed with the sign-in until the key is bound, in one write with it.
 */
import { hasOwnName } from '../../accounts/own-name.ts';
import { plainText } from '../../accounts/plain-text.ts';
import type { Person } from '../../accounts/person.ts';
import type { ChooseNameModel } from '../../views/models.ts';
import { begin } from '../enrolment/begin-key.ts';
import { at, cancel, wizardShell } from '../enrolment/wizard.ts';
import type { PageFacts } from '../page-facts.ts';
import { goOn, say, type Act, type Acted, type StepInput } from '../step-handler.ts';
import type { SignInContext } from '../context.ts';

/** Somebody who has signed in before keeps the name. */
const mayChoose = ({ password }: Person): boolean => password === undefined;
const nameForm = plainText(100);

export const actChooseName: Act = async (input) => {
  const { context, form } = input;
  const { wizard, activation } = context.steps;
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
  if (!read.success) return say(context, 'input_invalid', { field: 'username', ...kept });
  const username = read.data;
  if (password === '') return say(context, 'input_invalid', { field: 'password', ...kept });
  if (password !== again) return say(context, 'password_differs', { field: 'again', ...kept });
  const made = await core.makePassword(password, { username, email: person.email?.address }, context.now);
  if (!made.ok) return say(context, made.reason, { field: 'password', ...kept });
  const renamed = username === person.username ? undefined : await rename(input, person.id, username);
  if (renamed && !renamed.ok)
    return renamed.why === 'taken'
      ? say(context, 'username_taken', { field: 'username', ...kept })
      : say(context, 'choice_unknown');
  return beginKey(input, renamed?.person ?? person, made.password);
}

const rename = ({ context, core }: StepInput, id: string, username: string) =>
  core.people.rename(id, username, (current) => {
    const { activation } = context.steps;
    const stands = current.activation?.id === activation?.id && current.activation?.doneAt === undefined;
    return stands && !current.disabled && mayChoose(current);
  });

async function beginKey(input: StepInput, person: Person, password: Person['password']): Promise<Acted> {
  const { context } = input;
  const { activation, wizard } = context.steps;
  if (!activation || !wizard || !password) return say(context, 'choice_unknown');
  const chosen = context.with({ person, steps: { ...context.steps, activation: { ...activation, password } } });
  const acted = await begin({ ...input, context: chosen }, wizard, activation.factor ?? '');
  return acted.kind === 'steps' ? goOn(acted.steps, person) : acted;
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
