// C5: forgotten user name and password, in the browser, from the service and back to it.
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { appCode, expectClaims, mailedCode } from '../harness/flow-moves.ts';

const fresh = 'a sentence that nobody else has';
const desk = { helpDesk: { telephone: '+32 2 212 96 00', hours: '9–17' } };

flows('forgotten', ({ shared }) => {
  const stage = shared({ ...desk, password: { reset: 'everyone' }, signIn: { order: 'name-first' } });

  test.each([
    ['nl', true],
    ['de', false],
  ] as const)(
    'C5 A-440 A-441: user name, password, key, new password, back at the service, %s',
    async (language, script) => {
      const { product } = stage();
      const an = await product.addPerson({ language, keys: ['authenticator-app', 'email-otp'] });
      const visit = await stage().visit(language, { script });
      await visit.signIn();
      await visit.expectStep('password');
      await visit.picture('forgotten-password');
      await visit.press('forgotten');
      await visit.expectStep('forgotten');
      await visit.press('username');
      await visit.send({ email: an.email });
      await visit.expectStep('check-mailbox');
      await visit.says(an.email, '+32 2 212 96 00');
      await visit.picture('forgotten-username', { everywhere: true });
      expect((await product.mailTo(an.email)).text).toContain(an.username);
      await visit.press('continue');
      await visit.expectStep('password');

      await visit.press('forgotten');
      const before = product.mails.length;
      await visit.send({ username: an.username });
      await visit.expectStep('check-mailbox');
      await visit.send({ code: '000000' });
      await visit.expectStep('check-mailbox', { reason: 'code_wrong' });
      await visit.picture('forgotten-code', { everywhere: true });
      await visit.send({ code: await mailedCode(stage(), an.email) });
      expect(product.mails.slice(before)).toHaveLength(1);
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      await visit.says(visit.text('prove_key.for_password'));
      expect(await visit.buttons('key')).toEqual([]);
      await visit.picture('forgotten-key');
      expect(await visit.buttons('action')).toEqual(['continue', 'cancel']);
      await visit.send({ code: appCode(an.totp, product.clock.now()) });
      await visit.expectStep('new-password');
      expect(await visit.page.inputValue('[name=username]')).toBe(an.username);
      await visit.picture('forgotten-new', { everywhere: true });
      await visit.send({ password: 'password123', again: 'password123' });
      await visit.expectStep('new-password', { reason: 'password_too_common' });
      if (script) {
        await visit.type({ password: fresh });
        await visit.page.click('[data-reveals]');
        expect(await visit.page.getAttribute('#field-password', 'type')).toBe('text');
      }
      await visit.send({ password: fresh, again: fresh });
      await visit.expectStep('new-password');
      expect(await visit.data('mode')).toBe('done');
      await visit.picture('forgotten-done', { everywhere: true });
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
    },
  );

  test('A-441: a person whose only key is on the mailbox is told whom to ask, and comes back to the password', async () => {
    const an = await stage().product.addPerson({ language: 'nl', keys: ['email-otp'] });
    const visit = await stage().visit('nl');
    await visit.signIn();
    await visit.press('forgotten');
    await visit.send({ username: an.username });
    await visit.send({ code: await mailedCode(stage(), an.email) });
    await visit.expectStep('refused', { reason: 'password_reset_impossible' });
    await visit.says('+32 2 212 96 00');
    await visit.picture('forgotten-refused');
    expect(await visit.buttons('action')).toEqual(['back', 'cancel']);
    await visit.press('back');
    await visit.expectStep('password');
  });
});
