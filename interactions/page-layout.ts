/** The frame of every page: the language and its switch, names and links. Also the answers outside of any sign-in. */
import type { Context } from 'koa';
import type { Language } from '../factors/contract.ts';
import type { Reason } from '../factors/reasons.ts';
import { pickLanguage } from '../views/pick-language.ts';
import type { Models, Shell } from '../views/models.ts';
import type { Renderer } from '../views/render.ts';
import { furtherLinksOf } from './further-links.ts';
import { createServiceCookie } from './service-cookie.ts';

export interface FrameSettings {
  /** Public origin. */
  readonly issuer: string;
  readonly name: Readonly<Record<Language, string>>;
  readonly defaultLanguage: Language;
  readonly links: (language: Language) => Shell['links'];
  readonly helpDesk?: ((language: Language) => NonNullable<Shell['helpDesk']>) | undefined;
  /** A relying party with an address of its own. */
  readonly serviceOf?: (clientId: string) => ServiceAddress | undefined;
}

export interface ServiceAddress {
  readonly nameIn: (language: Language) => string;
  /** Where people begin. */
  readonly url: string;
  /** Where its sign-in begins anew (`initiateLoginUri`). */
  readonly begin?: string | undefined;
}

type Common = Omit<Shell, 'step' | 'action' | 'now' | 'notice' | 'happened' | 'typed'>;

export interface Frame {
  /** @param facts `language`: just chosen, so that no cookie of the request has it */
  shell(
    ctx: Context,
    facts?: { readonly uiLocales?: string; readonly client?: string | undefined; readonly language?: Language },
  ): Common;
  /** Names of the deployment in a language that no browser asks for: that of a letter. */
  shellIn(language: Language): Pick<Shell, 'product' | 'helpDesk'>;
  draw<Name extends keyof Models>(ctx: Context, name: Name, model: Models[Name]): void;
  /**
   * Renders a refusal outside of any sign-in. `client`: the service that its link leads to, if it is known better than
   * by the cookie.
   */
  refuse(
    ctx: Context,
    status: number,
    reason: Reason,
    extra?: { readonly reference?: string; readonly cause?: string; readonly client?: string | undefined },
  ): void;
  /** Remembers the service of this sign-in for pages that are shown after its state is gone. */
  keepService(ctx: Context, uid: string, clientId: string): void;
  /** Whether one of our own pages sent the form (Fetch Metadata; otherwise `Origin`, RFC 6454 §7). */
  isOwnForm(ctx: Context): boolean;
  /** The language that a form requests by a button of the language switch. */
  languageIn(form: Readonly<Record<string, string>> | undefined): Language | undefined;
  /** Stores the language that was chosen on this page. */
  keepLanguage(ctx: Context, language: Language): void;
  /**
   * Handles `?language=…` of the language switch: stores it and redirects to the page without it. True when it has
   * answered.
   */
  switched(ctx: Context): boolean;
}

/** A longer list is not useful, and the value is copied into an address. */
const longestLocales = 200;
const cookie = 'rekey_language';
const cookieHere = 'rekey_language_here';
const oneYear = 365 * 86_400_000;

/** The same address with the relying party's `ui_locales`: the engine does not pass it from page to page. */
export function withLocales(ctx: Context, address: string): string {
  const { uiLocales } = localesOf(ctx, undefined);
  return uiLocales === undefined ? address : `${address}?${new URLSearchParams({ ui_locales: uiLocales }).toString()}`;
}

/** `ui_locales` of the sign-in state; without it, those of this request, also of a pushed one. */
function localesOf(ctx: Context, given: string | undefined): { readonly uiLocales?: string } {
  const { oidc } = ctx as { readonly oidc?: { readonly params?: Readonly<Record<string, unknown>> } };
  const asked = given ?? oidc?.params?.['ui_locales'] ?? ctx.query['ui_locales'];
  return typeof asked === 'string' ? { uiLocales: asked.slice(0, longestLocales) } : {};
}

/** The requested path in a form that no browser reads as another host (`//evil.example`, `/\\evil.example`). */
const here = (ctx: Context): string => ctx.path.replace(/^[/\\]+/, '/');

/** The parts that pages are drawn with. */
export interface PageParts {
  readonly renderer: Renderer;
  readonly settings: FrameSettings;
}

