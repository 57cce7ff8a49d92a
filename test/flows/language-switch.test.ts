/** A person changes the language of a page with filled fields: with and without script. */
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { expectClaims, mailedCode } from '../harness/flow-moves.ts';
import type { LanguageCode } from '../../views/models.ts';
import type { Visit } from '../harness/flow-visit.ts';

const switchTo = async (visit: Visit, language: LanguageCode) => {
  await visit.follow(visit.page.locator(`.languages [value="${language}"]`));
  expect(await visit.page.locator('html').getAttribute('lang')).toBe(language);
};
const field = (visit: Visit, name: string) => visit.page.locator(`input[name="${name}"]`);

flows('the language is changed with fields filled', ({ shared }) => {
  const stage = shared({ signIn: { order: 'name-first' }, factors: { 'email-otp': {}, 'authenticator-app': {} } });

  test.each([true, false])('A-223k typed values stay, except a password: script %s', async (script) => {
    const an = await stage().product.addPerson({ language: 'nl', keys: ['email-otp'] });
    const visit = await stage().visit('nl', { script });
    await visit.signIn();
    await visit.type({ username: `${an.username} "&<`, password: an.password });
    await switchTo(visit, 'fr');
    expect(await visit.step()).toBe('password');
    expect(await field(visit, 'username').inputValue()).toBe(`${an.username} "&<`);
    expect(await field(visit, 'password').inputValue()).toBe('');
    expect(await visit.page.content()).not.toContain(an.password);
    expect(visit.page.url()).not.toMatch(/[?#]/);
    await visit.picture('language-switch-password', { everywhere: true });
    await visit.page.reload();
    expect(await field(visit, 'username').inputValue()).toBe(`${an.username} "&<`);

    // Enter presses the main button, not one of the switch; the message is shown in the other language.
    await visit.type({ username: an.username, password: 'wrong' });
    await Promise.all([visit.page.waitForNavigation(), field(visit, 'password').press('Enter')]);
    expect([await visit.step(), await visit.data('reason')]).toEqual(['password', 'credentials_wrong']);
    await switchTo(visit, 'de');
    expect([await visit.step(), await visit.data('reason')]).toEqual(['password', 'credentials_wrong']);
    await switchTo(visit, 'nl');

    await visit.send({ username: an.username, password: an.password });
    await visit.expectStep('prove-key', { factor: 'email-otp' });
    const code = await mailedCode(stage(), an.email);
    await visit.type({ code });
    await switchTo(visit, 'en');
    await switchTo(visit, 'nl');
    expect(await field(visit, 'code').inputValue()).toBe(code);
    await visit.picture('language-switch-code', { everywhere: true });
    await visit.press('continue');
    await expectClaims(visit, { amr: expect.arrayContaining(['otp']) });
  });
});
