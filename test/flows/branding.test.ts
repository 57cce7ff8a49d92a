// Three deployments that come with the product, each with its own look.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import { flows } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';

const pictures = join(import.meta.dirname, '../../.screenshots/branding');
const links = {
  accessibility: {
    nl: 'https://x.example/nl/a',
    fr: 'https://x.example/fr/a',
    de: 'https://x.example/de/a',
    en: 'https://x.example/en/a',
  },
  privacy: 'https://x.example/privacy',
  terms: 'https://x.example/terms',
};
const looks = [
  ['csam', 'rgb(59, 42, 134)'],
  ['eu-login', 'rgb(14, 71, 161)'],
  ['uitpas', 'rgb(194, 24, 91)'],
] as const;

/** What the browser shows of the look, computed. */
const seen = (visit: Visit) =>
  visit.page.evaluate<Readonly<Record<string, unknown>>>(`({
    logo: document.querySelector('.logo-own img')?.getBoundingClientRect().width >= 30,
    line: getComputedStyle(document.querySelector('.top')).borderBottomColor,
    name: document.querySelector('.product').textContent.trim(),
    icon: document.querySelector('link[rel=icon]').href.replace(/^.*\\/assets\\/|\\?.*$/g, ''),
  })`);

async function axeFaults({ page }: Visit): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.map(({ id }) => id);
}

flows('branding', ({ own }) => {
  test.each(looks)('A-623 %s looks like itself, light and dark, within the policy', async (name, colour) => {
    await mkdir(pictures, { recursive: true });
    const stage = await own({ ...shippedDeployment(name), links });
    const visit = await stage.visit('fr');
    const complaints: string[] = [];
    visit.page.on('console', (message) => complaints.push(message.text()));
    await visit.signIn();
    expect(await seen(visit)).toEqual({
      logo: true,
      line: colour,
      name: stage.product.services.settings.name,
      icon: 'brand-icon.svg',
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      await visit.page.emulateMedia({ colorScheme });
      await visit.page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) });
      expect(await axeFaults(visit)).toEqual([]);
    }
    expect(await visit.page.locator('footer a[href="https://x.example/fr/a"]').innerText()).toBe('Accessibilité');
    expect(await visit.page.locator('footer a[href="https://x.example/terms"]').innerText()).toBe(
      'Conditions d’utilisation',
    );
    expect(complaints).toEqual([]);
  });

  test('A-624 the user name is called and typed as what it is', async () => {
    for (const [username, label, keyboard] of [
      ['email', 'E-Mail-Adresse', 'email'],
      ['number', 'Nummer', 'numeric'],
      ['name', 'Benutzername', null],
    ] as const) {
      const stage = await own({ signIn: { order: 'name-first', username } });
      const visit = await stage.visit('de');
      await visit.signIn();
      const field = visit.page.getByLabel(label, { exact: true });
      expect(await field.getAttribute('name')).toBe('username');
      expect(await field.getAttribute('inputmode')).toBe(keyboard);
      expect(await field.getAttribute('type')).toBe('text');
    }
  });

  test('A-625 the look comes from the provider alone, under its policy', async () => {
    const { product, relyingParty, ...stage } = await own(shippedDeployment('csam'));
    const visit = await stage.visit('nl');
    const asked = new Set<string>();
    visit.page.on('request', (request) => asked.add(new URL(request.url()).origin));
    await visit.signIn();
    asked.delete(relyingParty.address);
    expect([...asked]).toEqual([product.issuer]);
    const logo = await visit.page.request.get(`${product.issuer}/assets/brand-logo.svg`);
    expect(logo.headers()).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': expect.stringContaining("script-src 'self'"),
      'x-content-type-options': 'nosniff',
    });
  });

  test('A-629 a further language is offered by its own name, and another one stands in where it has no text', async () => {
    const texts = await mkdtemp(join(tmpdir(), 'texts-'));
    await writeFile(
      join(texts, 'es.json'),
      '{"password.heading":"Escriba su nombre <b>y</b> su contraseña","password.password":"Contraseña"}',
    );
    const stage = await own({ texts, furtherLanguages: { es: 'fr' }, signIn: { order: 'name-first' } });
    const visit = await stage.visit('nl');
    await visit.signIn();
    await visit.page.getByRole('button', { name: 'es español' }).click();
    expect(await visit.page.locator('html').getAttribute('lang')).toBe('es');
    expect(await visit.page.locator('h1').innerText()).toBe('Escriba su nombre <b>y</b> su contraseña');
    expect(await visit.page.getByLabel('Nom d’utilisateur').getAttribute('name')).toBe('username');
    expect(await axeFaults(visit)).toEqual([]);
    const discovery = await visit.page.request.get(`${stage.product.issuer}/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({ ui_locales_supported: ['nl', 'fr', 'de', 'en', 'es'] });
    await rm(texts, { recursive: true });
  });
});
