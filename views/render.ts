/** Draws the pages: texts, layout and view of a step. */
import { join } from 'node:path';
import { noBrand, type Brand } from './brand.ts';
import { allLanguages, CORE, createTexts, readCatalogues, type Catalogues, type Values } from './i18n.ts';
import { noOwnTexts, withOwnTexts, type AllTexts, type OwnTexts } from './own-texts.ts';
import { mailLayoutFault } from './own-mail.ts';
import { messageKinds, type MessageKind } from './message-kinds.ts';
import {
  type Message,
  type MessageData,
  type MessageRequest,
  type Letterhead,
  writeMessage,
  writeSms,
} from './messages.ts';
import type { LetterModel } from './letter.ts';
import { readInformal, withInformal, type FormOfAddress } from './form-of-address.ts';
import type { LanguageCode, Models } from './models.ts';
import type { AboutFactor } from './shell.ts';
import { createTemplates } from './templates.ts';

export type { AboutFactor } from './shell.ts';
export type UsernameKind = 'name' | 'email' | 'number';

export interface RendererOptions {
  /** Factor id → absolute folder with `views/` and `locales/`. */
  readonly factorFolders: Readonly<Record<string, string>>;
  /** What is offered; default: all four, and the further ones. */
  readonly languages?: readonly LanguageCode[];
  /** The deployment's own words, which are in order. */
  readonly own?: Pick<OwnTexts, 'texts' | 'layouts'>;
  /** Further languages, and which one stands in for what is not translated. */
  readonly furtherLanguages?: Readonly<Record<string, LanguageCode>>;
  /** The deployment's name for messages whose data bring none. */
  readonly products?: Letterhead['products'];
  /** Zone (IANA name) for times that bring none; default UTC, and then they say so. */
  readonly zone?: string;
  /** The deployment's own look. */
  readonly brand?: Brand;
  /** What the deployment says about a factor. */
  readonly about?: (factor: string, language: LanguageCode) => AboutFactor;
  /** How people are addressed; default: formally. */
  readonly formOfAddress?: FormOfAddress;
  /** People activate keys by a mail with a link, and the other mails say so. */
  readonly activates?: boolean;
  /** What people know as their user name; default: a name. */
  readonly username?: UsernameKind;
  /** Public path below which `public/` is served; default `/assets`. */
  readonly assets?: string;
  /**
   * Takes what is missing in use (a text, a value): English stands in and the page is drawn. Absent: such a fault is
   * thrown.
   */
  readonly report?: (fault: string) => void;
}

export interface Renderer {
  readonly languages: readonly LanguageCode[];
  /** A whole HTML document. */
  page<P extends keyof Models>(name: P, model: Models[P]): string;
  /** A mail: `mail.<template>` of the core's texts, or `message.<template>` of the factor `source`. */
  message(
    source: string,
    template: string,
    language: LanguageCode,
    data: MessageData,
    how?: Pick<MessageRequest, 'isPreview'>,
  ): Message;
  /** Every mail and short message that there is a text of. */
  readonly messages: readonly MessageKind[];
  /**
   * A short message: `sms.<template>.text` of the core's texts, or `message.<template>.text` of the factor `source`.
   */
  sms(source: string, template: string, language: LanguageCode, data: MessageData): string;
  /** A document with links to files, for a preview. */
  list(title: string, files: readonly string[]): string;
  /** The letter with an activation code, as PDF. */
  letter(model: LetterModel): Promise<Uint8Array>;
  /** One of the core's texts. */
  text(language: LanguageCode, key: string, values?: Values): string;
  /** One of a factor's texts. */
  factorText(factor: string, language: LanguageCode, key: string, values?: Values): string;
}

/**
 * Reads and checks all texts and templates, of the product and of the factors.
 * @throws Error naming every fault at once, when texts are missing or differ between languages
 */
