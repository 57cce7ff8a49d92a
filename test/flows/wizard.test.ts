// Rows A5 to A7: the four steps, the ways between them, the change of the mail address, the choice of the new key.
import { expect, test } from '@jest/globals';
import { allLanguages, flows } from '../harness/flow-stage.ts';
import {
  activeKeys,
  appCode,
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
import type { Visit } from '../harness/flow-visit.ts';

const someLanguages = ['nl', 'fr'] as const;
const otherLanguages = ['de', 'en'] as const;

flows('the wizard', ({ shared, own }) => {
  const stage = shared();

  /** Every second language without script: nothing here needs any. */
  test.each(allLanguages.map((language, index) => [language, index % 2 === 0] as const))(
    'A5 password, card, then four numbered steps, and signed in with the new key: %s, script %s',
    async (language, script) => {
      const an = await stage().product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage().visit(language, { script });
      await visit.signIn();
      await visit.choose('token-card');
      await visit.press('migrate');
      await visit.expectStep('password');
      await visit.picture('A5', { everywhere: script });
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'token-card' });
      await visit.says(visit.text('prove_key.for_migration'));
      await visit.picture('A5');
      await giveCard(visit, an);

      await visit.expectStep('confirm-email');
      await expectProgress(visit, 1);
      await visit.says(an.email, visit.text('confirm_email.heading'));
      await visit.picture('A5', { everywhere: script });
      await visit.press('continue');
      await visit.expectStep('select-key');
      await expectProgress(visit, 2);
      await visit.picture('A5', { everywhere: script });
      await visit.choose('email-otp');
      await visit.expectStep('activate-key', { factor: 'email-otp' });
      await expectProgress(visit, 3);
      await visit.says(visit.factorText('email-otp', 'enrol.label'));
      await visit.picture('A5', { everywhere: script });
      await visit.send({ code: await mailedCode(stage(), an.email) });
      await visit.expectStep('done', { factor: 'email-otp' });
      await expectProgress(visit, 4);
      await visit.says(visit.text('done.old', { from: visit.factorText('token-card', 'name') }));
      await visit.says(visit.text('done.new'), visit.factorText('email-otp', 'name'), visit.text('done.mails'));
      await visit.picture('A5', { everywhere: script });
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp', 'mca'] });
      expect(await activeKeys(stage(), an)).toEqual(['email-otp']);
    },
  );

  test.each(someLanguages)('A5 Previous, Next, the browser’s back button, reload: %s', async (language) => {
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage().visit(language);
    await toWizard(visit, an);
    await toActivation(visit, 'email-otp');
    await visit.page.reload();
    await visit.expectStep('activate-key', { factor: 'email-otp' });
    await visit.press('previous');
    await visit.expectStep('select-key');
    await visit.press('previous');
    await visit.expectStep('confirm-email');
    await visit.press('continue');
    await visit.choose('email-otp');
    await visit.expectStep('activate-key', { factor: 'email-otp' });
    // The first code is still valid: going back and forth sends no second mail.
    expect(await mailsTo(stage(), an.email)).toHaveLength(1);

    await visit.page.goBack();
    await visit.expectStep('select-key');
    await visit.page.goBack();
    await visit.expectStep('confirm-email');
    await visit.press('continue');
    await visit.choose('authenticator-app');
    await visit.expectStep('activate-key', { factor: 'authenticator-app' });
    await visit.page.goBack();
    await visit.page.reload();
    await visit.expectStep('select-key');
    await visit.choose('email-otp');
    await visit.expectStep('activate-key', { factor: 'email-otp' });
    await visit.send({ code: await mailedCode(stage(), an.email) });
    await visit.expectStep('done', { factor: 'email-otp' });
    // After "done" no earlier page opens again.
    await visit.page.goBack();
    await visit.expectStep('done', { factor: 'email-otp' });
    await visit.page.reload();
    await visit.press('continue');
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
    expect(await activeKeys(stage(), an)).toEqual(['email-otp']);
  });

  const cancelAt = {
    'confirm-email': async () => {},
    'confirm-email, changing': (visit: Visit) => visit.press('change'),
    'confirm-email, proving': async (visit: Visit) => {
      await visit.press('change');
      await visit.send({ email: `new-${visit.uid().toLowerCase()}@example.org` });
    },
    'select-key': (visit: Visit) => visit.press('continue'),
    'activate-key': (visit: Visit) => toActivation(visit, 'authenticator-app'),
  };
  test.each(Object.entries(cancelAt).map(([at, go], index) => [at, otherLanguages[index % 2] ?? 'en', go] as const))(
    'A5 Cancel at %s leaves the card as it was, %s',
    async (_at, language, go) => {
      const an = await stage().product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage().visit(language);
      await toWizard(visit, an);
      const before = await personOf(stage(), an);
      await go(visit);
      await visit.press('cancel');
      await visit.expectStep('phase-out', { factor: 'token-card' });
      await visit.says(visit.text('retirement.postpone_hint_proved'));
      await visit.picture('A5-cancel');
      const after = await personOf(stage(), an);
      expect([after.keys, after.email]).toEqual([before.keys, before.email]);
      await visit.press('postpone');
      await expectClaims(visit, { amr: ['pwd', 'otp'] });
      expect(await activeKeys(stage(), an)).toEqual(['token-card']);
    },
  );

  test.each(someLanguages)('A5 two tabs: the slower one is moved to the present step, %s', async (language) => {
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage().visit(language);
    await toWizard(visit, an);
    await toActivation(visit, 'authenticator-app');
    const other = await visit.secondTab();
    await other.expectStep('activate-key', { factor: 'authenticator-app' });
    const secret = (await visit.page.locator('.secret').textContent()) ?? '';
    expect(await other.page.locator('.secret').textContent()).toBe(secret);
    // Another key in the second tab: the first tab's code is for a key that is no longer being enrolled.
    await other.press('previous');
    await other.choose('email-otp');
    await visit.send({ code: appCode(secret, stage().product.clock.now()) });
    await visit.expectStep('activate-key', { factor: 'email-otp', reason: 'code_wrong' });
    expect(await activeKeys(stage(), an)).toEqual(['token-card']);
    await other.send({ code: await mailedCode(stage(), an.email) });
    await other.expectStep('done', { factor: 'email-otp' });
    await visit.send({ code: '123456' });
    await visit.expectStep('done', { factor: 'email-otp' });
    await visit.press('continue');
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
    // And the second one follows, without a fault.
    await other.page.locator('button[value="continue"]').click();
    await other.page.waitForLoadState();
    expect(await activeKeys(stage(), an)).toEqual(['email-otp']);
  });

  test.each(['nl', 'de'] as const)(
    'A6 the known address; Change, proven by a code; the old address is told, %s',
    async (language) => {
      const own6 = await own();
      const { product } = own6;
      const an = await product.addPerson({ language, keys: ['token-card'] });
      const next = `new-${an.username}@example.org`;
      const visit = await own6.visit(language);
      await toWizard(visit, an);
      await visit.says(an.email);
      await visit.press('change');
      await visit.expectStep('confirm-email');
      await visit.says(
        visit.text('confirm_email.change_heading'),
        visit.text('confirm_email.change_now', { email: an.email }),
      );
      await visit.picture('A6', { everywhere: true });
      for (const bad of ['nobody', 'a@example.org, b@example.org', '']) {
        await visit.send({ email: bad });
        await visit.expectStep('confirm-email', { reason: 'address_invalid' });
      }
      await visit.picture('A6');
      expect(await mailsTo(own6, an.email)).toEqual([]);

      await visit.send({ email: next });
      await visit.says(visit.text('confirm_email.prove_heading'), next);
      await visit.picture('A6', { everywhere: true });
      const code = await mailedCode(own6, next);
      expect((await personOf(own6, an)).email?.address).toBe(an.email);
      await visit.send({ code: otherCode(code) });
      await visit.expectStep('confirm-email', { reason: 'code_wrong' });
      await visit.picture('A6');
      // Five minutes later it is void, and a new one works.
      product.clock.advance(5 * 60_000);
      await visit.send({ code });
      await visit.expectStep('confirm-email', { reason: 'code_expired' });
      expect((await personOf(own6, an)).email?.address).toBe(an.email);
      await visit.press('resend');
      await visit.expectStep('confirm-email');
      const fresh = await mailedCode(own6, next);
      product.clock.advance(5 * 60_000 - 1);
      await visit.send({ code: fresh });
      await visit.expectStep('confirm-email');
      await visit.says(visit.text('confirm_email.heading'), next);
      await visit.picture('A6');
      expect((await personOf(own6, an)).email?.address).toBe(next);
      const subject = (template: string) => own6.renderer.text(language, `mail.${template}.subject`);
      expect(await mailsTo(own6, an.email)).toEqual([subject('email_changed_old')]);
      expect(await mailsTo(own6, next)).toEqual([
        subject('email_proof'),
        subject('email_proof'),
        subject('email_changed_new'),
      ]);

      // Codes go to the new address alone; what changes is told to both, as long as the old one can be put back.
      await toActivation(visit, 'email-otp');
      await visit.send({ code: await mailedCode(own6, next) });
      await visit.press('continue');
      await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
      const named = (template: string, key: string) =>
        visit.text(`mail.${template}.subject`, { keyName: visit.factorText(key, 'name') });
      expect(await mailsTo(own6, an.email)).toEqual([
        subject('email_changed_old'),
        named('key_off', 'token-card'),
        named('key_on', 'email-otp'),
      ]);
    },
  );

  test.each(someLanguages)(
    'A7 only keys that may take its place, each with why, the first of the recommended ones marked, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage().visit(language, { script: false });
      await toWizard(visit, an);
      await visit.press('continue');
      await visit.expectStep('select-key');
      expect(await visit.buttons('key')).toEqual(['email-otp', 'authenticator-app']);
      for (const factor of ['email-otp', 'authenticator-app']) {
        const item = visit.page.locator('li', { has: visit.page.locator(`button[value="${factor}"]`) });
        const isRecommended = factor === 'email-otp' ? 1 : 0;
        expect(await item.getByText(visit.text('key.recommended')).count()).toBe(isRecommended);
        const said = ((await item.textContent()) ?? '').replaceAll('\u2011', '-');
        expect(said).toContain(visit.factorText(factor, 'why'));
      }
      await visit.picture('A7');
      await visit.choose('authenticator-app');
      const secret = (await visit.page.locator('.secret').textContent()) ?? '';
      await visit.send({ code: appCode(secret, stage().product.clock.now()) });
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
    },
  );

  test.each(otherLanguages)('A7 what may take its place is the deployment’s choice, %s', async (language) => {
    const { factors } = deploymentWhereOnlyTheAppReplaces;
    const strict = await own({ factors });
    const an = await strict.product.addPerson({ language, keys: ['token-card'] });
    const visit = await strict.visit(language);
    await toWizard(visit, an);
    await visit.press('continue');
    expect(await visit.buttons('key')).toEqual(['authenticator-app']);
    await visit.saysNot(visit.text('key.recommended'), visit.factorText('email-otp', 'name'));
    await visit.picture('A7');
    await visit.page.locator('button[name="key"]').evaluate((button) => {
      (button as unknown as { value: string }).value = 'email-otp';
    });
    await visit.choose('email-otp');
    await visit.expectStep('select-key', { reason: 'choice_unknown' });
    await visit.press('cancel');
    await visit.press('postpone');
    await expectClaims(visit, { amr: ['pwd', 'otp'] });
  });
});

async function expectProgress(visit: Visit, at: number): Promise<void> {
  expect(await visit.page.locator('.progress li').count()).toBe(4);
  const here = visit.page.locator('.progress li[aria-current="step"]');
  expect(await here.count()).toBe(1);
  // Its hyphens end no line.
  const label = (await here.textContent())?.replaceAll('\u2011', '-');
  expect(label).toContain(visit.text(`wizard.${at}`));
  expect(label).toContain(String(at));
}

const deploymentWhereOnlyTheAppReplaces = {
  factors: {
    'email-otp': {},
    'authenticator-app': {},
    'token-card': {
      settings: { reuse: 'reusable' },
      schedule: {
        closeEnrolment: '2023-07-19',
        untilAndIncluding: '2024-01-30',
        zone: 'Europe/Brussels',
        after: 're-enrol',
        replacements: ['authenticator-app'],
      },
    },
  },
};
