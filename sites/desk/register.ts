/** The page that registers a person: to fill in, to read aloud, and then the account is made. */
import type { Context } from 'koa';
import {
  readRegistration,
  registerPerson,
  type RegistrationField,
  type Typed,
} from '../../admin/use-cases/person-register.ts';
import type { DeskRegisterModel } from '../../views/models.ts';
import { deskShell, redirect, redirectShowing, shownBy, type DeskParts, type DeskVisit } from './models.ts';
import { bornOn, documentChoices } from './pages.ts';

/** Names of the fields in the form. */
const names: Readonly<Record<RegistrationField, string>> = {
  givenName: 'given-name',
  familyName: 'family-name',
  email: 'email',
  birthdate: 'birthdate',
  language: 'own',
  document: 'document',
};

const reasons: Readonly<Record<RegistrationField, string>> = {
  givenName: 'name_invalid',
  familyName: 'name_invalid',
  email: 'address_invalid',
  birthdate: 'birthdate_invalid',
  language: 'input_invalid',
  document: 'document_missing',
};

const typedIn = (form: DeskVisit['form']): Typed =>
  Object.fromEntries(Object.entries(names).map(([field, name]) => [field, form[name] ?? '']));

interface Shown {
  readonly typed: Typed;
  readonly mode: DeskRegisterModel['mode'];
  readonly notice?: { readonly reason: string; readonly field?: string };
}

export async function showRegister(parts: DeskParts, ctx: Context, visit: DeskVisit): Promise<void> {
  const { defaultLanguage } = parts.services.settings;
  const shown = (await shownBy(parts, ctx, visit)) as Shown | undefined;
  draw(parts, ctx, visit, shown ?? { typed: { language: defaultLanguage }, mode: 'form' });
}

export async function takeRegister(parts: DeskParts, ctx: Context, visit: DeskVisit): Promise<void> {
  const { form, clerk } = visit;
  const typed = typedIn(form);
  const show = (shown: Shown) => redirectShowing(parts, ctx, visit, { path: '/register', shown });
  const language = parts.frame.languageIn(form);
  if (language !== undefined) {
    parts.frame.keepLanguage(ctx, language);
    return show({ typed, mode: form['mode'] === 'check' ? 'check' : 'form' });
  }
  if (form['action'] === 'change') return show({ typed, mode: 'form' });
  const read = readRegistration(parts.services, typed);
  const [fault] = read.ok ? [] : read.faults;
  if (!read.ok) {
    const field = fault?.field ?? 'givenName';
    return show({ typed, mode: 'form', notice: { reason: reasons[field], field: names[field] } });
  }
  if (form['action'] !== 'register') return show({ typed, mode: 'check' });
  const registered = await registerPerson(parts.services, read.registration, clerk.id);
  if (!registered.ok) return show({ typed, mode: 'form', notice: { reason: 'person_known' } });
  redirect(ctx, `/person/${registered.value.person}?done=registered`);
}

function draw(parts: DeskParts, ctx: Context, visit: DeskVisit, { typed, mode, notice }: Shown): void {
  const shell = deskShell(parts, ctx, visit, { step: 'desk-register', path: '/register' });
  const born = bornOn(typed.birthdate?.trim());
  ctx.status = 200;
  parts.frame.draw(ctx, 'desk-register', {
    ...shell,
    mode,
    values: typed,
    ...(born === undefined ? {} : { born }),
    own: shell.languages.map(({ code }) => ({ code, current: code === typed.language })),
    documents: documentChoices(typed.document),
    hidden: Object.entries(names).map(([field, name]) => ({ name, value: typed[field as RegistrationField] ?? '' })),
    ...(notice ? { notice } : {}),
  });
}
