/** Compiles the templates and the helpers that they call. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Brand } from './brand.ts';
import { assetFile, factorScript, factorScriptFile } from './assets.ts';
import { type DateStyle, writeDate } from './dates.ts';
import { handlebarsEngine } from './handlebars.ts';
import { CORE, type Texts, type Values } from './i18n.ts';
import type { LanguageCode, Shell } from './models.ts';
import type { AboutFactor } from './shell.ts';

export type Draw = (context: object) => string;

export interface Templates {
  readonly pages: Readonly<Record<string, Draw>>;
  /** `mail` gives HTML, `mail-text` plain text. */
  readonly layouts: Readonly<Record<string, Draw>>;
}

export interface TemplateSources {
  readonly texts: Texts;
  readonly factorFolders: Readonly<Record<string, string>>;
  /** Public path of `public/`, without a slash at the end. */
  readonly assets: string;
  /** Zone (IANA name) for times that bring none. */
  readonly zone: string;
  readonly brand: Brand;
  readonly about: (factor: string, language: LanguageCode) => AboutFactor;
  /** Own layouts of mails, as written. */
  readonly layouts: Readonly<Record<string, string>>;
  readonly username: 'name' | 'email' | 'number';
}

const here = import.meta.dirname;
const minute = 60_000;
const badBreak = /(?<=(?<!\p{L})\p{L})-(?=\p{L})|(?<=\p{L})-(?=(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)(?!\p{L}))/gu;
const strict = { strict: true, preventIndent: true, explicitPartialContext: true } as const;

/** What the helpers find in every page. */
interface Root {
  readonly language: LanguageCode;
  readonly factor?: string;
  readonly stage?: string;
  readonly now?: number;
  readonly notice: {
    readonly reason: string | undefined;
    readonly field: string | undefined;
    readonly kept?: Readonly<Record<string, string>>;
  };
  readonly typed?: Readonly<Record<string, string>>;
  readonly mayChooseOther?: boolean;
  readonly links?: Shell['links'];
}
const rootOf = (options: Handlebars.HelperOptions): Root => options.data.root as Root;

/**
 * Reads all templates; each is compiled when it is first drawn. An instance of its own: nothing leaks between two
 * renderers.
 */
export function createTemplates(sources: TemplateSources): Templates {
  const { texts, factorFolders } = sources;
  const handlebars = handlebarsEngine.create();
  const compile = (file: string, options: CompileOptions = {}): Handlebars.TemplateDelegate =>
    handlebars.compile(readFileSync(file, 'utf8').trimEnd(), { ...strict, ...options });
  const folder = (name: string): Record<string, Handlebars.TemplateDelegate> =>
    Object.fromEntries(
      readdirSync(join(here, name))
        .filter((file) => file.endsWith('.hbs'))
        .map((file) => [file.slice(0, -4), compile(join(here, name, file), { noEscape: file.endsWith('-text.hbs') })]),
    );

  const own = Object.entries(sources.layouts).map(
    ([name, source]) =>
      [name, handlebars.compile(source.trimEnd(), { ...strict, noEscape: name.endsWith('-text') })] as const,
  );
  const layouts = { ...folder('layouts'), ...Object.fromEntries(own) };
  handlebars.registerPartial({ ...folder('partials'), page: layouts['page'] as Handlebars.Template });
  for (const [id, root] of Object.entries(factorFolders)) {
    for (const view of ['authenticate', 'enrol', 'usernameless']) {
      const file = join(root, 'views', `${view}.hbs`);
      if (existsSync(file)) handlebars.registerPartial(`${id}/${view}`, compile(file));
    }
  }
  handlebars.registerHelper({ ...textHelpers(texts), ...waitHelpers(sources) });
  handlebars.registerHelper({ ...dateHelpers(sources.zone), ...wordHelpers, ...pageHelpers, ...fileHelpers(sources) });
  handlebars.registerHelper(brandHelpers(sources));
  const surroundings = surroundingsOf(handlebars);
  const drawn = (template: Handlebars.TemplateDelegate): Draw => {
    return (context) => template(context, { ...surroundings(), data: { root: context } });
  };
  const pages = Object.entries(folder('pages')).map(([name, template]) => [name, drawn(template)] as const);
  return { pages: Object.fromEntries(pages), layouts };
}

/**
 * What the engine hands to a partial: its helpers, wrapped once. A template that is drawn by itself wraps each of them
 * anew, every time, which costs more than drawing it.
 */
