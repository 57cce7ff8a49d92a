import { expect, test } from '@jest/globals';
import { type Catalogue, type Catalogues, compareCatalogues, createTexts } from './i18n.ts';

const same = (catalogue: Catalogue): Catalogues => ({ nl: catalogue, fr: catalogue, de: catalogue, en: catalogue });
const raise = (fault: string): never => {
  throw new Error(fault);
};

test('fills in values, chooses plurals by the rules of the language', () => {
  const message = '{count, plural, one {# jour} other {# jours}} – {name}';
  const texts = createTexts({ core: same({ days: message }) }, raise);
  expect(texts.text('core', 'fr', 'days', { count: 0, name: 'Anna' })).toBe('0 jour – Anna');
  expect(texts.text('core', 'en', 'days', { count: 0, name: 'Anna' })).toBe('0 jours – Anna');
});

test('values are text: markup, braces and quotes pass through as they are', () => {
  const texts = createTexts({ core: same({ hello: 'Hello {name}' }) }, raise);
  expect(texts.text('core', 'nl', 'hello', { name: `<b>{x}</b> '{y}'` })).toBe(`Hello <b>{x}</b> '{y}'`);
});

test('a code keeps its leading zeros and gets no thousands separator', () => {
  const texts = createTexts({ core: same({ code: '{code} is it' }) }, raise);
  expect(texts.text('core', 'de', 'code', { code: '00123456' })).toBe('00123456 is it');
  expect(texts.text('core', 'de', 'code', { code: 123456 })).toBe('123456 is it');
});

test('a missing text or value is a fault', () => {
  const texts = createTexts({ core: same({ hello: 'Hello {name}' }) }, raise);
  expect(() => texts.text('core', 'nl', 'nothing')).toThrow('text missing: core nl nothing');
  expect(() => texts.text('nobody', 'nl', 'hello')).toThrow('text missing: nobody nl hello');
  expect(() => texts.text('core', 'nl', 'hello')).toThrow('value missing: name of core nl hello');
  expect(() => texts.text('core', 'nl', 'hello', { name: undefined })).toThrow('value missing: name');
});

test('where faults are reported instead, the text is English or has a gap', () => {
  const faults: string[] = [];
  const texts = createTexts({ core: same({ hello: 'Hello {name}!' }) }, (fault) => faults.push(fault));
  expect(texts.text('core', 'nl', 'hello')).toBe('Hello !');
  expect(texts.text('core', 'nl', 'nothing')).toBe('nothing');
  expect(faults).toHaveLength(2);
});

test('names every disagreement between languages at once', () => {
  const catalogues: Catalogues = {
    en: { a: 'A {x}', b: 'B', 'm.subject': 'Your message' },
    nl: { a: 'A {y}', b: 'B', 'm.subject': 'Uw bericht', c: 'C' },
    fr: { a: 'A {x}', 'm.subject': '{code} !' },
    de: { a: 'A {x', b: ' ', 'm.subject': 'Nachricht' },
  };
  expect(compareCatalogues('core', catalogues)).toEqual([
    'core nl: a has {y}, English has {x}',
    'core nl: c is not in English',
    'core fr: b is missing',
    'core fr: m.subject has {code}, English has {}',
    expect.stringMatching(/^core de: a cannot be read/),
    'core de: b is empty',
  ]);
  expect(() => createTexts({ core: catalogues }, raise)).toThrow(/core nl: c is not in English[^]*core de: b is empty/);
});

test('a subject never carries the code', () => {
  expect(compareCatalogues('f', same({ 'message.code.subject': '{code} is it' }))).toContain(
    'f en: message.code.subject: a subject must not carry the code',
  );
});

test('placeholders inside plurals count', () => {
  const english = { a: '{n, plural, one {# of {who}} other {#}}' };
  expect(compareCatalogues('core', { ...same(english), nl: { a: '{n, plural, one {#} other {#}}' } })).toEqual([
    'core nl: a has {n}, English has {n,who}',
  ]);
});
