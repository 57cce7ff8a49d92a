/** The registration desk: for clerks alone, judged at every request. Decides nothing: use cases do. */
import type { Context, Middleware } from 'koa';
import { deskClerk } from '../../admin/use-cases/desk-clerk.ts';
import { issueAtDesk, listAtDesk, type Letter } from '../../admin/use-cases/desk-letter.ts';
import { findForDesk, showForDesk, type DeskQuery } from '../../admin/use-cases/person-find.ts';
import type { RefusalCode } from '../../admin/refusals.ts';
import { createSite, type SiteVisit } from '../site.ts';
import { deskPath, deskShell, redirect, redirectShowing, shownBy, type DeskParts, type DeskVisit } from './models.ts';
import { findPage, listPage, personPage } from './pages.ts';
import { showRegister, takeRegister } from './register.ts';

export { deskPath, type DeskParts } from './models.ts';

/** The oldest sign-in with which a clerk begins (seconds): once in a morning, and once in an afternoon. */
export const deskMaxAge = 4 * 3600;

export function createDesk(parts: DeskParts): Middleware {
  const { frame, relyingParty, sessions, log } = parts;
  return createSite({
    path: deskPath,
    relyingParty,
    sessions,
    log,
    isOwnForm: (ctx) => frame.isOwnForm(ctx),
    refuseForeign: (ctx) => frame.refuse(ctx, 403, 'request_foreign'),
    drawStart(ctx, why) {
      ctx.status = 200;
      const enter = `${deskPath}/list`;
      frame.draw(ctx, 'desk-start', { ...frame.shell(ctx), step: 'desk-start', action: '', why, enter });
    },
    answer: (ctx, below, visit) => enter(parts, ctx, below, visit),
  });
}

async function enter(parts: DeskParts, ctx: Context, below: string, visit: SiteVisit): Promise<void> {
  const clerk = await deskClerk(parts.services, visit.person);
  if (!clerk.ok) return deny(parts, ctx, visit);
  await answer(parts, ctx, below, { ...visit, clerk: clerk.value });
}

function deny({ frame }: DeskParts, ctx: Context, { session }: SiteVisit): void {
  ctx.status = 403;
  frame.draw(ctx, 'desk-denied', {
    ...frame.shell(ctx),
    step: 'desk-denied',
    action: `${deskPath}/list`,
    formToken: session.formToken,
    notice: { reason: 'desk_forbidden' },
  });
}

async function answer(parts: DeskParts, ctx: Context, below: string, visit: DeskVisit): Promise<void> {
  const person = /^\/person\/(?<id>[\w-]{1,64})$/.exec(below)?.groups?.['id'];
  const isPost = ctx.method === 'POST';
  if (person !== undefined)
    return isPost ? takePerson(parts, ctx, visit, person) : showPerson(parts, ctx, visit, person);
  if (below === '/register') return isPost ? takeRegister(parts, ctx, visit) : showRegister(parts, ctx, visit);
  if (below === '/find') return isPost ? find(parts, ctx, visit) : showFind(parts, ctx, visit);
  if (isPost) return parts.frame.refuse(ctx, 404, 'page_unknown');
  return below === '/list' ? showList(parts, ctx, visit) : redirect(ctx, '/list');
}

async function showList(parts: DeskParts, ctx: Context, visit: DeskVisit): Promise<void> {
  const asked = Number(ctx.query['page'] ?? 1);
  const page = Number.isInteger(asked) && asked > 0 ? asked : 1;
  const listed = await listAtDesk(parts.services, visit.clerk, page);
  const shell = deskShell(parts, ctx, visit, { step: 'desk-list', path: '/list' });
  ctx.status = 200;
  parts.frame.draw(ctx, 'desk-list', listPage(shell, { ...listed, page }));
}

type Fields = Parameters<typeof findPage>[1];

interface ShownFind {
  readonly values?: Fields;
  readonly found?: Parameters<typeof findPage>[2];
  readonly reason?: string;
}

async function showFind(parts: DeskParts, ctx: Context, visit: DeskVisit): Promise<void> {
  drawFind(parts, ctx, visit, (await shownBy(parts, ctx, visit)) ?? {});
}

