// Rows E1 and E2 in the deployment EU Login, word by word: text messages end after 30 June 2025, and lead to another
// key ever after.
import { expect, test } from '@jest/globals';
import {
  activeKeys,
  appCode,
  expectClaims,
  givePassword,
  mailedCode,
  mailsTo,
  personOf,
  textedCode,
} from '../harness/flow-moves.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';
import { plugIn } from '../harness/virtual-authenticator.ts';

const euLogin = shippedDeployment('eu-login');
/** First instant of 1 July 2025 in Brussels: the last day is over. */
const end = Date.parse('2025-07-01T00:00:00+02:00');
const lastDay = { nl: '30 juni 2025', fr: '30 juin 2025', de: '30. Juni 2025', en: '30 June 2025' } as const;
const languages = ['nl', 'fr', 'de', 'en'] as const;
const substantial = { acr: 'urn:rekey:acr:substantial' };
const bySms = { ...substantial, amr: ['pwd', 'otp', 'sms', 'mfa', 'mca'] };

async function giveSms(visit: Visit, stage: Stage, someone: NewPerson): Promise<void> {
  await visit.expectStep('prove-key', { factor: 'sms' });
  await visit.send({ code: await textedCode(stage, someone) });
}
const wait = (stage: Stage) => stage.product.clock.advance(60_000);

flows('EU Login until 30 June 2025', ({ own }) => {
  test.each(languages)(
    'E1 name first; after the text message a notice with the last day and the ways on; the person goes on: %s',
    async (language) => {
      const stage = await own(euLogin, { at: end - 10 * 86_400_000 });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language, { script: language !== 'de' });
      await visit.signIn();
      await visit.expectStep('password');
      expect(await visit.buttons('key')).toEqual([]);
      await visit.picture('E1', { everywhere: true });
      await givePassword(visit, an);
      await visit.picture('E1');
      await giveSms(visit, stage, an);
      await visit.expectStep('phase-out', { factor: 'sms' });
      await visit.says(lastDay[language], visit.text('retirement.days_left', { days: 10 }));
      expect(await visit.buttons('action')).toEqual(['migrate', 'other-key', 'postpone']);
      await visit.picture('E1', { everywhere: true });
      await visit.press('postpone');
      await expectClaims(visit, bySms);
      expect(await activeKeys(stage, an)).toEqual(['sms']);
    },
  );

  test.each(['nl', 'en'] as const)(
    'E1 a last time at 23:59 of the last day, judged by the moment of the answer: %s',
    async (language) => {
      const stage = await own(euLogin, { at: end - 60_000 });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      const code = await textedCode(stage, an);
      stage.product.clock.set(end - 1);
      await visit.send({ code });
      await visit.expectStep('phase-out', { factor: 'sms' });
      await visit.says(lastDay[language], visit.text('retirement.days_left', { days: 1 }));
      expect(await visit.buttons('action')).toContain('postpone');
      await visit.press('postpone');
      await expectClaims(visit, bySms);
    },
  );

  test.each(['fr', 'de'] as const)(
    'E1 a code that was sent before midnight and is entered after it signs nobody in, and opens the activation: %s',
    async (language) => {
      const stage = await own(euLogin, { at: end - 60_000 });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      const code = await textedCode(stage, an);
      stage.product.clock.set(end);
      await visit.page.reload();
      await visit.expectStep('phase-out', { factor: 'sms' });
      expect(await visit.buttons('action')).not.toContain('postpone');
      await visit.press('migrate');
      // It was requested before: no second message is needed.
      await visit.send({ code });
      await visit.expectStep('confirm-email');
      expect(stage.relyingParty.told).toEqual([]);
    },
  );

  test.each(['nl', 'fr'] as const)('E1 a new key at once, offered by what is best: %s', async (language) => {
    const stage = await own(euLogin, { at: end - 86_400_000 });
    const an = await stage.product.addPerson({ language, keys: ['sms'] });
    const visit = await stage.visit(language);
    await visit.signIn();
    await givePassword(visit, an);
    await giveSms(visit, stage, an);
    await visit.press('migrate');
    await visit.expectStep('confirm-email');
    await visit.press('continue');
    await visit.expectStep('select-key');
    expect(await visit.buttons('key')).toEqual(['authenticator-app', 'trusted-platform', 'passkey', 'security-key']);
    await visit.picture('E1-select', { everywhere: true });
    await visit.choose('authenticator-app');
    const secret = (await visit.page.locator('.secret').textContent()) ?? '';
    await visit.send({ code: appCode(secret, stage.product.clock.now()) });
    await visit.expectStep('done');
    await visit.press('continue');
    await expectClaims(visit, substantial);
    expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
  });

  test.each(['de', 'en'] as const)(
    'E1 a person with another key is asked for it first; the text message is one click away: %s',
    async (language) => {
      const stage = await own(euLogin, { at: end - 86_400_000 });
      const an = await stage.product.addPerson({ language, keys: ['sms', 'authenticator-app'] });
      const visit = await stage.visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      expect(await visit.buttons('key')).toEqual(['sms']);
      await visit.picture('E1-other');
      await visit.choose('sms');
      await visit.expectStep('phase-out', { factor: 'sms' });
      await visit.press('postpone');
      await giveSms(visit, stage, an);
      await expectClaims(visit, bySms);
    },
  );

  test.each([
    ['nl', end - 86_400_000],
    ['de', end - 1],
    ['fr', end],
    ['en', end + 400 * 86_400_000],
  ] as const)(
    'E1, E2 the paymaster takes keys in devices alone: a text message leads to one, before and after the last day: %s',
    async (language, at) => {
      const stage = await own(euLogin, { at });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language);
      await plugIn(visit);
      await visit.signIn({ client: 'paymaster' });
      await givePassword(visit, an);
      expect(stage.product.texts).toEqual([]);
      await visit.picture('E1-paymaster', { everywhere: true });
      if ((await visit.step()) === 'phase-out') await visit.press('migrate');
      else {
        await visit.expectStep('secure-account');
        expect(await visit.buttons('action')).toEqual(['secure', 'cancel']);
        await visit.press('secure');
      }
      await visit.says(visit.text('prove_key.for_migration'));
      await giveSms(visit, stage, an);
      await visit.expectStep('confirm-email');
      await visit.press('continue');
      if ((await visit.step()) === 'confirm-email') await visit.send({ code: await mailedCode(stage, an.email) });
      await visit.expectStep('select-key');
      expect((await visit.buttons('key')).toSorted()).toEqual(['passkey', 'security-key', 'trusted-platform']);
      await visit.choose('trusted-platform');
      await visit.expectStep('activate-key', { factor: 'trusted-platform' });
      await visit.press('continue');
      await visit.expectStep('done', { factor: 'trusted-platform' });
      await visit.press('continue');
      await expectClaims(visit, { ...substantial, aud: 'paymaster' });
    },
  );
});

