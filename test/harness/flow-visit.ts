/**
 * One person in front of one browser: what they see, press and type, and pictures of it. Texts come from the locale
 * files, never from here.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { LanguageCode } from '../../views/models.ts';
import type { Renderer } from '../../views/render.ts';
import type { Told } from './flow-relying-party.ts';

const pictures = join(import.meta.dirname, '../../.screenshots/flows');

/** Every look of every page in every language is the gallery's matter (views/gallery.test.ts). */
const everywhereIn: readonly LanguageCode[] = ['fr', 'de'];

export interface Look {
  /** Also at 320 px and in the dark, in two of the languages. */
  readonly everywhere?: boolean;
}

type Values = Readonly<Record<string, unknown>>;

export class Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly language: LanguageCode;
  readonly #renderer: Renderer;
  readonly #relyingParty: string;
  readonly #counts: Map<string, number>;

  constructor(given: {
    readonly context: BrowserContext;
    readonly page: Page;
    readonly language: LanguageCode;
    readonly renderer: Renderer;
    readonly relyingParty: string;
    readonly counts?: Map<string, number>;
  }) {
    this.context = given.context;
    this.page = given.page;
    this.language = given.language;
    this.#renderer = given.renderer;
    this.#relyingParty = given.relyingParty;
    this.#counts = given.counts ?? new Map<string, number>();
  }

  /** Starts at the relying party, as people do. */
  async signIn(parameters: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.page.goto(`${this.#relyingParty}/sign-in?${new URLSearchParams(parameters).toString()}`);
  }

  /** A second tab of the same browser, on the same page. */
  async secondTab(): Promise<Visit> {
    const page = await this.context.newPage();
    await page.goto(this.page.url());
    return this.#beside(page);
  }

  /** An empty second tab of the same browser. */
  async emptyTab(): Promise<Visit> {
    return this.#beside(await this.context.newPage());
  }

  #beside(page: Page): Visit {
    const { context, language } = this;
    return new Visit({
      context,
      page,
      language,
      renderer: this.#renderer,
      relyingParty: this.#relyingParty,
      counts: this.#counts,
    });
  }

  main(): Locator {
    return this.page.locator('main');
  }

  async step(): Promise<string | null> {
    return this.main().getAttribute('data-step');
  }

  data(name: 'factor' | 'reason' | 'position' | 'mode'): Promise<string | null> {
    return this.main().getAttribute(`data-${name}`);
  }

  /** The uid of the sign-in, as in the address. */
  uid(): string {
    return new URL(this.page.url()).pathname.split('/')[2] ?? '';
  }

  async press(action: string): Promise<void> {
    await this.#click(this.page.locator(`button[name="action"][value="${action}"]`));
  }

  async choose(factor: string): Promise<void> {
    await this.#click(this.page.locator(`button[name="key"][value="${factor}"]`));
  }

  async type(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(fields)) await this.page.locator(`input[name="${name}"]`).fill(value);
  }

  /** Types and goes on. */
  async send(fields: Readonly<Record<string, string>>, action = 'continue'): Promise<void> {
    await this.type(fields);
    await this.press(action);
  }

  /**
   * Sends the form of the page twice at the same moment, as a double click may, and follows the second answer, as a
   * browser then does. The page's own form, with these fields and the button's name and value.
   */
  async pressTwice(fields: Readonly<Record<string, string>>): Promise<void> {
    const action = await this.page.locator('main form').first().getAttribute('action');
    const url = new URL(action ?? '', this.page.url());
    const send = () =>
      this.context.request.post(url.href, {
        form: fields,
        maxRedirects: 0,
        headers: { origin: url.origin, 'sec-fetch-site': 'same-origin' },
      });
    const [first, second] = await Promise.all([send(), send()]);
    expectLike({ first: first.status(), second: second.status() }, { first: 303, second: 303 });
    await this.page.goto(new URL(second.headers()['location'] ?? '', url).href);
  }

  async follow(link: Locator): Promise<void> {
    await this.#click(link);
  }

  async #click(target: Locator): Promise<void> {
    await Promise.all([this.page.waitForNavigation(), target.click()]);
  }

  /** A text of the product in this visit's language. */
  text(key: string, values?: Values): string {
    return this.#renderer.text(this.language, key, values);
  }

  factorText(factor: string, key: string, values?: Values): string {
    return this.#renderer.factorText(factor, this.language, key, values);
  }

  /** What stands on the page, white space folded. */
  async reads(): Promise<string> {
    return fold((await this.main().textContent()) ?? '');
  }

  /** Expects these texts on the page, visibly within what is shown. */
  async says(...texts: readonly string[]): Promise<void> {
    const shown = await this.reads();
    for (const text of texts) expectPart(shown, fold(text));
  }

  async saysNot(...texts: readonly string[]): Promise<void> {
    const shown = await this.reads();
    for (const text of texts) expectNoPart(shown, fold(text));
  }

  async expectStep(step: string, data: { readonly factor?: string; readonly reason?: string } = {}): Promise<void> {
    const shown = {
      step: await this.step(),
      language: await this.page.locator('html').getAttribute('lang'),
      factor: (await this.data('factor')) ?? undefined,
      reason: (await this.data('reason')) ?? undefined,
      url: this.page.url(),
      reads: (await this.reads()).slice(0, 300),
    };
    const { factor = shown.factor, reason } = data;
    expectLike(shown, { step, factor, reason, language: this.language });
  }

  /** Values of the buttons of a name, in the order of the page. */
  buttons(name: 'action' | 'key'): Promise<string[]> {
    return this.page
      .locator(`main button[name="${name}"]`)
      .evaluateAll((found) => found.map((one) => (one as unknown as { value: string }).value));
  }

  isAtRelyingParty(): boolean {
    return this.page.url().startsWith(this.#relyingParty);
  }

  /** What the relying party's page says it was told. */
  async told(): Promise<Told> {
    expectPart(this.page.url(), `${this.#relyingParty}/callback`);
    return JSON.parse((await this.page.locator('body').textContent()) ?? '') as Told;
  }

  /** Keeps `<id>-<language>-<n>.png`. */
  async picture(id: string, { everywhere = false }: Look = {}): Promise<void> {
    const n = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, n);
    await mkdir(pictures, { recursive: true });
    const shoot = (look = ''): Promise<unknown> =>
      this.page.screenshot({
        path: join(pictures, `${id}-${this.language}-${n}${look}.png`),
        fullPage: true,
        animations: 'disabled',
      });
    await shoot();
    if (!everywhere || !everywhereIn.includes(this.language)) return;
    const overflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
    await this.page.setViewportSize({ width: 320, height: 640 });
    await shoot('-320');
    expectLike({ overflow: await this.page.evaluate(overflow) }, { overflow: 0 });
    await this.page.emulateMedia({ colorScheme: 'dark' });
    await shoot('-320-dark');
    await this.page.setViewportSize({ width: 1280, height: 900 });
    await shoot('-dark');
    await this.page.emulateMedia({ colorScheme: 'light' });
  }
}

/** White space, and where a line may or may not end, are matters of looks. */
const fold = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('\u2011', '-').replaceAll('\u00AD', '').trim();

function expectPart(whole: string, part: string): void {
  expect(whole).toContain(part);
}

function expectNoPart(whole: string, part: string): void {
  expect(whole).not.toContain(part);
}

function expectLike(seen: object, wanted: Readonly<Record<string, unknown>>): void {
  expect(seen).toMatchObject(wanted);
}
