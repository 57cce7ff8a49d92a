// Interruptions: another browser, somebody else's session, a long pause, and a double click.
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import { nodesOfRun } from '../harness/test-storage.ts';
import {
  activeKeys,
  appCode,
  cardCode,
  expectClaims,
  giveCard,
  givePassword,
  mailedCode,
  mailsTo,
  otherCode,
  personOf,
  toActivation,
  toWizard,
} from '../harness/flow-moves.ts';

flows('interrupted', ({ shared, own }) => {
  const stage = shared();

  test.each(['nl', 'fr'] as const)(
    'a sign-in that is opened in another browser is refused there, and continues here, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage().visit(language);
      await toWizard(visit, an);
      const elsewhere = await stage().visit(language);
      await elsewhere.page.goto(visit.page.url());
      await elsewhere.expectStep('refused', { reason: 'cookies_missing' });
      await elsewhere.picture('cookies-missing');
      await elsewhere.signIn();
      await elsewhere.page.goto(visit.page.url());
      await elsewhere.expectStep('refused', { reason: 'interaction_foreign' });
      await elsewhere.saysNot(an.email);
      await elsewhere.picture('foreign');
      await visit.press('cancel');
      await visit.press('postpone');
      await expectClaims(visit, { amr: ['pwd', 'otp'] });
      expect(await activeKeys(stage(), an)).toEqual(['token-card']);
    },
  );

  test.each([
    ['de', true],
    ['en', false],
  ] as const)('somebody else signs in meanwhile, in another tab: %s, script %s', async (language, script) => {
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    const jo = await stage().product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage().visit(language, { script });
    await toWizard(visit, an);
    const tab = await visit.emptyTab();
    await tab.signIn();
    await tab.choose('token-card');
    await tab.press('postpone');
    await givePassword(tab, jo);
    await giveCard(tab, jo);
    expect(await tab.told()).toMatchObject({ person: { preferred_username: jo.username } });

    // The first tab ends with the first person, or with nobody: never with the other person.
    await visit.press('cancel');
    await visit.press('postpone');
    // Without script one more click ends the other one's session.
    if (!script) {
      await visit.expectStep('onward');
      await visit.follow(visit.page.locator('#onward button'));
    }
    const before = stage().relyingParty.told.length;
    const shown = visit.isAtRelyingParty()
      ? await visit.told()
      : { step: await visit.step(), reason: await visit.data('reason') };
    expect([
      { person: { preferred_username: an.username } },
      { step: 'refused', reason: 'interaction_expired' },
      { step: 'refused', reason: 'interaction_foreign' },
    ]).toContainEqual(
      'person' in shown ? { person: { preferred_username: shown.person['preferred_username'] } } : shown,
    );
    expect(stage().relyingParty.told).toHaveLength(before);
    await visit.picture('somebody-else');
  });

  test.each(['nl', 'de'] as const)('an expired sign-in says so, and nothing was changed, %s', async (language) => {
    const late = await own();
    const an = await late.product.addPerson({ language, keys: ['token-card'] });
    const visit = await late.visit(language);
    await toWizard(visit, an);
    await toActivation(visit, 'authenticator-app');
    const secret = (await visit.page.locator('.secret').textContent()) ?? '';
    late.product.clock.advance(61 * 60_000);
    await visit.send({ code: appCode(secret, late.product.clock.now()) });
    await visit.expectStep('refused', { reason: 'interaction_expired' });
    await visit.says(visit.text('reason.interaction_expired.title'), visit.text('reason.interaction_expired.next'));
    await visit.picture('expired');
    await visit.page.goBack();
    await visit.expectStep('refused', { reason: 'interaction_expired' });
    expect(await activeKeys(late, an)).toEqual(['token-card']);
    await visit.signIn();
    await visit.choose('token-card');
    await visit.press('postpone');
    await givePassword(visit, an);
    await giveCard(visit, an);
    await expectClaims(visit, { amr: ['pwd', 'otp'] });
  });

  test('a double click on any button does its work once', async () => {
    // Two nodes that get it at one instant each count the wrong answer, which is the safe side.
    const tries = Math.min(2, nodesOfRun());
    const twice = await own({
      factors: {
        'email-otp': {},
        'authenticator-app': {},
        'token-card': {
          settings: { reuse: 'reusable' },
          schedule: { untilAndIncluding: '2024-01-30', zone: 'Europe/Brussels', after: 're-enrol', postponements: 5 },
        },
      },
    });
    const an = await twice.product.addPerson({ keys: ['token-card'] });
    const next = `next-${an.username}@example.org`;
    const visit = await twice.visit('nl');
    await visit.signIn();
    await visit.pressTwice({ key: 'token-card' });
    await visit.expectStep('phase-out', { factor: 'token-card' });
    await visit.pressTwice({ action: 'postpone' });
    await visit.expectStep('password');
    await visit.pressTwice({ username: an.username, password: 'not the password', action: 'continue' });
    await visit.expectStep('password', { reason: 'credentials_wrong' });
    const counted = Object.values((await personOf(twice, an)).passwordAttempts).map(({ count }) => count);
    expect(counted.filter((count) => count < 1 || count > tries)).toEqual([]);
    await visit.pressTwice({ username: an.username, password: an.password, action: 'continue' });
    await visit.expectStep('prove-key', { factor: 'token-card' });
    expect((await personOf(twice, an)).postponements['token-card']?.count).toBe(1);
    const code = cardCode(an.card, await visit.data('position'));
    await visit.pressTwice({ code: otherCode(code), action: 'continue' });
    await visit.expectStep('prove-key', { factor: 'token-card', reason: 'code_wrong' });
    expect((await personOf(twice, an)).keys[0]?.attempts.count).toBeLessThanOrEqual(tries);
    await visit.pressTwice({ action: 'other-key' });
    await visit.expectStep('choose-key');
    await visit.signIn();
    await visit.choose('token-card');
    await visit.pressTwice({ action: 'migrate' });
    await givePassword(visit, an);
    await visit.pressTwice({ code: cardCode(an.card, await visit.data('position')), action: 'continue' });
    await visit.expectStep('confirm-email');

    await visit.pressTwice({ action: 'change' });
    await visit.pressTwice({ email: next, action: 'continue' });
    await visit.says(next);
    expect(await mailsTo(twice, next)).toHaveLength(1);
    twice.product.clock.advance(31_000);
    await visit.pressTwice({ action: 'resend' });
    expect(await visit.step()).toBe('confirm-email');
    expect(await mailsTo(twice, next)).toHaveLength(2);
    await visit.pressTwice({ code: await mailedCode(twice, next), action: 'continue' });
    await visit.expectStep('confirm-email');
    expect(await mailsTo(twice, an.email)).toHaveLength(1);
    expect(await mailsTo(twice, next)).toHaveLength(3);
    await visit.pressTwice({ action: 'continue' });
    await visit.expectStep('select-key');

    await visit.pressTwice({ key: 'email-otp' });
    await visit.expectStep('activate-key', { factor: 'email-otp' });
    expect(await mailsTo(twice, next)).toHaveLength(4);
    twice.product.clock.advance(31_000);
    await visit.pressTwice({ action: 'resend' });
    expect(await visit.step()).toBe('activate-key');
    expect(await mailsTo(twice, next)).toHaveLength(5);
    await visit.pressTwice({ action: 'previous' });
    await visit.expectStep('select-key');
    await visit.pressTwice({ key: 'authenticator-app' });
    const secret = (await visit.page.locator('.secret').textContent()) ?? '';
    await visit.pressTwice({ code: appCode(secret, twice.product.clock.now()), action: 'continue' });
    await visit.expectStep('done', { factor: 'authenticator-app' });
    expect((await personOf(twice, an)).keys.map(({ factor, status }) => [factor, status])).toEqual([
      ['token-card', 'off'],
      ['authenticator-app', 'active'],
    ]);
    expect(await mailsTo(twice, next)).toHaveLength(7);
    await visit.pressTwice({ action: 'continue' });
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mfa'] });
    expect(twice.relyingParty.told).toHaveLength(1);
  });
});
