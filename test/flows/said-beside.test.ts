// What the four systems' own instructions say beside the steps, on our pages: rows A14, A15, D7, E11.
import { expect, test } from '@jest/globals';
import { activeKeys, appCode, giveCard, givePassword, personOf, toActivation } from '../harness/flow-moves.ts';
import { flows } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';

const hour = 3_600_000;
const csam = shippedDeployment('csam');
/** First instant of 1 July 2025 in Brussels. */
const firstOfJuly = Date.parse('2025-07-01T00:00:00+02:00');
const languages = ['nl', 'fr'] as const;

const secretOf = async (visit: Visit) =>
  ((await visit.page.locator('.secret').textContent()) ?? '').replaceAll(/\s/g, '');
const links = (visit: Visit) =>
  visit.page.locator('main a').evaluateAll((found) => found.map((one) => (one as unknown as { href: string }).href));

flows('said beside the steps', ({ own }) => {
  test.each(languages)(
    'A14 A15 A-631 the token’s pages say why it ends, where more is said, that it is personal, and that no new one is given: %s',
    async (language) => {
      const offence = { nl: 'strafbaar', fr: 'un délit' }[language];
      const why = { nl: 'Wie uw kaart even in handen heeft', fr: 'Une personne qui a votre carte en main' }[language];
      const stage = await own(csam);
      const an = await stage.product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage.visit(language);
      const closed = visit.text('retirement.closed');
      await visit.signIn();
      await visit.choose('token-card');
      await visit.says(why, closed);
      expect(await links(visit)).toEqual([`https://www.csam.example/${language}/end-of-the-token`]);
      await visit.picture('A14-dialog', { everywhere: true });
      await visit.press('migrate');
      await visit.expectStep('password');
      await visit.says(closed, visit.text('password.forgotten'));
      expect(await visit.buttons('action')).toContain('forgotten');
      await givePassword(visit, an);
      await visit.says(closed);
      await giveCard(visit, an);
      await visit.expectStep('confirm-email');
      await visit.says(offence);
      await visit.press('continue');
      await visit.expectStep('select-key');
      await visit.says(offence, why);
      expect(await links(visit)).toEqual(
        ['end-of-the-token', 'help/email-code', 'help/mobile-app'].map(
          (page) => `https://www.csam.example/${language}/${page}`,
        ),
      );
      await visit.picture('A14-select', { everywhere: true });
      await visit.choose('authenticator-app');
      expect(await links(visit)).toContain(`https://www.csam.example/${language}/help/mobile-app`);
    },
  );

  test.each(languages)(
    'E11 A-632 after the day there is no deadline, and no access until another method is set up: %s',
    async (language) => {
      const stage = await own(shippedDeployment('eu-login'), { at: firstOfJuly - 1 });
      const an = await stage.product.addPerson({ language, keys: ['sms'], number: '+32470123456' });
      const visit = await stage.visit(language);
      const come = async () => {
        await visit.signIn({ prompt: 'login' });
        await givePassword(visit, an);
      };
      await come();
      await visit.saysNot(visit.text('retirement.no_deadline'));
      stage.product.clock.set(firstOfJuly + 400 * 24 * hour);
      await come();
      await visit.expectStep('phase-out', { factor: 'sms' });
      await visit.says(visit.text('retirement.no_deadline'));
      expect(await visit.buttons('action')).toEqual(['migrate', 'other-key']);
      await visit.picture('E11', { everywhere: true });
      await come();
      expect(visit.isAtRelyingParty()).toBe(false);
    },
  );

  test.each(languages)(
    'D7 A-630 the picture saved today becomes a key tomorrow, by a new proof, and is not shown again: %s',
    async (language) => {
      const stage = await own(csam);
      const { clock } = stage.product;
      const an = await stage.product.addPerson({ language, keys: ['token-card'] });
      const toApp = async () => {
        const visit = await stage.visit(language);
        await visit.signIn();
        await visit.choose('token-card');
        await visit.press('migrate');
        await givePassword(visit, an);
        await giveCard(visit, an);
        await toActivation(visit, 'authenticator-app');
        return visit;
      };
      const today = await toApp();
      await today.says(today.factorText('authenticator-app', 'enrol.finish-later'));
      const secret = await secretOf(today);
      expect(JSON.stringify(await personOf(stage, an))).not.toContain(secret);

      clock.advance(26 * hour);
      const tomorrow = await toApp();
      expect(await tomorrow.page.content()).not.toContain(secret);
      expect(await tomorrow.page.locator('.qr, .secret').count()).toBe(0);
      await tomorrow.picture('D7', { everywhere: true });
      await tomorrow.send({ code: '000000' });
      await tomorrow.expectStep('activate-key', { factor: 'authenticator-app', reason: 'code_wrong' });
      await tomorrow.send({ code: appCode(secret, clock.now()) });
      await tomorrow.expectStep('done', { factor: 'authenticator-app' });
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
      expect((await personOf(stage, an)).unfinished).toBeUndefined();
    },
  );

  test('D7 A-630 who begins again gets a new picture, and the old one becomes nothing', async () => {
    const stage = await own(csam);
    const { clock } = stage.product;
    const an = await stage.product.addPerson({ language: 'fr', keys: ['token-card'] });
    const toApp = async () => {
      const visit = await stage.visit('fr');
      await visit.signIn();
      await visit.choose('token-card');
      await visit.press('migrate');
      await givePassword(visit, an);
      await giveCard(visit, an);
      await toActivation(visit, 'authenticator-app');
      return visit;
    };
    const first = await secretOf(await toApp());
    clock.advance(hour);
    const again = await toApp();
    await again.press('anew');
    const second = await secretOf(again);
    expect(second).not.toBe(first);
    await again.send({ code: appCode(first, clock.now()) });
    await again.expectStep('activate-key', { factor: 'authenticator-app', reason: 'code_wrong' });
    clock.advance(49 * hour);
    const late = await secretOf(await toApp());
    expect([first, second]).not.toContain(late);
  });
});
