// G2 and G4: a service asks for more than the session has, or takes no key that the person holds.
import { expect, test } from '@jest/globals';
import { flows, type Stage } from '../harness/flow-stage.ts';
import { activeKeys, appCode, expectClaims, givePassword, mailedCode } from '../harness/flow-moves.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';

const low = 'urn:rekey:acr:low';
const substantial = 'urn:rekey:acr:substantial';
const staying = {
  factors: { 'email-otp': {}, 'authenticator-app': {}, 'token-card': { settings: { reuse: 'reusable' } } },
};
const essential = JSON.stringify({ id_token: { acr: { essential: true, value: substantial } } });

/** A first sign-in with a code by mail. */
async function signedInByMail(stage: Stage, visit: Visit, an: NewPerson): Promise<void> {
  await visit.signIn();
  await visit.choose('email-otp');
  await givePassword(visit, an);
  await visit.expectStep('prove-key', { factor: 'email-otp' });
  await visit.send({ code: await mailedCode(stage, an.email) });
  await expectClaims(visit, { acr: low, amr: ['pwd', 'otp', 'mca'] });
}

async function activateApp(stage: Stage, visit: Visit, an: NewPerson): Promise<void> {
  await visit.expectStep('confirm-email');
  await visit.press('continue');
  await visit.send({ code: await mailedCode(stage, an.email) });
  await visit.expectStep('select-key');
  await visit.choose('authenticator-app');
  const secret = (await visit.page.locator('.secret').textContent()) ?? '';
  await visit.send({ code: appCode(secret, stage.product.clock.now()) });
  await visit.expectStep('done', { factor: 'authenticator-app' });
  await visit.press('continue');
}