flows('EU Login from 1 July 2025', ({ own }) => {
  test.each([
    ['nl', end, 'authenticator-app'],
    ['fr', end + 400 * 86_400_000, 'authenticator-app'],
    ['de', end + 1, 'trusted-platform'],
    ['en', end + 5 * 365 * 86_400_000, 'passkey'],
  ] as const)(
    'E2 a text message opens the activation of another key, however late, and the sign-in goes on from there: %s',
    async (language, at, factor) => {
      const stage = await own(euLogin, { at });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language);
      await plugIn(visit);
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('phase-out', { factor: 'sms' });
      await visit.says(
        lastDay[language],
        visit.text('retirement.heading_over', { key: visit.factorText('sms', 'name') }),
        visit.text('retirement.what_over_migrate'),
      );
      expect(await visit.buttons('action')).not.toContain('postpone');
      expect(stage.product.texts).toEqual([]);
      await visit.picture('E2', { everywhere: true });
      await visit.press('migrate');
      await visit.says(visit.text('prove_key.for_migration'));
      await visit.picture('E2');
      await giveSms(visit, stage, an);
      await visit.expectStep('confirm-email');
      await visit.press('continue');
      await visit.expectStep('select-key');
      await visit.choose(factor);
      await visit.expectStep('activate-key', { factor });
      await visit.picture('E2', { everywhere: true });
      if (factor === 'authenticator-app') {
        const secret = (await visit.page.locator('.secret').textContent()) ?? '';
        await visit.send({ code: appCode(secret, stage.product.clock.now()) });
      } else await visit.press('continue');
      await visit.expectStep('done', { factor });
      await visit.picture('E2');
      await visit.press('continue');
      await expectClaims(visit, substantial);
      expect(JSON.stringify(stage.relyingParty.told.at(-1))).not.toContain('"sms"');
      expect(await activeKeys(stage, an)).toEqual([factor]);
      const mails = await mailsTo(stage, an.email);
      const name = (id: string) => visit.factorText(id, 'name');
      expect(mails).toContain(visit.text('mail.key_off.subject', { keyName: name('sms') }));
    },
  );

  test.each(['fr', 'en'] as const)(
    'E2 after cancelling in the middle nothing is changed and nobody is signed in: %s',
    async (language) => {
      const stage = await own(euLogin, { at: end });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      await visit.press('migrate');
      await giveSms(visit, stage, an);
      await visit.expectStep('confirm-email');
      await visit.press('cancel');
      expect(stage.relyingParty.told).toEqual([]);
      expect(await activeKeys(stage, an)).toEqual(['sms']);
      // Later, the same again.
      wait(stage);
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, an);
      await visit.expectStep('phase-out', { factor: 'sms' });
      expect((await personOf(stage, an)).keys).toHaveLength(1);
    },
  );

  test.each(['nl', 'de'] as const)(
    'E2 a person with another key is not interrupted; the text message is not offered: %s',
    async (language) => {
      const stage = await own(euLogin, { at: end });
      const an = await stage.product.addPerson({ language, keys: ['sms', 'authenticator-app'] });
      const visit = await stage.visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      await visit.picture('E2-other');
      await visit.send({ code: appCode(an.totp, stage.product.clock.now()) });
      await expectClaims(visit, { ...substantial, amr: ['pwd', 'otp', 'mfa'] });
      expect(stage.product.texts).toEqual([]);
    },
  );
});
