/**
 * What a flow needs: a product, a relying party and a browser that knows both. One browser per test file, a new context
 * per visit.
 */
import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { allLanguages } from '../../views/i18n.ts';
import type { LanguageCode } from '../../views/models.ts';
import { createRenderer, type Renderer } from '../../views/render.ts';
import { findBrowser, launchBrowser } from './browser.ts';
import { startFlowRelyingParty, type FlowRelyingParty } from './flow-relying-party.ts';
import { Visit } from './flow-visit.ts';
import type { ShippedClient } from './shipped-deployment.ts';
import { startProduct, type Overrides, type Product, type ProductOptions } from './product.ts';

export { allLanguages };

export const myKeys = 'https://keys.example/mine';
/** First instant of 31 January 2024 in Brussels: the card's last day is over. */
export const midnight = Date.parse('2024-01-31T00:00:00+01:00');

export interface Stage {
  readonly product: Product;
  readonly relyingParty: FlowRelyingParty;
  readonly renderer: Renderer;
  /** Somebody with a new browser, whose language is this one. */
  visit(language: LanguageCode, options?: { readonly script?: boolean }): Promise<Visit>;
  close(): Promise<void>;
}

/** Clients, and settings around them, that know the address of the relying party. */
export type AtAddress = (address: string) => Overrides;

export interface Stages {
  /** One for the whole file; call the result within a test. */
  readonly shared: (overrides?: Overrides | AtAddress, options?: ProductOptions) => () => Stage;
  /** One for this test alone, where dates or time are moved. */
  readonly own: (overrides?: Overrides | AtAddress, options?: ProductOptions) => Promise<Stage>;
}

const executable = await findBrowser();

/** A suite in the browser; skipped where there is none. */
export function flows(name: string, define: (stages: Stages) => void): void {
  (executable === undefined ? describe.skip : describe)(name, () => {
    let browser: Browser;
    const own: Stage[] = [];
    beforeAll(async () => {
      browser = await launchBrowser();
    }, 60_000);
    afterEach(async () => {
      await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
      for (const stage of own.splice(0)) await stage.close();
    });
    afterAll(async () => {
      await browser?.close();
    });
    define({
      shared(overrides, options) {
        let stage: Stage | undefined;
        beforeAll(async () => {
          stage = await openStage(browser, overrides, options);
        });
        afterAll(() => stage?.close());
        return () => {
          if (!stage) throw new Error('The stage is not there yet.');
          return stage;
        };
      },
      async own(overrides, options) {
        const stage = await openStage(browser, overrides, options);
        own.push(stage);
        return stage;
      },
    });
  });
}

async function openStage(
  browser: Browser,
  wanted: Overrides | AtAddress = {},
  options: ProductOptions = {},
): Promise<Stage> {
  const relyingParty = await startFlowRelyingParty();
  const overrides = typeof wanted === 'function' ? wanted(relyingParty.address) : wanted;
  const clients = clientsOf(overrides, relyingParty.redirectUri);
  const given = { links: { myKeys }, ...overrides, clients };
  const product = await startProduct(given, options).catch(async (error: unknown) => {
    await relyingParty.close();
    throw error;
  });
  await relyingParty.connect(product.issuer, clients);
  const { registry } = product.services;
  const renderer = createRenderer({
    factorFolders: Object.fromEntries(registry.all().map(({ id }) => [id, registry.folder(id)])),
    zone: 'Europe/Brussels',
    formOfAddress: product.services.settings.formOfAddress,
  });
  return {
    product,
    relyingParty,
    renderer,
    async visit(language, { script = true } = {}) {
      const context: BrowserContext = await browser.newContext({
        locale: `${language}-BE`,
        javaScriptEnabled: script,
        reducedMotion: 'reduce',
        viewport: { width: 1280, height: 900 },
      });
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
      return new Visit({ context, page, language, renderer, relyingParty: relyingParty.address });
    },
    async close() {
      await relyingParty.close();
      await product.close();
    },
  };
}

export const clientName: Readonly<Record<LanguageCode, string>> = {
  nl: 'Mijn belastingen',
  fr: 'Mes impôts',
  de: 'Meine Steuern',
  en: 'My taxes',
};

/** The deployment's own services, played by the relying party of the test; else two of its own. */
function clientsOf({ clients }: Overrides, redirectUri: string) {
  if (!Array.isArray(clients)) return clientsAt(redirectUri);
  return (clients as readonly ShippedClient[]).map((client) => ({
    ...client,
    redirectUris: [redirectUri],
    secret: `a-secret-of-the-service-${client.id}`,
  }));
}

/** Two services: the first takes every key, the second only the app. */
function clientsAt(redirectUri: string) {
  const both = { name: clientName, redirectUris: [redirectUri] };
  return [
    { ...both, id: 'taxes', secret: 'a-secret-of-the-first-service' },
    { ...both, id: 'pensions', secret: 'a-secret-of-the-second-service', accepts: ['authenticator-app'] },
  ];
}
