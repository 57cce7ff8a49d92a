import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { galleryFactors, samples } from '../test/fixtures/page-models.ts';
import { allLanguages } from './i18n.ts';
import { createRenderer } from './render.ts';

const root = join(import.meta.dirname, '..');
const renderer = createRenderer({ factorFolders: galleryFactors(root), zone: 'Europe/Brussels' });
const drawn = samples.flatMap(({ name, page, model }) =>
  allLanguages.map((language) => ({
    name,
    page,
    language,
    model: model(language),
    html: renderer.page(page, model(language) as never),
  })),
);

const all = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map((match) => match[1] ?? '');
const sorted = (words: Iterable<string>): string[] => [...new Set(words)].sort();
const attribute = (tag: string, name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';

const main = (name: string) => /<main [^>]*>/.exec(drawn.find((one) => one.name === name)?.html ?? '')?.[0];

/** The table of docs/pages.md. */
const documented = readFileSync(join(root, 'docs/pages.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `') && !line.startsWith('| `data-step`'))
  .map((line) => {
    const [, step = '', fields = '', key = '', actions = ''] = line.split('|').map((cell) => cell.trim());
    return {
      step: step.replaceAll('`', ''),
      fields: sorted(all(fields, /(`[a-z_-]+` \(`[a-z -]+`\))/g)),
      key: key === 'yes',
      actions: sorted(all(actions, /`([a-z-]+)`/g)),
    };
  });

describe('the contract with machines (docs/pages.md)', () => {
  test('names every page', () => {
    expect(sorted(documented.map(({ step }) => step))).toEqual(sorted(samples.map(({ page }) => page)));
  });

  test.each(documented)(
    '$step has the documented fields and buttons, and no others',
    ({ step, fields, key, actions }) => {
      const html = drawn.filter(({ page, model }) => page === step && model.step === step).map((one) => one.html);
      const inputs = html
        .flatMap((one) => all(one, /(<input [^>]*>)/g))
        .filter((tag) => !/type="(hidden|checkbox|radio)"/.test(tag));
      expect(
        sorted(inputs.map((tag) => `\`${attribute(tag, 'name')}\` (\`${attribute(tag, 'autocomplete')}\`)`)),
      ).toEqual(fields);
      const buttons = html.flatMap((one) => all(one, /(<button [^>]*type="submit"[^>]*>)/g));
      const named = (name: string) => buttons.filter((tag) => tag.includes(` name="${name}"`));
      expect(sorted(named('action').map((tag) => attribute(tag, 'value')))).toEqual(actions);
      expect(named('key').length > 0).toBe(key);
      if (!['sign-out', 'onward', 'device-confirm'].includes(step))
        expect(named('action').length + named('key').length + named('language').length).toBe(buttons.length);
    },
  );

  test('no heading ends a line between a French verb and its pronoun, or behind a single letter', () => {
    const headings = drawn.flatMap(({ html }) => all(html, /<h1>(.*?)<\/h1>/g));
    expect(headings.some((heading) => heading.includes('voulez\u2011vous'))).toBe(true);
    expect(headings.filter((heading) => /-(?:vous|nous|il|elle)(?!\p{L})|(?<!\p{L})\p{L}-/u.test(heading))).toEqual([]);
  });

  test.each([
    ['nl', 'tot 9 december'],
    ['fr', 'jusqu’au 9 décembre'],
    ['de', 'bis zum 9. Dezember'],
    ['en', 'until 9 December'],
  ] as const)('A-473 the end of a key that must be renewed stands on its page: %s', (language, says) => {
    const sample = samples.find(({ name }) => name === 'prove-card');
    const model = { ...sample?.model(language), worksUntil: Date.parse('2023-12-09T12:00:00Z') };
    const html = renderer.page('prove-key', model as never);
    expect(html.replaceAll('\u00A0', ' ')).toContain(says);
  });

  test('the cursor stands in the field that was refused, else in the first one', () => {
    const focused = (field?: string) => {
      const sample = samples.find(({ name }) => name === 'desk-register');
      const notice = field === undefined ? {} : { reason: 'address_invalid', field };
      const html = renderer.page('desk-register', { ...sample?.model('nl'), notice } as never);
      return all(html, /<input id="field-([a-z-]+)"[^>]* autofocus/g);
    };
    expect([focused(), focused('email'), focused('given-name')]).toEqual([['given-name'], ['email'], ['given-name']]);
  });

  test('main says step, factor, reason, position and mode', () => {
    expect(main('prove-card-wrong')).toBe(
      '<main id="content" tabindex="-1" data-step="prove-key" data-factor="token-card" data-reason="code_wrong" data-position="18">',
    );
    expect(main('refused-fault')).toContain('data-reason="service_fault"');
    expect(main('confirm-email-change')).toContain('data-mode="change"');
    expect(main('choose-key')).toBe('<main id="content" tabindex="-1" data-step="choose-key">');
  });
});

describe.each(allLanguages)('every page in %s', (language) => {
  const pages = drawn.filter((one) => one.language === language);
  const headingOf = (name: string): string =>
    /<h1>(.*?)<\/h1>/.exec(pages.find((one) => one.name === name)?.html ?? '')?.[1] ?? '';

  test('has language, title, one heading, skip link, language switch and at most one main button', () => {
    for (const { name, html, model } of pages) {
      const facts = {
        name,
        language: html.includes(`<html lang="${language}">`),
        titled: all(html, /<title>(.*?)<\/title>/g).every((title) => title.includes(` – ${model.product}`)),
        headings: all(html, /(<h1>)/g).length,
        skip: html.includes('href="#content"'),
        switch: all(html, /(?:hreflang="|name="language" value=")(..)"/g).join(),
        mainButtons: Math.min(1, Math.max(0, all(html, /(button-main)/g).length - 1)),
      };
      expect(facts).toEqual({
        name,
        language: true,
        titled: true,
        headings: 1,
        skip: true,
        // A form that can be sent once has no links elsewhere.
        switch: name === 'onward' ? '' : 'nl,fr,de,en',
        mainButtons: 0,
      });
    }
  });

  test('has nothing that the content security policy would block', () => {
    for (const { name, html } of pages) {
      const stopped = /<style|<script(?! (type="module"|defer) src=")| style="| on[a-z]+="|javascript:/.exec(html)?.[0];
      expect({ name, stopped }).toEqual({ name, stopped: undefined });
    }
  });

  test.each([
    ['choose-key', 'phase-out', 'password', 'prove-card', 'confirm-email', 'select-key', 'activate-mail', 'done'],
    ['confirm-email', 'confirm-email-change', 'confirm-email-prove', 'select-key', 'activate-app', 'done'],
    ['choose-key', 'retirement-over', 'password', 'prove-card', 'refused'],
    ['password', 'prove-mail', 'phase-out', 'confirm-email'],
    ['prove-app', 'confirm-email'],
    ['sign-out', 'signed-out'],
  ])('headings differ along %s …', (...names) => {
    const headings = names.map(headingOf);
    expect(headings).not.toContain('');
    expect(new Set(headings).size).toBe(names.length);
  });
});

test('the last day is written in the language of the page', () => {
  const written = { nl: '30 januari 2024', fr: '30 janvier 2024', de: '30. Januar 2024', en: '30 January 2024' };
  for (const { language, html: drawnHtml } of drawn.filter(({ name }) => name === 'phase-out')) {
    const html = drawnHtml.replaceAll('\u00A0', ' ');
    expect(html).toContain(`<strong class="last-day-date">${written[language]}</strong>`);
    expect(/value="postpone"[^>]*>([^<]*)</.exec(html)?.[1]).toContain(written[language]);
  }
});

test('a clerk reads a day of birth in the language of the page, that of 1 January 1970 too', () => {
  const written = { nl: '1 januari 1970', fr: '1er janvier 1970', de: '1. Januar 1970', en: '1 January 1970' };
  for (const page of ['desk-find', 'desk-person'] as const) {
    const sample = page === 'desk-find' ? 'desk-find-several' : 'desk-person';
    for (const { language, model } of drawn.filter(({ name }) => name === sample)) {
      const html = renderer.page(page, { ...model, born: 0 } as never).replaceAll('\u00A0', ' ');
      expect(html).toContain(written[language]);
    }
  }
});

test('names of people and services stay text', () => {
  const sample = drawn.find(({ name, language }) => name === 'confirm-email' && language === 'en');
  const html = renderer.page('confirm-email', {
    ...sample?.model,
    relyingParty: '<script>alert(1)</script>',
    displayName: '"><img src=x>',
    email: "a'b&<b>@example.org",
  } as never);
  expect(html).not.toMatch(/<script>alert|<img|<b>/);
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

describe('the main button', () => {
  const mainOf = (html: string) => /<(?:button|a) class="button button-main"[^>]*>([^<]*)</.exec(html);

  test.each(drawn.filter(({ page }) => page === 'refused'))(
    'A-647 of a refusal is a way on, and never Cancel: $name $language',
    ({ html, language }) => {
      const [, label] = mainOf(html) ?? [];
      expect(label?.trim()).not.toBe(renderer.text(language, 'action.cancel'));
      expect(html.match(/class="button button-main"/g)?.length ?? 0).toBeLessThanOrEqual(1);
    },
  );

  test.each(drawn.filter(({ model }) => model.notice?.reason === 'code_expired'))(
    'A-649 where a code has expired sends a new one: $name $language',
    ({ html }) => {
      expect(mainOf(html)?.[0]).toContain('value="resend"');
      expect(html.match(/class="button button-main"/g)).toHaveLength(1);
    },
  );
});

describe('A-655 a way on', () => {
  const inMain = (html: string) => /<main[^]*<\/main>/.exec(html)?.[0] ?? '';

  /** Nothing is left to do there, or all is done elsewhere. */
  const ends = ['front', 'device-code-done', 'not-me-done'];

  test.each(drawn.filter(({ name }) => !ends.includes(name)))(
    'from each page there is a button, a link or somebody to ask: $name $language',
    ({ html }) => {
      expect(inMain(html)).toMatch(/class="button|<a href|class="choice|class="desk"/);
    },
  );

  test.each(drawn.filter(({ model }) => model.notice?.reason === 'device_copied'))(
    'where a key may be a copy, the main button leads to another key: $name $language',
    ({ html }) => {
      const mains = inMain(html).match(/class="button button-main"[^>]*/g);
      expect(mains?.map((tag) => /value="([^"]*)"/.exec(tag)?.[1])).toEqual(['other-key']);
    },
  );

  test.each(
    drawn.filter(({ name }) => ['retirement-over-refuse', 'device-code-paused', 'device-code-refused'].includes(name)),
  )('where one way is left, it is the main button: $name $language', ({ html }) => {
    expect(inMain(html).match(/class="button button-main"/g)).toHaveLength(1);
  });
});

describe('A-652 the time to wait for', () => {
  const refused = (now: number | undefined, until: number) => {
    const sample = samples.find(({ name }) => name === 'refused-again');
    if (sample?.page !== 'refused') throw new Error('no sample');
    const { now: _other, ...model } = sample.model('en');
    return renderer.page('refused', { ...model, ...(now === undefined ? {} : { now }), until });
  };
  /** 14:00 in Brussels. */
  const afternoon = Date.UTC(2024, 0, 30, 13);
  const minute = 60_000;

  test('is said in minutes and as a time of day', () => {
    expect(refused(afternoon, afternoon + 20_000)).toContain('You can try again in 1 minute (at 14:01).');
    expect(refused(afternoon, afternoon + 15 * minute)).toContain('in 15 minutes (at 14:15).');
  });

  test('later today is a time of day, and another day has its date', () => {
    expect(refused(afternoon, afternoon + 61 * minute)).toContain('You can try again today from 15:01.');
    const tomorrow = refused(afternoon, afternoon + 600 * minute).replaceAll('\u00A0', ' ');
    expect(tomorrow).toContain('You can try again from 31 January 2024 at 00:00.');
  });
});
