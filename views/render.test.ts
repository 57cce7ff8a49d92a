import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { galleryFactors, samples } from '../test/fixtures/page-models.ts';
import { writeDate } from './dates.ts';
import { allLanguages } from './i18n.ts';
import { createRenderer } from './render.ts';

const root = join(import.meta.dirname, '..');
const factorFolders = galleryFactors(root);
const products = { nl: 'Voorbeeld', fr: 'Exemple', de: 'Beispiel', en: 'Example' };
const renderer = createRenderer({ factorFolders, products, zone: 'Europe/Brussels' });
const proveCard = samples.find(({ name }) => name === 'prove-card')?.model('nl');
const at = Date.UTC(2024, 0, 30, 13, 32);
const reportCode = '7K2M-0XQ4-93TD-H5VA';

describe('mails', () => {
  test('name the key and the time if only the factor and the instant are given', () => {
    const mail = renderer.message('core', 'key_off', 'fr', { factor: 'plain-words', at, reportCode });
    expect(mail.subject).toBe('Votre clé numérique «\u00a0Touche\u00a0» est désactivée');
    expect(mail.text).toContain(
      'a été désactivée le 30 janvier 2024 à 14:32 (heure d’Europe centrale). Vous ne pouvez plus l’utiliser pour vous connecter à Exemple',
    );
    expect(mail.html).toContain('30 janvier 2024 à 14:32');
  });

  test('a key whose factor is gone is still told of', () => {
    const mail = renderer.message('core', 'key_off', 'en', { factor: 'gone', at, reportCode });
    expect(mail.subject).toBe('Your digital key “Key that no longer exists” is switched off');
  });

  test('a last day is written as a day, where the people are, and not as the instant behind it', () => {
    const sunsetAt = Date.UTC(2024, 0, 30, 23);
    const given = { factor: 'plain-words', sunsetAt, zone: 'Europe/Brussels', at };
    for (const [language, day] of [
      ['nl', 'tot en met 30 januari 2024'],
      ['fr', 'jusqu’au 30 janvier 2024 inclus'],
      ['de', 'bis einschließlich 30. Januar 2024'],
      ['en', 'up to and including 30 January 2024'],
    ] as const) {
      const mail = renderer.message('core', 'key_going', language, given);
      expect(mail.subject).toContain(day);
      expect(mail.text).not.toMatch(/\d:\d/);
    }
  });

  test('the code stands out once, is in both layouts, and not in the subject', () => {
    for (const language of allLanguages) {
      const mail = renderer.message('core', 'email_proof', language, { code: '00420815', minutes: 5 });
      expect(mail.subject).not.toContain('00420815');
      expect(mail.text.match(/00420815/g)).toHaveLength(1);
      expect(mail.html.match(/<strong[^>]*>00420815<\/strong>/g)).toHaveLength(1);
      expect(mail.text).toContain(`\n\n00420815 `);
    }
  });

  test('a factor brings its own texts', () => {
    const mail = renderer.message('plain-words', 'code', 'nl', { code: '123456' });
    expect(mail.subject).toBe('Uw code voor Voorbeeld');
    expect(mail.text).toContain('123456 is uw code voor Voorbeeld.');
  });

  test('data are text: escaped in HTML, as they are in plain text, and a subject stays one line', () => {
    const mail = renderer.message('core', 'key_on', 'en', {
      keyName: '<b>Key</b>\r\nBcc: x@example.org',
      at,
      reportCode,
    });
    expect(mail.html).not.toContain('<b>');
    expect(mail.html).toContain('&lt;b&gt;Key&lt;/b&gt;');
    expect(mail.text).toContain('<b>Key</b>');
    expect(mail.subject).toBe('Your new digital key “<b>Key</b> Bcc: x@example.org” is active');
  });

  test('hold no link and nothing from outside', () => {
    const mail = renderer.message('core', 'email_changed_old', 'de', {
      newEmail: 'n…@example.org',
      reportCode,
      at,
      until: at,
    });
    expect(mail.html).not.toMatch(/href|src=|https?:|url\(/);
  });

  test('a missing value is a fault', () => {
    expect(() => renderer.message('core', 'key_off', 'nl', { at })).toThrow('value missing: keyName');
    expect(() => renderer.message('core', 'nothing', 'nl', {})).toThrow('text missing: core nl mail.nothing.subject');
  });
});

test('a short message is one paragraph', () => {
  expect(renderer.sms('plain-words', 'code', 'de', { code: '123456' })).toBe('123456 ist Ihr Code für Beispiel.');
});

test('single texts', () => {
  expect(renderer.text('nl', 'action.continue')).toBe('Volgende');
  expect(renderer.factorText('plain-words', 'en', 'name')).toBe('Button');
});

test('a page of a factor without views is a fault, not an empty page', () => {
  expect(() => renderer.page('prove-key', { ...proveCard, factor: 'gone' } as never)).toThrow('text missing: gone nl');
});

test('a model that lacks what its page needs is a fault', () => {
  const { product: _none, ...bare } = proveCard as unknown as { product: string };
  expect(() => renderer.page('signed-out', bare as never)).toThrow(/product/);
});

test('of a key that ended no page says that it may be used', () => {
  for (const language of allLanguages)
    for (const page of ['password', 'prove-card'] as const) {
      const sample = samples.find(({ name }) => name === page);
      const model = sample?.model(language) as { readonly factor?: string; readonly going?: object };
      const lastDay = Date.UTC(2024, 0, 30, 22, 59);
      const drawn = (over: boolean) =>
        renderer
          .page(sample?.page ?? 'password', {
            ...model,
            factor: model.factor ?? 'token-card',
            going: { over, lastDay, zone: 'Europe/Brussels' },
          } as never)
          .match(/<p class="aside">([^<]*)/)?.[1];
      expect(drawn(false)).not.toBe(drawn(true));
      expect(drawn(true)).toBe(
        renderer.text(language, 'retirement.what_over', {
          lastDay: writeDate('date', language, lastDay, 'Europe/Brussels'),
        }),
      );
    }
});

test('public files are addressed by their content, below the path that is set', () => {
  const elsewhere = createRenderer({ factorFolders, assets: '/sub/assets' });
  const sample = samples.find(({ name }) => name === 'password')?.model('nl');
  const addresses = [...elsewhere.page('password', sample as never).matchAll(/(?:href|src)="(\/sub[^"]*)"/g)];
  expect(addresses.map((match) => match[1]?.replace(/&#x3D;.*/, ''))).toEqual([
    '/sub/assets/rekey.css?v',
    '/sub/assets/favicon.svg?v',
    '/sub/assets/show-password.js?v',
  ]);
});

test('only the layout’s icons and the engine’s form are put in unescaped', () => {
  const raw = ['layouts', 'partials', 'pages'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder)).flatMap((file) =>
      [...readFileSync(join(import.meta.dirname, folder, file), 'utf8').matchAll(/\{\{\{.*?\}\}\}|\{\{&.*?\}\}/g)].map(
        ([found]) => `${file} ${found}`,
      ),
    ),
  );
  expect(raw.sort()).toEqual(['icon.hbs {{{svg factor}}}', 'sign-out.hbs {{{formHtml}}}']);
});
