/** The relying party names the expected person, and somebody else signs in. */
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { appCode, expectClaims, givePassword } from '../harness/flow-moves.ts';
import type { NewPerson } from '../harness/product.ts';
import type { Visit } from '../harness/flow-visit.ts';

flows('another account is expected', ({ shared }) => {
  const stage = shared({ signIn: { order: 'name-first' }, factors: { 'authenticator-app': {} } });
  const add = (language: Visit['language']) => stage().product.addPerson({ language, keys: ['authenticator-app'] });
  const signIn = async (visit: Visit, someone: NewPerson): Promise<void> => {
    await givePassword(visit, someone);
    await visit.expectStep('prove-key');
    await visit.send({ code: appCode(someone.totp, stage().product.clock.now()) });
  };
  /** The person's `sub` for the relying party. */
  const subOf = async (language: Visit['language'], someone: NewPerson): Promise<string> => {
    const visit = await stage().visit(language);
    await visit.signIn();
    await signIn(visit, someone);
    const told = await visit.told();
    stage().product.clock.advance(60_000);
    return 'claims' in told ? String(told.claims['sub']) : '';
  };
  const named = (sub: string) => ({ claims: JSON.stringify({ id_token: { sub: { value: sub } } }) });

  test.each([
    ['fr', true],
    ['de', false],
  ] as const)(
    'A-206 said once, whose is not said; another account, or back: %s, script %s',
    async (language, script) => {
      const [an, jo] = [await add(language), await add(language)];
      const sub = await subOf(language, an);
      const visit = await stage().visit(language, { script });
      await visit.signIn(named(sub));
      await givePassword(visit, jo);
      await visit.expectStep('refused', { reason: 'account_unexpected' });
      await visit.says(visit.text('reason.account_unexpected.what'));
      await visit.saysNot(an.username, jo.username, sub);
      expect(await visit.buttons('action')).toEqual(['other-account', 'cancel']);
      await visit.picture('account-unexpected', { everywhere: true });
      await visit.press('other-account');
      await signIn(visit, an);
      await expectClaims(visit, { sub });

      // Signed in as somebody else already: told on the first page.
      const again = await stage().visit(language, { script });
      await again.signIn();
      await signIn(again, jo);
      await again.told();
      await again.signIn(named(sub));
      await again.expectStep('password', { reason: 'account_unexpected' });
      await again.picture('account-unexpected-at-first', { everywhere: true });
      await again.send({ username: jo.username, password: jo.password });
      await again.expectStep('refused', { reason: 'account_unexpected' });
      await again.press('cancel');
      expect(await again.told()).toEqual({ error: 'login_required' });
    },
  );

  test('A-206 nothing is revealed before the right password', async () => {
    const [an, jo] = [await add('nl'), await add('nl')];
    const sub = await subOf('nl', an);
    const visit = await stage().visit('nl');
    await visit.signIn(named(sub));
    await visit.send({ username: jo.username, password: 'not the password of anybody' });
    await visit.expectStep('password', { reason: 'credentials_wrong' });
    expect(await visit.data('reason')).toBe('credentials_wrong');
  });
});
