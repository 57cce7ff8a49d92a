/** All mails and short messages, of the product and of its factors, in every language, with example values. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { galleryFactors } from '../test/fixtures/page-models.ts';
import { zoneName } from './dates.ts';
import { allLanguages } from './i18n.ts';
import { createRenderer } from './render.ts';

const products = { nl: 'Voorbeeld', fr: 'Exemple', de: 'Beispiel', en: 'Example' };
const factorFolders = galleryFactors(join(import.meta.dirname, '..'));
const renderer = createRenderer({ factorFolders, products, zone: 'Europe/Brussels' });
/** 13:32 UTC, 14:32 in Brussels. */
const at = Date.UTC(2024, 0, 30, 13, 32);
const data = {
  factor: 'token-card',
  at,
  until: at,
  sunsetAt: Date.UTC(2024, 5, 30, 22),
  formerSunsetAt: Date.UTC(2024, 4, 31, 22),
  service: 'Tax office',
  code: '00420815',
  minutes: 5,
  newEmail: 'n…@example.net',
  reportCode: '7K2M-0XQ4-93TD-H5VA',
  host: 'login.example.org',
  names: 'an\nan.peeters',
  count: 2,
  username: 'an.peeters',
  link: 'https://login.example.org/activate/abc',
};
const mails = renderer.messages.filter(({ channel }) => channel === 'email');
const each = mails.flatMap((kind) => allLanguages.map((language) => ({ ...kind, language })));

test('the list of mails is whole', () => {
  const names = mails.map(({ source, template }) => `${source} ${template}`);
  expect(names).toEqual(expect.arrayContaining(['core key_going_at', 'core permit_given', 'email-otp registration']));
  expect(names.length).toBeGreaterThan(22);
});

test.each(each)('A-326 A-328 $source $template $language', ({ source, template, language, values }) => {
  const { subject, text, html } = renderer.message(source, template, language, data);
  const dates =
    template.startsWith('key_going') || template.startsWith('key_later') || template.startsWith('key_lifted');
  // The same words in both, for people who do not see, and for programs without HTML.
  const words = html
    .replace(/^[^]*<div role="main"/, '<')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ');
  const plain = text.replaceAll(/^-- $/gm, ' ').replaceAll(/\s+/g, ' ');
  expect(words.replace(/^[^>]*> ?/, '').replaceAll(' ', '')).toContain(plain.trim().replaceAll(' ', ''));
  expect(html).toContain(`<html lang="${language}">`);
  for (const written of [subject, text, html.replace(/<style>[^]*?<\/style>/, '')]) {
    expect(written).not.toMatch(/[{}]|UTC|undefined|NaN|www\./);
    // One mail has a link, and says where it leads to: A-491.
    if (template !== 'activation') expect(written).not.toMatch(/https?:|href/);
    if (dates) expect(written).not.toMatch(/example\.(?:org|net)/);
  }
  expect(subject).not.toContain('00420815');
  // A time of day is that of the place, which is named.
  const zone = zoneName(language, 'Europe/Brussels');
  const times = [...text.matchAll(/\b\d{1,2}:\d\d\b(?<after>[^.,;:]{0,60})/g)];
  expect(times).toHaveLength(values.filter((value) => value === 'when' || value === 'untilMoment').length);
  for (const { 0: time, groups } of times) {
    expect(time).toMatch(/^14:32/);
    expect(groups?.['after']).toContain(`(${zone})`);
  }
  if (template.startsWith('key_going') || template.startsWith('key_later')) expect(text).toContain(`(${zone})`);
});

test('A-326 where the zone is UTC it is named once', () => {
  const elsewhere = renderer.message('core', 'key_off', 'en', { ...data, zone: 'UTC' });
  expect(elsewhere.text).toContain('switched off on 30 January 2024 at 13:32 UTC. ');
});

test.each(allLanguages)('A-328 a preview says so first, in subject and text: %s', (language) => {
  const [plain, marked] = [false, true].map((isPreview) =>
    renderer.message('core', 'key_going', language, data, { isPreview }),
  );
  expect(marked?.subject).not.toBe(plain?.subject);
  expect(marked?.subject).toContain(plain?.subject);
  const note = renderer.text(language, 'mail.preview_note');
  expect([plain?.text.includes(note), marked?.text.includes(note), marked?.html.includes(note)]).toEqual([
    false,
    true,
    true,
  ]);
});
