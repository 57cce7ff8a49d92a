/** A person starts again while a code is on its way. */
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { expectClaims, givePassword, mailedCode } from '../harness/flow-moves.ts';

flows('a sign-in begun anew within the sending pause', ({ shared }) => {
  const stage = shared({ signIn: { order: 'name-first' }, factors: { 'email-otp': {}, 'authenticator-app': {} } });

  test.each([
    ['fr', true],
    ['de', false],
  ] as const)(
    'A-213 the field is there, and a countdown; elsewhere it is said why not: %s, script %s',
    async (language, script) => {
      const { product } = stage();
      const an = await product.addPerson({ language, keys: ['email-otp'] });
      const visit = await stage().visit(language, { script });
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      await visit.says(visit.text('prove_key.resend_in', { seconds: 30 }));
      product.clock.advance(5_000);

      const elsewhere = await stage().visit(language, { script });
      await elsewhere.signIn();
      await givePassword(elsewhere, an);
      await elsewhere.expectStep('refused', { reason: 'sending_paused' });
      await elsewhere.says(elsewhere.text('refused.sending_paused'));
      await elsewhere.picture('sending-paused-elsewhere', { everywhere: true });

      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'email-otp', reason: 'sending_paused' });
      await visit.says(visit.text('prove_key.resend_in', { seconds: 25 }));
      await visit.picture('sending-paused', { everywhere: true });
      await visit.send({ code: await mailedCode(stage(), an.email) });
      await expectClaims(visit, { amr: expect.arrayContaining(['otp']) });
      expect(product.mails.filter(({ to }) => to === an.email)).toHaveLength(1);
    },
  );
});
