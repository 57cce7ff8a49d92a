// The way from the paper token to an app in the deployment CSAM, word by word: rows A1 to A3, A5, A7, A9 to A13.
import { expect, test } from '@jest/globals';
import { activeKeys, appCode, expectClaims, giveCard, givePassword, mailsTo } from '../harness/flow-moves.ts';
import { flows, midnight } from '../harness/flow-stage.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';

const csam = shippedDeployment('csam');
const lastDay = { nl: '30 januari 2024', fr: '30 janvier 2024' } as const;
const low = 'urn:rekey:acr:low';

flows('CSAM', ({ own }) => {
  test.each([
    ['nl', true],
    ['fr', false],
  ] as const)(
    'A1 A2 A3 A5 A7 A9 A10 A11 carry on, then another day a new key, and the token is refused: %s, script %s',
    async (language, script) => {
      const stage = await own(csam);
      const { clock } = stage.product;
      const an = await stage.product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage.visit(language, { script });
      await visit.signIn();
      await visit.expectStep('choose-key');
      expect(await visit.buttons('key')).toEqual(['email-otp', 'authenticator-app', 'sms', 'token-card']);
      await visit.choose('token-card');
      await visit.expectStep('phase-out');
      await visit.says(lastDay[language]);
      await visit.picture('csam-A2');
      expect(await visit.buttons('action')).toEqual(['migrate', 'other-key', 'postpone']);
      await visit.press('postpone');
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'token-card' });
      await giveCard(visit, an);
      await expectClaims(visit, { acr: low });

      clock.advance(86_400_000);
      await visit.signIn({ prompt: 'login' });
      await visit.choose('token-card');
      await visit.press('migrate');
      await givePassword(visit, an);
      await giveCard(visit, an);
      await visit.expectStep('confirm-email');
      await visit.press('continue');
      await visit.expectStep('select-key');
      expect(await visit.buttons('key')).toEqual(['email-otp', 'authenticator-app']);
      await visit.choose('authenticator-app');
      await visit.expectStep('activate-key', { factor: 'authenticator-app' });
      const secret = ((await visit.page.locator('.secret').textContent()) ?? '').replaceAll(/\s/g, '');
      await visit.send({ code: appCode(secret, clock.now()) });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.picture('csam-A10');
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
      await visit.press('end-session');
      await visit.expectStep('choose-key');
      expect((await mailsTo(stage, an.email)).length).toBe(2);

      await visit.choose('token-card');
      await visit.press('postpone');
      await givePassword(visit, an);
      await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
      await visit.signIn({ prompt: 'login' });
      await visit.choose('authenticator-app');
      await givePassword(visit, an);
      clock.advance(60_000);
      await visit.send({ code: appCode(secret, clock.now()) });
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
    },
  );

  test.each(['nl', 'fr'] as const)('A12 A13 the token opens nothing from local midnight on: %s', async (language) => {
    const stage = await own(csam, { at: midnight - 1 });
    const { clock } = stage.product;
    const an = await stage.product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage.visit(language);
    await visit.signIn();
    await visit.choose('token-card');
    await visit.press('postpone');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'token-card' });
    clock.set(midnight);
    await giveCard(visit, an);
    await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    await visit.picture('csam-A13');
    expect(await activeKeys(stage, an)).toEqual(['token-card']);
  });
});
