// A person with several keys: the others are one click away, and a person who does not know which key they have is led
// to it by what is at hand.
import { expect, test } from '@jest/globals';
import { openServices } from '../../app/services.ts';
import { flows } from '../harness/flow-stage.ts';
import { appCode, expectClaims, giveCard, givePassword, mailedCode, mailsTo } from '../harness/flow-moves.ts';

const staying = {
  factors: { 'email-otp': {}, 'authenticator-app': {}, 'token-card': {} },
  // Returning to a key sends nothing, so this long a wait is never reached.
  limits: { sendEverySeconds: 3600 },
};
const all = ['email-otp', 'token-card', 'authenticator-app'] as const;

flows('another way', ({ shared }) => {
  const nameFirst = shared({ ...staying, signIn: { order: 'name-first' } });
  const keyFirst = shared(staying);

  test.each(['nl', 'de'] as const)(
    'D3 the page of a key lists the other keys, the one used last first, %s',
    async (language) => {
      const { product } = nameFirst();
      const an = await product.addPerson({ language, keys: all });
      // Used last: the card, and the mail before it.
      const used: Readonly<Record<string, number>> = { 'email-otp': 1, 'token-card': 2 };
      await product.services.people.change(an.person.id, (person) => ({
        ...person,
        keys: person.keys.map((key) => {
          const order = used[key.factor];
          return order === undefined ? key : { ...key, lastUsedAt: product.clock.now() + order };
        }),
      }));
      const visit = await nameFirst().visit(language, { script: language === 'nl' });
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'token-card' });
      await visit.says(visit.text('prove_key.another'));
      expect(await visit.buttons('key')).toEqual(['email-otp', 'authenticator-app']);
      expect(await visit.buttons('action')).toEqual(['continue', 'find-key']);
      await visit.picture('D3', { everywhere: true });

      await visit.choose('email-otp');
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      const code = await mailedCode(nameFirst(), an.email);
      await visit.picture('D3');
      // The mail does not arrive: another key, and back again. One mail in all.
      await visit.choose('authenticator-app');
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      expect(await visit.buttons('key')).toEqual(['token-card', 'email-otp']);
      await visit.choose('email-otp');
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      expect(await mailsTo(nameFirst(), an.email)).toHaveLength(1);
      await visit.send({ code });
      await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
    },
  );

  test.each(['fr', 'en'] as const)('another way that was blocked meanwhile is none any more, %s', async (language) => {
    const { product } = nameFirst();
    const an = await product.addPerson({ language, keys: ['authenticator-app', 'email-otp'] });
    const visit = await nameFirst().visit(language);
    await visit.signIn();
    await givePassword(visit, an);
    const [other = ''] = await visit.buttons('key');
    expect(new Set([await visit.data('factor'), other])).toEqual(new Set(['authenticator-app', 'email-otp']));
    // By another process: this one has an older copy of the account.
    const elsewhere = await openServices(product.services);
    await elsewhere.people.change(an.person.id, (person) => ({
      ...person,
      keys: person.keys.map((key) => (key.factor === other ? { ...key, status: 'blocked' } : key)),
    }));
    await elsewhere.close();
    await visit.choose(other);
    await visit.expectStep('prove-key', { reason: 'choice_unknown' });
    expect(await visit.buttons('key')).toEqual([]);
  });

  test.each(['fr', 'de'] as const)('D3 found by what is at hand: the card, name first, %s', async (language) => {
    const an = await nameFirst().product.addPerson({ language, keys: all });
    const visit = await nameFirst().visit(language, { script: false });
    await visit.signIn();
    await givePassword(visit, an);
    await visit.press('find-key');
    await visit.expectStep('find-key');
    expect(await visit.buttons('action')).toEqual(['phone', 'computer', 'card', 'other-key']);
    await visit.picture('D3-find', { everywhere: true });
    await visit.press('card');
    await giveCard(visit, an);
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mfa'] });
  });

  test.each(['nl', 'en'] as const)('D3 several go with a telephone, key first, %s', async (language) => {
    const { product } = keyFirst();
    const an = await product.addPerson({ language, keys: ['authenticator-app'] });
    const visit = await keyFirst().visit(language);
    await visit.signIn();
    await visit.expectStep('choose-key');
    await visit.press('find-key');
    await visit.press('phone');
    await visit.expectStep('choose-key');
    expect(await visit.buttons('key')).toEqual(['email-otp', 'authenticator-app']);
    await visit.says(visit.text('choose_key.in_hand'));
    await visit.picture('D3-find');
    await visit.press('other-key');
    expect(await visit.buttons('key')).toEqual(['email-otp', 'authenticator-app', 'token-card']);
    await visit.press('find-key');
    await visit.page.goBack();
    await visit.choose('authenticator-app');
    await givePassword(visit, an);
    await visit.send({ code: appCode(an.totp, product.clock.now()) });
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mfa'] });
  });
});