export function createRenderer(options: RendererOptions): Renderer {
  const { factorFolders, products = {}, zone = 'UTC', assets = '/assets', own = noOwnTexts } = options;
  const { furtherLanguages: further = {} } = options;
  const { languages = [...allLanguages, ...(Object.keys(further) as LanguageCode[])] } = options;
  const { brand = noBrand, username = 'name', about = () => ({}) } = options;
  const letterhead: Letterhead = { products, zone, palette: brand.palette, linksBeside: options.activates === true };
  const report = options.report ?? raise;
  const base = readAllTexts(factorFolders, options.formOfAddress);
  const sources = withOwnTexts(base, own.texts, further) as Readonly<Record<string, Catalogues>>;
  const texts = createTexts(sources, report);
  const { layouts } = own;
  const templates = createTemplates({ texts, factorFolders, assets, zone, brand, username, layouts, about });

  return {
    languages,
    page(name, model) {
      const draw = templates.pages[name];
      if (draw === undefined) throw new Error(`no such page: ${name}`);
      // Templates, the factors' own too, may look into `notice` without asking first whether there is one.
      return draw({ ...model, notice: { ...noNotice, ...model.notice } });
    },
    message: (source, template, language, data, how) =>
      writeMessage(texts, templates, { source, template, language, data, ...how }, letterhead),
    messages: messageKinds(sources),
    sms: (source, template, language, data) => writeSms(texts, { source, template, language, data }, letterhead),
    list: (title, files) => `${templates.layouts['list']?.({ title, files })}\n`,
    async letter(model) {
      const { printLetter } = await import('./letter.ts');
      return printLetter(model, (key, values) => texts.text(CORE, model.language, key, values));
    },
    text: (language, key, values) => texts.text(CORE, language, key, values),
    factorText: (factor, language, key, values) => texts.text(factor, language, key, values),
  };
}

/**
 * The texts of the product and of factors. @param factorFolders factor id → absolute folder
 */
export function readAllTexts(
  factorFolders: RendererOptions['factorFolders'],
  formOfAddress: FormOfAddress = 'formal',
): AllTexts {
  const read = (folder: string): Catalogues => {
    const formal = readCatalogues(folder);
    return formOfAddress === 'formal' ? formal : withInformal(formal, readInformal(folder));
  };
  const factors = Object.entries(factorFolders).map(([id, folder]) => [id, read(join(folder, 'locales'))] as const);
  return { ...Object.fromEntries(factors), [CORE]: read(join(import.meta.dirname, 'locales')) };
}

/** What is wrong with own layouts of mails, each as the end of a sentence, by the name of the layout. */
export function layoutFaults(layouts: OwnTexts['layouts']): readonly (readonly [string, string])[] {
  const texts = createTexts(readAllTexts({}), raise);
  const common = {
    texts,
    factorFolders: {},
    assets: '',
    zone: 'UTC',
    brand: noBrand,
    username: 'name',
    about: () => ({}),
  } as const;
  return Object.entries(layouts).flatMap(([name, source]) => {
    const draw = (values: object) =>
      createTemplates({ ...common, layouts: { [name]: source } }).layouts[name]?.({
        ...values,
        palette: noBrand.palette,
        linksBeside: false,
      }) ?? '';
    const fault = mailLayoutFault(name as 'mail' | 'mail-text', source, draw);
    return fault === undefined ? [] : [[name, fault] as const];
  });
}

/** The informal texts alone. @param factorFolders factor id → absolute folder */
export function readInformalTexts(factorFolders: RendererOptions['factorFolders']): AllTexts {
  const factors = Object.entries(factorFolders).map(
    ([id, folder]) => [id, readInformal(join(folder, 'locales'))] as const,
  );
  return { ...Object.fromEntries(factors), [CORE]: readInformal(join(import.meta.dirname, 'locales')) };
}

const noNotice = { reason: undefined, field: undefined, until: undefined };

function raise(fault: string): never {
  throw new Error(fault);
}