export function createFrame(parts: PageParts): Frame {
  const { renderer, settings } = parts;
  const services = createServiceCookie(settings.issuer);
  return {
    shell: (ctx, facts) => shell(parts, ctx, facts),
    shellIn: (language) => shellIn(parts, language, () => ''),
    draw: (ctx, name, model) => draw(renderer, ctx, name, model),
    keepLanguage: (ctx, language) => keepLanguage(settings, ctx, language),
    languageIn: (form) => known(renderer, form?.['language']),
    refuse(ctx, status, reason, { client = services.read(ctx), ...extra } = {}) {
      const begin = client === undefined ? undefined : settings.serviceOf?.(client)?.begin;
      // The sign-in is over, and nothing on a page could bring it back: the service begins another one.
      if (reason === 'interaction_expired' && begin !== undefined) {
        ctx.status = 303;
        ctx.redirect(begin);
        return;
      }
      ctx.status = status;
      if (status === 503) ctx.set('Retry-After', '5');
      const around = withBegin(shell(parts, ctx, { client }), begin);
      const furtherLinks = furtherLinksOf(reason, around.links);
      draw(renderer, ctx, 'refused', {
        ...around,
        step: 'refused',
        action: '',
        reason,
        actions: [],
        furtherLinks,
        ...extra,
      });
    },
    keepService(ctx, uid, clientId) {
      if (settings.serviceOf?.(clientId)) services.keep(ctx, uid, clientId);
    },
    isOwnForm: (ctx) => isOwnForm(settings, ctx),
    switched: (ctx) => switched(parts, ctx),
  };
}

const known = ({ languages }: Renderer, value: unknown): Language | undefined =>
  languages.find((language) => language === value);

function shell(
  { renderer, settings }: PageParts,
  ctx: Context,
  { uiLocales, client, language: chosen }: Parameters<Frame['shell']>[1] = {},
): Common {
  const { languages } = renderer;
  const remembered = ctx.cookies.get(cookie);
  // The person's choice on these pages has priority over the relying party's.
  const language =
    chosen ??
    known(renderer, ctx.cookies.get(cookieHere)) ??
    pickLanguage({
      offered: languages,
      ...localesOf(ctx, uiLocales),
      ...(remembered === undefined ? {} : { cookie: remembered }),
      acceptLanguage: ctx.get('Accept-Language'),
      fallback: settings.defaultLanguage,
    });
  return shellIn({ renderer, settings }, language, (code) => `${here(ctx)}?language=${code}`, client);
}

/** A dead end of a sign-in leads to where the service begins another one. */
const withBegin = (around: Common, begin: string | undefined): Common =>
  begin === undefined || !around.service ? around : { ...around, service: { ...around.service, url: begin } };

/**
 * The same where no browser asks. @param hrefOf the switch to another language @param client whose service the page
 * leads on to
 */
export function shellIn(
  { renderer, settings }: PageParts,
  language: Language,
  hrefOf: (code: Language) => string,
  client?: string,
): Common {
  const service = client === undefined ? undefined : settings.serviceOf?.(client);
  return {
    language,
    languages: renderer.languages.map((code) => ({ code, href: hrefOf(code), current: code === language })),
    product: settings.name[language],
    links: settings.links(language),
    ...(settings.helpDesk && { helpDesk: settings.helpDesk(language) }),
    ...(service ? { service: { name: service.nameIn(language), url: service.url } } : {}),
  };
}

function draw<Name extends keyof Models>(renderer: Renderer, ctx: Context, name: Name, model: Models[Name]): void {
  ctx.type = 'html';
  ctx.set('Content-Language', model.language);
  ctx.body = renderer.page(name, model);
}

function keepLanguage({ issuer }: FrameSettings, ctx: Context, language: Language): void {
  const secure = issuer.startsWith('https:');
  const attributes = { httpOnly: true, sameSite: 'lax', secure, signed: false, overwrite: true } as const;
  ctx.cookies.set(cookie, language, { ...attributes, maxAge: oneYear });
  // The front page belongs to no sign-in: a language chosen there is a preference that a relying party can override.
  if (ctx.path !== '/')
    ctx.cookies.set(cookieHere, language, { ...attributes, path: ctx.path.split('/').slice(0, 3).join('/') });
}

function isOwnForm({ issuer }: FrameSettings, ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site');
  if (site !== '') return site === 'same-origin';
  const origin = ctx.get('Origin');
  return origin === '' || origin === issuer;
}

function switched({ renderer, settings }: PageParts, ctx: Context): boolean {
  const language = known(renderer, ctx.query['language']);
  // With other parameters it is not ours: an authorization request may contain any parameter (OpenID Connect Core 1.0
  // §3.1.2.1).
  if (ctx.method !== 'GET' || language === undefined || Object.keys(ctx.query).length > 1) return false;
  // No page of ours has a path that a cookie cannot be bound to.
  if (!/^\/[\w./~-]*$/.test(ctx.path)) return false;
  keepLanguage(settings, ctx, language);
  ctx.status = 303;
  ctx.redirect(here(ctx));
  return true;
}