function drawFind(parts: DeskParts, ctx: Context, visit: DeskVisit, { values = {}, found, reason }: ShownFind): void {
  const shell = deskShell(parts, ctx, visit, { step: 'desk-find', path: '/find' });
  ctx.status = 200;
  parts.frame.draw(ctx, 'desk-find', {
    ...findPage(shell, values, found),
    ...(reason === undefined ? {} : { notice: { reason } }),
  });
}

async function find(parts: DeskParts, ctx: Context, visit: DeskVisit): Promise<void> {
  const { who = '', 'family-name': familyName = '', birthdate = '' } = visit.form;
  const values = { who, familyName, birthdate };
  const show = (shown: ShownFind) => redirectShowing(parts, ctx, visit, { path: '/find', shown });
  const language = parts.frame.languageIn(visit.form);
  if (language !== undefined) {
    parts.frame.keepLanguage(ctx, language);
    return show({ values });
  }
  const query = queryOf(values);
  if (!query)
    return show({
      values,
      reason: Object.values(values).every((one) => one.trim() === '') ? 'field_empty' : 'input_invalid',
    });
  const found = await findForDesk(parts.services, visit.clerk, query);
  if (!found.ok) return show({ values, reason: 'lookups_paused' });
  const [only, ...others] = found.value;
  if (only && others.length === 0) return redirect(ctx, `/person/${only.id}`);
  return show({ values, found: found.value });
}

function queryOf({ who, familyName, birthdate }: Required<Fields>): DeskQuery | undefined {
  const longest = 254;
  if ([who, familyName, birthdate].some(({ length }) => length > longest)) return undefined;
  if (who.includes('@')) return { by: 'email', email: who };
  if (who.trim() !== '') return { by: 'username', username: who };
  return familyName.trim() === '' || birthdate.trim() === '' ? undefined : { by: 'birthdate', familyName, birthdate };
}

async function showPerson(parts: DeskParts, ctx: Context, visit: DeskVisit, id: string): Promise<void> {
  const found = await showForDesk(parts.services, visit.clerk, id);
  if (!found.ok && found.refusals[0]?.code === 'lookups_too_many')
    return drawFind(parts, ctx, visit, { reason: 'lookups_paused' });
  if (!found.ok) return parts.frame.refuse(ctx, 404, 'page_unknown');
  const shell = deskShell(parts, ctx, visit, { step: 'desk-person', path: `/person/${id}` });
  const { reason }: { readonly reason?: string } = (await shownBy(parts, ctx, visit)) ?? {};
  ctx.status = 200;
  parts.frame.draw(ctx, 'desk-person', {
    ...personPage(shell, found.value),
    ...(reason === undefined ? {} : { notice: { reason } }),
  });
}

/** What the page says of a letter that was not made. */
const notMade: Partial<Record<RefusalCode, string>> = {
  person_protected: 'person_protected',
  document_unchecked: 'document_missing',
  person_disabled: 'account_disabled',
  mailbox_unusable: 'mailbox_missing',
};

/** The letter is the answer to this form and to no other request: a reload, or a second click, does not give it again. */
async function takePerson(parts: DeskParts, ctx: Context, visit: DeskVisit, id: string): Promise<void> {
  const { action, expected = '', document } = visit.form;
  if (action !== 'letter') return parts.frame.refuse(ctx, 404, 'page_unknown');
  const issued = await issueAtDesk(parts.services, visit.clerk, { person: id, expected, document });
  if (issued.ok) return giveLetter(parts, ctx, issued.value.letter);
  const code = issued.refusals[0]?.code;
  if (code === 'activation_changed') return redirect(ctx, `/person/${id}?done=letter-made`);
  if (code === 'person_unknown' || code === undefined) return parts.frame.refuse(ctx, 404, 'page_unknown');
  const shown = { reason: notMade[code] ?? 'request_invalid' };
  return redirectShowing(parts, ctx, visit, { path: `/person/${id}`, shown });
}

async function giveLetter(
  { frame, renderer, zone, services: { clock } }: DeskParts,
  ctx: Context,
  letter: Letter,
): Promise<void> {
  const { product, helpDesk } = frame.shellIn(letter.language);
  const bytes = await renderer.letter({ ...letter, product, zone, now: clock.now(), ...(helpDesk && { helpDesk }) });
  ctx.status = 200;
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Disposition', 'attachment; filename="letter.pdf"');
  ctx.type = 'application/pdf';
  ctx.body = Buffer.from(bytes);
}