function surroundingsOf(handlebars: typeof handlebarsEngine): () => Handlebars.RuntimeOptions {
  let found: Handlebars.RuntimeOptions | undefined;
  const look = handlebars.compile('{{> around}}');
  const around = (_context: unknown, options: Handlebars.RuntimeOptions = {}): string => {
    found = options;
    return '';
  };
  return () => {
    if (found === undefined) look({}, { partials: { ...handlebars.partials, around } });
    return found ?? {};
  };
}

function textHelpers(texts: Texts): Handlebars.HelperDeclareSpec {
  return {
    t: (key: string, options: Handlebars.HelperOptions) =>
      texts.text(CORE, rootOf(options).language, key, options.hash as Values),
    // A factor that is gone leaves keys behind: they still have a name, and nothing else to say.
    tf: (factor: string, key: string, options: Handlebars.HelperOptions) => {
      const { language } = rootOf(options);
      if (texts.hasSource(factor)) return texts.text(factor, language, key, options.hash as Values);
      return key === 'name' ? texts.text(CORE, language, 'key.unknown') : '';
    },
    /** What tells a key from others of its factor; a factor may say it in words (`detail`): "card … 0240". */
    detailOf: (factor: string, detail: string | undefined, options: Handlebars.HelperOptions) =>
      detail && texts.has(factor, 'detail')
        ? texts.text(factor, rootOf(options).language, 'detail', { detail })
        : detail,
    ft: (key: string, options: Handlebars.HelperOptions) =>
      texts.text(rootOf(options).factor ?? '', rootOf(options).language, key, options.hash as Values),
  };
}

function dateHelpers(zone: string): Handlebars.HelperDeclareSpec {
  const dateHelper =
    (style: DateStyle) =>
    (instant: number, ...rest: unknown[]): string => {
      const options = rest.at(-1) as Handlebars.HelperOptions;
      return writeDate(style, rootOf(options).language, instant, rest.length > 1 ? String(rest[0]) : zone);
    };
  return {
    date: dateHelper('date'),
    time: dateHelper('time'),
    /** A time to wait for, rounded up, so that a person who returns then has waited long enough. */
    moment: (instant: number, ...rest: unknown[]) =>
      dateHelper('moment')(Math.ceil(instant / minute) * minute, ...rest),
  };
}

/** Says when to try again: of the same day the time alone, and how long that is. */
function waitHelpers({ texts, zone }: Pick<TemplateSources, 'texts' | 'zone'>): Handlebars.HelperDeclareSpec {
  return {
    again(until: number, options: Handlebars.HelperOptions) {
      const { language, now } = rootOf(options);
      const then = Math.ceil(until / minute) * minute;
      const day = (instant: number) => writeDate('date', language, instant, zone);
      if (now === undefined || day(now) !== day(then))
        return texts.text(CORE, language, 'notice.until', { moment: writeDate('moment', language, then, zone) });
      const minutes = Math.max(1, Math.ceil((until - now) / minute));
      return texts.text(CORE, language, minutes > 60 ? 'notice.until_today' : 'notice.until_minutes', {
        minutes,
        time: writeDate('time', language, then, zone),
      });
    },
  };
}

/** Helpers that compare values and change the form of words. */
const wordHelpers: Handlebars.HelperDeclareSpec = {
  eq: (a: unknown, b: unknown) => a === b,
  pick: (condition: unknown, yes: unknown, no: unknown) => (condition ? yes : no),
  less: (a: number, b: number) => a < b,
  /** A name: no line ends at a hyphen within it ("Tax-on-web"). */
  unbroken: (name: string) => name.replaceAll(/(?<=\p{L})-(?=\p{L})/gu, '\u2011'),
  /**
   * A heading or label: no line ends behind a single letter ("e-mail"), or between a French verb and its pronoun
   * ("voulez-vous").
   */
  tidy: (label: string) => label.replaceAll(badBreak, '\u2011'),
  join: (...parts: unknown[]) => parts.slice(0, -1).join(''),
  /** Name of a factor's own view, to be drawn as a partial. */
  view: (factor: string, name: string) => `${factor}/${name}`,
};

