// The other order: name and password first. The page asks for the default key, and the dialog comes after the proof of
// a key that the person did not choose.
import { expect, test } from '@jest/globals';
import { flows } from '../harness/flow-stage.ts';
import {
  activeKeys,
  appCode,
  expectClaims,
  giveCard,
  givePassword,
  mailedCode,
  mailsTo,
  personOf,
  toActivation,
} from '../harness/flow-moves.ts';
import type { Stage } from '../harness/flow-stage.ts';
import type { NewPerson } from '../harness/product.ts';

const nameFirst = { signIn: { order: 'name-first' } };
const withPostponements = (postponements: number) => ({
  factors: {
    'email-otp': { recommended: true },
    'authenticator-app': {},
    'token-card': {
      settings: { reuse: 'reusable' },
      schedule: {
        closeEnrolment: '2023-07-19',
        untilAndIncluding: '2024-01-30',
        zone: 'Europe/Brussels',
        after: 'refuse',
        postponements,
      },
    },
  },
});

flows('name first', ({ shared }) => {
  const stage = shared(nameFirst);

  test.each(['nl', 'de'] as const)('the card is asked, and the dialog follows its proof, %s', async (language) => {
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage().visit(language);
    await visit.signIn();
    await visit.expectStep('password');
    expect(await visit.buttons('key')).toEqual([]);
    await visit.picture('name-first', { everywhere: true });
    await givePassword(visit, an);
    await giveCard(visit, an);
    await visit.expectStep('phase-out', { factor: 'token-card' });
    await visit.says(visit.text('retirement.postpone_hint_proved'), visit.text('retirement.migrate_hint_proved'));
    await visit.picture('name-first');
    await visit.press('postpone');
    await expectClaims(visit, { acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp'] });
  });

  test.each(['fr', 'en'] as const)('from that dialog the wizard opens at once, %s', async (language) => {
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage().visit(language, { script: language === 'en' });
    await visit.signIn();
    await givePassword(visit, an);
    await giveCard(visit, an);
    await visit.press('migrate');
    await visit.expectStep('confirm-email');
    await toActivation(visit, 'authenticator-app');
    const secret = (await visit.page.locator('.secret').textContent()) ?? '';
    await visit.send({ code: appCode(secret, stage().product.clock.now()) });
    await visit.press('continue');
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
    expect(await activeKeys(stage(), an)).toEqual(['authenticator-app']);
  });

  test.each(['nl', 'fr'] as const)('a key that stays is asked before one that goes, %s', async (language) => {
    const an = await stage().product.addPerson({ language, keys: ['email-otp', 'token-card'] });
    const visit = await stage().visit(language);
    await visit.signIn();
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'email-otp' });
    const code = await mailedCode(stage(), an.email);
    // If the person chose the card, the dialog comes before its proof.
    expect(await visit.buttons('key')).toEqual(['token-card']);
    await visit.picture('name-first-other');
    await visit.choose('token-card');
    await visit.expectStep('phase-out', { factor: 'token-card' });
    await visit.press('other-key');
    await visit.expectStep('choose-key');
    expect((await visit.buttons('key')).toSorted()).toEqual(['email-otp', 'token-card']);
    await visit.choose('email-otp');
    await visit.expectStep('prove-key', { factor: 'email-otp' });
    // The challenge is still open: going back and forth sends no second mail.
    expect(await mailsTo(stage(), an.email)).toHaveLength(1);
    await visit.send({ code });
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
  });

  test.each(['token-card', 'email-otp'] as const)(
    'back to name and password, as another person: after %s',
    async (key) => {
      const an = await stage().product.addPerson({ keys: [key] });
      const jo = await stage().product.addPerson({ keys: ['token-card'] });
      const visit = await stage().visit('en');
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: key });
      await visit.page.goBack();
      await visit.expectStep('password');
      await givePassword(visit, jo);
      await giveCard(visit, jo);
      await visit.press('postpone');
      await expectClaims(visit, { amr: ['pwd', 'otp'] });
      const { relyingParty } = stage();
      expect(relyingParty.told.at(-1)).toMatchObject({ person: { preferred_username: jo.username } });
    },
  );
});

flows('putting it off', ({ own }) => {
  test.each(['nl', 'fr'] as const)(
    'twice in all, counted per person, then no longer: name first, %s',
    async (language) => {
      const stage = await own({ ...nameFirst, ...withPostponements(2) });
      const an = await stage.product.addPerson({ language, keys: ['token-card'] });
      for (const left of [2, 1]) {
        const visit = await stage.visit(language);
        await visit.signIn();
        await givePassword(visit, an);
        await giveCard(visit, an);
        await visit.expectStep('phase-out', { factor: 'token-card' });
        await visit.says(visit.text('retirement.postponements', { count: left }));
        await visit.picture('postponed');
        await visit.press('postpone');
        await expectClaims(visit, { amr: ['pwd', 'otp'] });
        expect(await postponed(stage, an)).toBe(3 - left);
      }
      const visit = await stage.visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('phase-out', { factor: 'token-card' });
      expect(await visit.buttons('action')).toEqual(['migrate', 'other-key']);
      await visit.picture('postponed');
      await visit.press('migrate');
      await giveCard(visit, an);
      await toActivation(visit, 'email-otp');
      await visit.send({ code: await mailedCode(stage, an.email) });
      await visit.press('continue');
      await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });

      // The other person still has both postponements.
      const jo = await stage.product.addPerson({ language, keys: ['token-card'] });
      const other = await stage.visit(language);
      await other.signIn();
      await givePassword(other, jo);
      await giveCard(other, jo);
      await other.says(other.text('retirement.postponements', { count: 2 }));
      expect(await postponed(stage, jo)).toBe(0);
    },
  );

  test.each(['de', 'en'] as const)('key first: counted once it is known who it was, %s', async (language) => {
    const stage = await own(withPostponements(1));
    const an = await stage.product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage.visit(language);
    await visit.signIn();
    await visit.choose('token-card');
    await visit.press('postpone');
    // Going back and putting it off again counts once.
    await visit.page.goBack();
    await visit.press('postpone');
    await visit.send({ username: an.username, password: 'not the password' });
    expect(await postponed(stage, an)).toBe(0);
    await visit.send({ password: an.password });
    await visit.page.goBack();
    await visit.page.reload();
    await visit.send({ username: an.username, password: an.password });
    await giveCard(visit, an);
    await expectClaims(visit, { amr: ['pwd', 'otp'] });
    expect(await postponed(stage, an)).toBe(1);

    const again = await stage.visit(language);
    await again.signIn();
    await again.choose('token-card');
    await again.press('postpone');
    await givePassword(again, an);
    // A person who has used all postponements is told so, once the person is known.
    await again.expectStep('phase-out', { factor: 'token-card' });
    expect(await again.buttons('action')).toEqual(['migrate', 'other-key']);
    await again.picture('postponed');
    expect(await postponed(stage, an)).toBe(1);
    expect(stage.relyingParty.told).toHaveLength(1);
  });
});

const postponed = async (stage: Stage, someone: NewPerson) =>
  (await personOf(stage, someone)).postponements['token-card']?.count ?? 0;
