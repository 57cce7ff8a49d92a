// Rows A1 to A4: the main screen, the dialog, and its two ways that leave the card as it is.
import { expect, test } from '@jest/globals';
import { allLanguages, clientName, flows } from '../harness/flow-stage.ts';
import { cardCode, expectClaims, givePassword, mailedCode, otherCode } from '../harness/flow-moves.ts';

const lastDay = { nl: '30 januari 2024', fr: '30 janvier 2024', de: '30. Januar 2024', en: '30 January 2024' } as const;

flows('before the last day', ({ shared }) => {
  const stage = shared();

  test.each(allLanguages)('A1 the main screen, %s', async (language) => {
    const visit = await stage().visit(language);
    await visit.signIn();
    await visit.expectStep('choose-key');
    await visit.says(visit.text('choose_key.heading'), clientName[language]);
    expect(await visit.buttons('key')).toEqual(['email-otp', 'authenticator-app', 'token-card']);
    for (const factor of await visit.buttons('key')) await visit.says(visit.factorText(factor, 'name'));
    await visit.says(visit.text('key.last_day', { lastDay: lastDay[language] }));
    // Advice about new keys is not shown here: it would lead people to a key that they do not have.
    await visit.saysNot(visit.text('key.recommended'));
    await visit.picture('A1', { everywhere: true });

    for (const other of allLanguages) {
      await visit.follow(visit.page.locator(`nav a[lang="${other}"]`));
      expect(await visit.page.locator('html').getAttribute('lang')).toBe(other);
      // Some hyphens of a heading do not break: they are others.
      const heading = (await visit.page.locator('h1').textContent())?.replaceAll('\u2011', '-');
      expect(heading).toBe(stage().renderer.text(other, 'choose_key.heading'));
    }

    // A service that does not take the card does not offer it.
    const elsewhere = await visit.emptyTab();
    await elsewhere.signIn({ client: 'pensions' });
    expect(await elsewhere.buttons('key')).toEqual(['authenticator-app']);
  });

  test.each(allLanguages)(
    'A2 the dialog comes with the choice of the card, before any credential, %s',
    async (language) => {
      const visit = await stage().visit(language);
      await visit.signIn();
      await visit.choose('token-card');
      await visit.expectStep('phase-out', { factor: 'token-card' });
      expect(await visit.page.locator('input').count()).toBe(0);
      expect(await visit.buttons('action')).toEqual(['migrate', 'other-key', 'postpone']);
      const best = visit.page.locator('.way-best');
      expect(await best.locator('button').getAttribute('value')).toBe('migrate');
      expect(await best.textContent()).toContain(visit.text('key.best'));
      const date = lastDay[language];
      await visit.says(
        visit.text('retirement.what', { lastDay: date }),
        visit.text('retirement.postpone', { lastDay: date }),
        visit.text('retirement.days_left', { days: 21 }),
      );
      expect(visit.text('retirement.postpone', { lastDay: date })).toContain(date);
      await visit.picture('A2', { everywhere: true });

      // Reloaded, and returned to by the browser's back button.
      await visit.page.reload();
      await visit.expectStep('phase-out', { factor: 'token-card' });
      await visit.page.goBack();
      await visit.expectStep('choose-key');
      await visit.page.goForward();
      await visit.expectStep('phase-out', { factor: 'token-card' });
    },
  );

  test.each(allLanguages)(
    'A3 carry on: password, then the code of the position that the server drew, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage().visit(language);
      await visit.signIn();
      await visit.choose('token-card');
      await visit.press('postpone');
      await visit.expectStep('password');
      await visit.says(visit.text('password.heading'), visit.text('password.going', { lastDay: lastDay[language] }));
      await visit.picture('A3');
      await visit.send({ username: an.username, password: 'not the password' });
      await visit.expectStep('password', { reason: 'credentials_wrong' });
      expect(await visit.page.locator('input[name="username"]').inputValue()).toBe(an.username);
      await visit.picture('A3');
      await visit.send({ password: an.password });

      await visit.expectStep('prove-key', { factor: 'token-card' });
      const position = await visit.data('position');
      await visit.says(visit.factorText('token-card', 'code.label', { position }));
      expect(await visit.page.locator('main input').evaluateAll(names)).toEqual(['code']);
      await visit.picture('A3', { everywhere: true });
      await visit.page.reload();
      expect(await visit.data('position')).toBe(position);
      const right = cardCode(an.card, position);
      await visit.send({ code: otherCode(right) });
      await visit.expectStep('prove-key', { factor: 'token-card', reason: 'code_wrong' });
      expect(await visit.data('position')).toBe(position);
      await visit.says(visit.text('reason.code_wrong.title'), visit.text('reason.code_wrong.next'));
      await visit.picture('A3');
      // A message about the code stays with the code.
      while ((await visit.step()) === 'prove-key') await visit.page.goBack();
      await visit.expectStep('password');
      await visit.page.goForward();
      await visit.expectStep('prove-key', { factor: 'token-card', reason: 'code_wrong' });

      await visit.send({ code: right });
      await expectClaims(visit, { acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp'], aud: 'taxes' });
      await visit.picture('A3');
    },
  );

  test.each(allLanguages)(
    'A4 another key: back on the main screen, the card is not the default, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['token-card', 'email-otp'] });
      const visit = await stage().visit(language);
      await visit.signIn();
      await visit.choose('token-card');
      await visit.press('other-key');
      await visit.expectStep('choose-key');
      // Nobody is known yet: none of them is the default.
      expect(await visit.page.locator('.choice .tag-good').count()).toBe(0);
      expect(await visit.page.getByText(visit.text('key.used_last')).count()).toBe(0);
      await visit.picture('A4');

      await visit.choose('email-otp');
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      await visit.picture('A4');
      await visit.send({ code: await mailedCode(stage(), an.email) });
      await expectClaims(visit, { acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp', 'mca'] });
    },
  );

  test('A3 only the server chooses the position', async () => {
    const an = await stage().product.addPerson({ keys: ['token-card'] });
    const visit = await stage().visit('nl');
    await visit.signIn();
    await visit.choose('token-card');
    await visit.press('postpone');
    await givePassword(visit, an);
    const asked = (await visit.data('position')) ?? '';
    const another = Object.keys(an.card).find((position) => position !== asked) ?? '';
    await visit.page.goto(`${visit.page.url()}?position=${another}`);
    expect(await visit.data('position')).toBe(asked);
    await visit.page.locator('main form input').evaluate((field, position) => {
      const { dataset } = (field as unknown as ElementLike).closest('main');
      dataset['position'] = position;
      (field as unknown as ElementLike).insertAdjacentHTML('afterend', `<input name="position" value="${position}">`);
    }, another);
    expect(await visit.data('position')).toBe(another);
    await visit.send({ code: cardCode(an.card, another) });
    await visit.expectStep('prove-key', { factor: 'token-card', reason: 'code_wrong' });
    expect(await visit.data('position')).toBe(asked);
    await visit.send({ code: cardCode(an.card, asked) });
    await expectClaims(visit, { amr: ['pwd', 'otp'] });
  });
});

const names = (found: readonly unknown[]): string[] => found.map((one) => (one as { name: string }).name);

/** As much of an element as this file needs. */
interface ElementLike {
  closest(selector: string): { readonly dataset: Record<string, string> };
  insertAdjacentHTML(where: string, markup: string): void;
}
