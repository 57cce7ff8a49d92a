// The checkbox "do not ask in this browser for seven days", in a browser.
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { appCode, expectClaims, givePassword, otherCode } from '../harness/flow-moves.ts';

const day = 86_400_000;
const single = 'urn:rekey:acr:single';
const deployment = {
  clients: [
    { id: 'desk', secret: 'a-secret-of-the-first-service', level: 'single', trustedBrowser: true },
    { id: 'office', secret: 'a-secret-of-the-second-service', level: 'substantial' },
  ],
  factors: { 'authenticator-app': {}, 'email-otp': {} },
  password: { minimumLength: 15 },
  signIn: { trustedBrowser: { enabled: true } },
};

flows('a trusted browser', ({ own }) => {
  test.each(['nl', 'fr', 'de', 'en'] as const)(
    'D4 the same browser is asked again after seven days, a new one at once, %s',
    async (language) => {
      const stage = await own(deployment);
      const { clock } = stage.product;
      const an = await stage.product.addPerson({ language, keys: ['authenticator-app'] });
      const jo = await stage.product.addPerson({ language, keys: ['authenticator-app'] });
      const visit = await stage.visit(language, { script: language !== 'de' });
      const start = clock.now();
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key');
      await visit.says(visit.text('prove_key.trust', { days: 7 }));
      const box = visit.page.locator('input[name="trust"]');
      expect(await box.isChecked()).toBe(false);
      await box.check();
      await visit.picture('D4', { everywhere: true });
      // A wrong code does not untick the checkbox.
      const code = appCode(an.totp, clock.now());
      await visit.send({ code: otherCode(code) });
      await visit.expectStep('prove-key', { reason: 'code_wrong' });
      expect(await box.isChecked()).toBe(true);
      await visit.send({ code });
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });

      // The next days: the password, and the token says no more than that.
      for (const passed of [1, 6.9]) {
        clock.set(start + passed * day);
        await visit.signIn({ prompt: 'login' });
        await givePassword(visit, an);
        await expectClaims(visit, { acr: single, amr: ['pwd'], auth_time: Math.floor(clock.now() / 1000) });
      }
      // Not at another service that asks for a level, not for another person, not in another browser.
      await visit.signIn({ client: 'office' });
      await visit.expectStep('choose-key');
      const other = await stage.visit(language);
      await other.signIn();
      await givePassword(other, an);
      await other.expectStep('prove-key');
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, jo);
      await visit.expectStep('prove-key');

      // Absolute: seven days of 24 hours, with or without use.
      clock.set(start + 7 * day - 1);
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, an);
      await expectClaims(visit, { amr: ['pwd'] });
      clock.set(start + 7 * day);
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, an);
      await visit.expectStep('prove-key');
      expect(await box.isChecked()).toBe(false);
    },
  );
});