flows('levels', ({ shared }) => {
  const stage = shared(staying);
  const activating = shared({ ...staying, signIn: { order: 'key-first', secureAccount: true } });
  const withSite = shared({ ...staying, sites: { selfService: true } });
  const service = (visit: Visit) =>
    ({ nl: 'Mijn belastingen', fr: 'Mes impôts', de: 'Meine Steuern', en: 'My taxes' })[visit.language];

  test.each([
    ['nl', { acr_values: substantial }],
    ['fr', { claims: essential }],
    // The essential claim counts, whatever is asked for beside it.
    ['de', { claims: essential, acr_values: low }],
  ] as const)(
    'A-580 G2 a session that is too weak is stepped up, and the page says why, %s',
    async (language, asked) => {
      const an = await stage().product.addPerson({ language, keys: ['email-otp', 'token-card', 'authenticator-app'] });
      const visit = await stage().visit(language, { script: language === 'nl' });
      await signedInByMail(stage(), visit, an);
      const mails = stage().product.mails.length;
      stage().product.clock.advance(60_000);
      await visit.signIn(asked);
      await visit.expectStep('choose-key');
      await visit.says(visit.text('why.stronger', { service: service(visit) }));
      expect(await visit.buttons('key')).toEqual(['authenticator-app']);
      await visit.picture('A-580', { everywhere: true });
      await visit.choose('authenticator-app');
      // The password of the session still counts.
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      await visit.says(visit.text('why.stronger', { service: service(visit) }));
      await visit.picture('A-580');
      const now = stage().product.clock.now();
      await visit.send({ code: appCode(an.totp, now) });
      const authTime = Math.floor(now / 1000);
      await expectClaims(visit, { acr: substantial, amr: ['pwd', 'otp', 'mfa', 'mca'], auth_time: authTime });
      expect(stage().product.mails).toHaveLength(mails);
      // From now on the session is enough.
      await visit.signIn(asked);
      await expectClaims(visit, { auth_time: authTime });
    },
  );

  test.each([
    ['fr', { max_age: '30' }],
    ['en', { prompt: 'login' }],
  ] as const)('A-580 G2 a fresh sign-in is asked for with the reason, %s %j', async (language, asked) => {
    const an = await stage().product.addPerson({ language, keys: ['email-otp', 'authenticator-app'] });
    const visit = await stage().visit(language);
    await signedInByMail(stage(), visit, an);
    stage().product.clock.advance(31_000);
    await visit.signIn(asked);
    await visit.expectStep('choose-key');
    await visit.says(visit.text('why.again', { service: service(visit) }));
    expect(await visit.buttons('key')).toContain('authenticator-app');
    await visit.picture('A-580-again');
    await visit.choose('authenticator-app');
    await visit.says(visit.text('why.again', { service: service(visit) }));
    await givePassword(visit, an);
    const now = stage().product.clock.now();
    await visit.send({ code: appCode(an.totp, now) });
    await expectClaims(visit, { auth_time: Math.floor(now / 1000), amr: ['pwd', 'otp', 'mfa'] });
  });

  test.each(['nl', 'de'] as const)(
    'A-581 G4 a service that takes no key of a signed-in person leads to one that it takes, %s',
    async (language) => {
      const an = await activating().product.addPerson({ language, keys: ['email-otp'] });
      const visit = await activating().visit(language, { script: language === 'nl' });
      await signedInByMail(activating(), visit, an);
      await visit.signIn({ client: 'pensions' });
      await visit.expectStep('secure-account');
      await visit.says(visit.text('why.other-key', { service: service(visit) }), visit.text('secure_account.must'));
      await visit.picture('A-581', { everywhere: true });
      await visit.press('secure');
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      activating().product.clock.advance(60_000);
      await visit.press('resend');
      await visit.send({ code: await mailedCode(activating(), an.email) });
      activating().product.clock.advance(60_000);
      await activateApp(activating(), visit, an);
      await expectClaims(visit, { acr: substantial });
      expect(await activeKeys(activating(), an)).toEqual(['email-otp', 'authenticator-app']);
    },
  );

  test.each(['fr', 'en'] as const)('A-581 G4 and a person who comes there first, %s', async (language) => {
    const an = await activating().product.addPerson({ language, keys: ['email-otp'] });
    const visit = await activating().visit(language);
    await visit.signIn({ client: 'pensions' });
    await visit.choose('authenticator-app');
    await givePassword(visit, an);
    await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    expect(await visit.buttons('action')).toEqual(['secure', 'cancel']);
    await visit.picture('A-581-first');
    await visit.press('secure');
    await visit.expectStep('prove-key', { factor: 'email-otp' });
    await visit.send({ code: await mailedCode(activating(), an.email) });
    activating().product.clock.advance(60_000);
    await activateApp(activating(), visit, an);
    await expectClaims(visit, { acr: substantial });
  });

  test.each(['nl', 'fr'] as const)(
    'A-581 G4 where nobody activates a key alone, the page says whom to ask, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['email-otp'] });
      const visit = await stage().visit(language);
      await signedInByMail(stage(), visit, an);
      await visit.signIn({ client: 'pensions' });
      await visit.expectStep('refused', { reason: 'no_usable_key' });
      await visit.says(visit.text('reason.no_usable_key.next'));
      expect(await visit.buttons('action')).toEqual(['other-account', 'cancel']);
      await visit.picture('A-581-nobody');
      await visit.press('cancel');
      expect(await visit.told()).toEqual({ error: 'unmet_authentication_requirements' });
    },
  );

  test.each(['de', 'en'] as const)(
    'A-581 G4 where people add a key by themselves in My digital keys, the page says so, %s',
    async (language) => {
      const an = await withSite().product.addPerson({ language, keys: ['email-otp'] });
      const visit = await withSite().visit(language);
      await signedInByMail(withSite(), visit, an);
      await visit.signIn({ client: 'pensions' });
      await visit.expectStep('refused', { reason: 'no_usable_key' });
      await visit.says(visit.text('refused.alone.add'));
      await visit.saysNot(visit.text('reason.no_usable_key.next'));
      await visit.picture('A-581-add', { everywhere: true });
      const first = await withSite().visit(language);
      await first.signIn({ client: 'pensions' });
      await first.choose('authenticator-app');
      await givePassword(first, an);
      await first.expectStep('refused', { reason: 'key_not_held_or_expired' });
      await first.says(first.text('refused.alone.add'));
      expect(await first.buttons('action')).toEqual(['cancel']);
    },
  );

  test('A-581 G4 a person without any key is told whom to ask, also where there is My digital keys', async () => {
    const an = await withSite().product.addPerson({ language: 'nl', keys: [] });
    const visit = await withSite().visit('nl');
    await visit.signIn({ client: 'pensions' });
    await visit.choose('authenticator-app');
    await givePassword(visit, an);
    await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    await visit.says(visit.text('refused.alone.ask'));
    expect(await visit.buttons('action')).toEqual(['cancel']);
  });
});
