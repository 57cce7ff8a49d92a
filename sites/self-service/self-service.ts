/** *My digital keys*: what a person has, and looks after alone. Decides nothing: use cases do. */
import type { Context, Middleware } from 'koa';
import { endSessions } from '../../admin/use-cases/account-end.ts';
import {
  chooseLanguage,
  endBrowser,
  ownAccount,
  renameKey,
  withdrawConsent,
  type OwnAccount,
} from '../../admin/use-cases/own-account.ts';
import type { Services } from '../../admin/services.ts';
import { wordsOf } from '../../interactions/consent/third-party.ts';
import { scopeTextOf } from '../../interactions/decision-rules.ts';
import type { Frame } from '../../interactions/page-layout.ts';
import type { Language } from '../../factors/contract.ts';
import { createSite, type SiteParts, type SiteVisit } from '../site.ts';
import { infoPage, keysPage, profilePage, type OpenSession, type PageData } from './pages.ts';

export const selfServicePath = '/my';

export interface SelfServiceParts extends Pick<SiteParts, 'relyingParty' | 'sessions' | 'log'> {
  readonly services: Pick<
    Services,
    'people' | 'settings' | 'schedules' | 'clock' | 'registry' | 'sealing' | 'toolsFor' | 'changeLocks'
  >;
  readonly frame: Frame;
  /** Digests of what marks this browser as trusted. */
  readonly trustedHere: (ctx: Context) => ReadonlySet<string>;
  /** The sessions of an account at the provider, that of this browser first. */
  readonly sessionsOf: (ctx: Context, person: string) => Promise<readonly OpenSession[]>;
  readonly endSession: (person: string, id: string) => Promise<boolean>;
  /** A relying party's name; `undefined`: there is none. */
  readonly nameOf: (client: string, language: Language) => string | undefined;
  /** Zone (IANA name) of the days on the pages. */
  readonly zone: string;
}

export function createSelfService(parts: SelfServiceParts): Middleware {
  const { frame, relyingParty, sessions, log } = parts;
  return createSite({
    path: selfServicePath,
    relyingParty,
    sessions,
    log,
    isOwnForm: (ctx) => frame.isOwnForm(ctx),
    refuseForeign: (ctx) => frame.refuse(ctx, 403, 'request_foreign'),
    drawStart(ctx, why) {
      ctx.status = 200;
      const enter = `${selfServicePath}/keys`;
      frame.draw(ctx, 'site-start', { ...frame.shell(ctx), step: 'site-start', action: '', why, enter });
    },
    answer: (ctx, below, visit) => answer(parts, ctx, below, visit),
  });
}

const tabs = ['keys', 'profile', 'info'] as const;
type Tab = (typeof tabs)[number];
const isTab = (name: string): name is Tab => tabs.some((tab) => tab === name);
/** Results of the last action that a page can show. */
const sayings = new Set(['renamed', 'language', 'browser-ended', 'session-ended', 'withdrawn', 'success', 'cancelled']);

async function answer(parts: SelfServiceParts, ctx: Context, below: string, visit: SiteVisit): Promise<void> {
  const tab = below.slice(1);
  if (!isTab(tab)) return ctx.method === 'POST' ? notFound(parts, ctx) : redirect(ctx, `${selfServicePath}/keys`);
  if (ctx.method === 'POST') return act(parts, ctx, tab, visit);
  const found = await ownAccount(parts.services, visit.person);
  if (!found.ok) return visit.signOut();
  const sessions = tab === 'info' ? await parts.sessionsOf(ctx, visit.person) : [];
  draw(parts, ctx, tab, { account: found.value, visit, sessions });
}

function draw(
  { frame, zone, trustedHere, nameOf, services }: SelfServiceParts,
  ctx: Context,
  tab: Tab,
  {
    account,
    visit,
    sessions,
  }: { readonly account: OwnAccount; readonly visit: SiteVisit; readonly sessions: readonly OpenSession[] },
): void {
  const done = ctx.query['done'];
  const { links, ...shell } = frame.shell(ctx);
  const { myKeys: _here, ...elsewhere } = links;
  const data: PageData = {
    ...shell,
    links: elsewhere,
    step: tab,
    action: `${selfServicePath}/${tab}`,
    displayName: account.displayName,
    formToken: visit.session.formToken,
    tabs: tabs.map((name) => ({ name, href: `${selfServicePath}/${name}`, current: name === tab })),
    ...(typeof done === 'string' && sayings.has(done) ? { said: done } : {}),
    zone,
  };
  ctx.status = 200;
  if (tab === 'keys') return frame.draw(ctx, 'keys', keysPage(data, account));
  if (tab === 'profile') return frame.draw(ctx, 'profile', profilePage(data, account));
  return frame.draw(
    ctx,
    'info',
    infoPage(data, account, {
      here: trustedHere(ctx),
      sessions,
      nameOf: (client) => nameOf(client, shell.language),
      words: (consent) => wordsOf(consent, scopeTextOf(services.settings), shell.language),
    }),
  );
}

async function act(parts: SelfServiceParts, ctx: Context, tab: Tab, visit: SiteVisit): Promise<void> {
  const { services, frame } = parts;
  const { person, form } = visit;
  const { action = '', id = '' } = form;
  const back = (said: string) => redirect(ctx, `${selfServicePath}/${tab}?done=${said}`);
  switch (`${tab} ${action}`) {
    case 'keys add-key':
      return visit.leave('/keys', { rekey_action: action });
    case 'keys replace-key':
    case 'keys remove-key':
      return visit.leave('/keys', { rekey_action: `${action}:${id}` });
    case 'keys rename': {
      const renamed = await renameKey(services, { person, key: id, label: form['label'] });
      return renamed.ok ? back('renamed') : redirect(ctx, `${selfServicePath}/keys`);
    }
    case 'profile change-password':
    case 'profile change-email':
    case 'profile change-phone':
      return visit.leave('/profile', { rekey_action: action });
    case 'profile language': {
      const language = frame.languageIn({ language: form['own'] ?? '' });
      if (!language) return notFound(parts, ctx);
      await chooseLanguage(services, { person, language });
      return back('language');
    }
    case 'info end-browser':
      await endBrowser(services, { person, browser: id });
      return back('browser-ended');
    case 'info end-session':
      await parts.endSession(person, id);
      return back('session-ended');
    case 'info withdraw':
      await withdrawConsent(services, { person, consent: id });
      return back('withdrawn');
    case 'info end-everywhere':
      await endSessions(services, { person, by: person });
      return visit.signOut();
    default:
      return notFound(parts, ctx);
  }
}

const notFound = ({ frame }: SelfServiceParts, ctx: Context): void => frame.refuse(ctx, 404, 'page_unknown');

function redirect(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