/** Helpers that read what the page was drawn with. */
const pageHelpers: Handlebars.HelperDeclareSpec = {
  /** Why a field was refused: said outright, or in the page's notice. */
  fault: (field: string, said: string | undefined, options: Handlebars.HelperOptions) =>
    said ?? (rootOf(options).notice.field === field ? rootOf(options).notice.reason : undefined),
  /** Whether the cursor stands in a field: the one that was refused, else the first of the page. */
  focused(field: string, said: string | undefined, isFirst: boolean | undefined, options: Handlebars.HelperOptions) {
    const refused = rootOf(options).notice.field;
    return said === undefined && refused === undefined ? isFirst : said !== undefined || refused === field;
  },
  /**
   * The kind of a button: one is the main one, which sends what was typed, or leads on where that would not. @param
   * otherwise what it is if it is not the main one
   */
  kindOf(action: string, otherwise: string, options: Handlebars.HelperOptions) {
    const { notice, mayChooseOther } = rootOf(options);
    if (notice.reason === 'code_expired') return action === 'resend' ? 'main' : otherwise;
    if (notice.reason === 'device_copied' && mayChooseOther) return action === 'other-key' ? 'main' : otherwise;
    return action === 'continue' ? 'main' : otherwise;
  },
  /** What was typed into a field that may be shown again. */
  kept: (field: string, options: Handlebars.HelperOptions) => rootOf(options).notice.kept?.[field],
  /** What stands in a field: what was typed before the language was changed, else what the page brings. */
  typed(field: string, otherwise: string | undefined, options: Handlebars.HelperOptions) {
    const { typed } = rootOf(options);
    return typed && Object.hasOwn(typed, field) ? typed[field] : otherwise;
  },
  /** The same of a box: whether it is ticked. */
  ticked(field: string, otherwise: boolean | undefined, options: Handlebars.HelperOptions) {
    const { typed } = rootOf(options);
    return typed ? Object.hasOwn(typed, field) : otherwise;
  },
  /** Key of the heading of a page of activation: the stage has its own. */
  stageTitle: (options: Handlebars.HelperOptions) => {
    const { stage } = rootOf(options);
    return stage === undefined ? 'enrol.title' : `enrol.${stage}.title`;
  },
};

/** Helpers for what is the deployment's own. */
function brandHelpers({ brand, texts, username, about }: TemplateSources): Handlebars.HelperDeclareSpec {
  return {
    /** What the deployment says about a factor; every member is there. */
    aboutFactor: (factor: string | undefined, options: Handlebars.HelperOptions) => ({
      help: undefined,
      why: undefined,
      link: undefined,
      ...(factor === undefined ? {} : about(factor, rootOf(options).language)),
    }),
    brandLogo: () => brand.logo,
    brandLogoDark: () => brand.logoDark,
    brandIcon: () => brand.icon?.name ?? 'favicon.svg',
    brandIconType: () => brand.icon?.type ?? 'image/svg+xml',
    /** A language in its own words. */
    languageName: (code: string) =>
      texts.has(CORE, `language.${code}`)
        ? texts.text(CORE, 'en', `language.${code}`)
        : (new Intl.DisplayNames([code], { type: 'language', fallback: 'none' }).of(code) ?? code),
    /** Those that public bodies must have, where the deployment gives them. */
    footerLinks: (options: Handlebars.HelperOptions) => {
      const { links } = rootOf(options);
      return (['accessibility', 'privacy', 'terms'] as const).flatMap((name) => {
        const href = links?.[name];
        return href === undefined ? [] : [{ name, href }];
      });
    },
    /** What people know as their user name. */
    usernameLabel: (options: Handlebars.HelperOptions) =>
      texts.text(CORE, rootOf(options).language, username === 'name' ? 'password.username' : `username.${username}`),
    /** The keyboard of a telephone for it; `type` stays text, since browsers rewrite the domain of an e-mail field. */
    usernameKeyboard: () => ({ name: undefined, email: 'email', number: 'numeric' })[username],
  };
}

function fileHelpers({
  factorFolders,
  assets,
  brand,
}: Pick<TemplateSources, 'factorFolders' | 'assets' | 'brand'>): Handlebars.HelperDeclareSpec {
  const icons = new Map<string, Handlebars.SafeString>();
  const versions = new Map<string, string>();
  const address = (name: string, path: string): string => {
    let version = versions.get(name);
    if (version === undefined) {
      const bytes = brand.files.get(name) ?? readFileSync(path);
      const added = name === 'rekey.css' ? brand.style : '';
      version = createHash('sha256').update(bytes).update(added).digest('base64url').slice(0, 8);
      versions.set(name, version);
    }
    return `${assets}/${name}?v=${version}`;
  };
  return {
    /** A factor's icon; one without gets a plain key. */
    svg(factor: string) {
      let icon = icons.get(factor);
      if (icon === undefined) {
        const own = join(factorFolders[factor] ?? here, 'views', 'icon.svg');
        icon = new handlebarsEngine.SafeString(
          readFileSync(existsSync(own) ? own : join(here, 'public', 'key.svg'), 'utf8'),
        );
        icons.set(factor, icon);
      }
      return icon;
    },
    /** Address of a public file; it changes with the content, so that browsers may keep it for good. */
    asset: (file: string) => address(file, assetFile(file)),
    /** Address of a factor's own script. */
    factorScript: (factor: string) => address(factorScript(factor), factorScriptFile(factorFolders[factor] ?? here)),
  };
}
