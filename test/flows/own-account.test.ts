/**
 * C3, C4 and C6 in the deployment CSAM: an address and a telephone number that are changed, *This was not me*, and
 * sessions that are ended one by one; in My digital keys, by people with a browser.
 */
import { expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
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

const csam = { ...shippedDeployment('csam'), links: {} };
const inMail = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/;

/** To a tab of My digital keys, by the app. */
async function toSite({ product }: Stage, visit: Visit, an: NewPerson, tab: string): Promise<void> {
  product.clock.advance(30_000);
  await visit.page.goto(`${product.issuer}/my/${tab}`);
  await visit.choose('authenticator-app');
  await givePassword(visit, an);
  await visit.send({ code: appCode(an.totp, product.clock.now()) });
  await visit.expectStep(tab);
}

async function axeFaults({ page }: Visit): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' · ')}`);
}

const said = (visit: Visit) => new URL(visit.page.url()).searchParams.get('done');

flows('own account', ({ own }) => {
  test.each(['nl', 'fr'] as const)(
    'C3 C4 A-513 A-557 A-558 the address is changed, and the owner of the old one says that it was not them: %s',
    async (language) => {
      const stage = await own(csam);
      const { product } = stage;
      const an = await product.addPerson({ language, keys: ['authenticator-app', 'email-otp'] });
      const visit = await stage.visit(language);
      await toSite(stage, visit, an, 'profile');
      await visit.press('change-email');
      await visit.expectStep('confirm-email');
      await visit.picture('own-email', { everywhere: true });
      const to = `elsewhere-${an.email}`;
      await visit.send({ email: to });
      expect((await personOf(stage, an)).email?.address).toBe(an.email);
      await visit.send({ code: await mailedCode(stage, to) });
      await visit.expectStep('profile');
      expect(said(visit)).toBe('success');
      await visit.says(to);
      expect(await axeFaults(visit)).toEqual([]);
      await visit.picture('own-profile', { everywhere: true });

      // The key on the mailbox has moved with it: its codes go to the new one.
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app', 'email-otp']);
      const code = inMail.exec((await product.mailTo(an.email, inMail)).text)?.[0] ?? '';
      const owner = await stage.visit(language, { script: language === 'nl' });
      await owner.page.goto(product.issuer);
      await owner.follow(owner.page.locator('footer a', { hasText: owner.text('footer.not_me') }));
      await owner.expectStep('not-me');
      if (language === 'nl') expect(await axeFaults(owner)).toEqual([]);
      await owner.picture('not-me', { everywhere: true });
      await owner.send({ code: '0000-0000-0000-0000' }, 'report');
      await owner.expectStep('not-me', { reason: 'report_unknown' });
      await owner.picture('not-me', { everywhere: true });
      await owner.send({ code: ` ${code.toLowerCase()} ` }, 'report');
      await owner.expectStep('not-me');
      expect(await owner.data('mode')).toBe('done');
      await owner.says(owner.text('not_me.done_next'), '02 555 01 00');
      await owner.picture('not-me', { everywhere: true });

      // The thief's browser is out at the next request; the desk and both mailboxes are told.
      await visit.page.goto(`${product.issuer}/my/keys`);
      await visit.expectStep('choose-key');
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
      const stopped = visit.text('mail.change_reported.subject');
      expect(await mailsTo(stage, an.email)).toContain(stopped);
      expect(await mailsTo(stage, to)).toContain(stopped);
      expect(await mailsTo(stage, 'helpdesk@csam.example')).toHaveLength(1);
    },
    180_000,
  );

  test.each(['nl', 'fr'] as const)(
    'C4 another telephone number counts once its code was typed, and takes the place of the old one: %s',
    async (language) => {
      const stage = await own(csam);
      const { product } = stage;
      const an = await product.addPerson({ language, keys: ['authenticator-app', 'sms'] });
      const visit = await stage.visit(language, { script: language === 'fr' });
      await toSite(stage, visit, an, 'profile');
      await visit.press('change-phone');
      await visit.expectStep('confirm-email');
      await visit.press('continue');
      await visit.expectStep('select-key');
      expect(await visit.buttons('key')).toEqual(['sms']);
      await visit.choose('sms');
      await visit.page.locator('input[name="risk"]').check();
      await visit.send({ number: '0470 55 66 77' });
      await visit.picture('own-phone', { everywhere: true });
      const old = (await personOf(stage, an)).keys.find(({ factor }) => factor === 'sms');
      expect(old?.status).toBe('active');
      await visit.send({ code: await textedCode(stage, { number: '+32470556677' }) });
      await visit.expectStep('done', { factor: 'sms' });
      await visit.press('continue');
      await visit.expectStep('profile');
      expect(said(visit)).toBe('success');
      await visit.says('+32 … 77');
      const keys = (await personOf(stage, an)).keys.filter(({ factor }) => factor === 'sms');
      expect(keys.map(({ status, detail }) => [status, detail])).toEqual([
        ['off', old?.detail],
        ['active', '+32 … 77'],
      ]);
      const name = visit.factorText('sms', 'name');
      expect(await mailsTo(stage, an.email)).toEqual(
        expect.arrayContaining([
          visit.text('mail.key_on.subject', { keyName: name }),
          visit.text('mail.key_off.subject', { keyName: name }),
        ]),
      );
    },
    180_000,
  );

  test.each(['nl', 'de'] as const)(
    'C4 the password is changed by the present one and a key; the other browser is out, and the new one signs in: %s',
    async (language) => {
      const stage = await own(csam);
      const { product } = stage;
      const an = await product.addPerson({ language, keys: ['authenticator-app'] });
      const elsewhere = await stage.visit(language);
      await toSite(stage, elsewhere, an, 'keys');
      const visit = await stage.visit(language, { script: language === 'de' });
      await toSite(stage, visit, an, 'profile');
      product.clock.advance(60_000);
      await visit.press('change-password');
      await givePassword(visit, an);
      if ((await visit.step()) === 'prove-key') await visit.send({ code: appCode(an.totp, product.clock.now()) });
      await visit.expectStep('new-password');
      await visit.picture('own-password', { everywhere: true });
      await visit.send({ password: 'password1234', again: 'password1234' });
      await visit.expectStep('new-password', { reason: 'password_too_common' });
      const fresh = 'negen uilen op de kerktoren';
      await visit.send({ password: fresh, again: fresh });
      await visit.expectStep('new-password');
      await visit.press('continue');
      await visit.expectStep('profile');
      expect(said(visit)).toBe('success');
      await elsewhere.page.goto(`${product.issuer}/my/keys`);
      await elsewhere.expectStep('choose-key');
      await elsewhere.choose('authenticator-app');
      await givePassword(elsewhere, an);
      await elsewhere.expectStep('password', { reason: 'credentials_wrong' });
      product.clock.advance(60_000);
      await elsewhere.send({ username: an.username, password: fresh });
      await elsewhere.send({ code: appCode(an.totp, product.clock.now()) });
      await elsewhere.expectStep('keys');
      expect(await mailsTo(stage, an.email)).toContain(visit.text('mail.password_changed.subject'));
    },
    180_000,
  );

  test.each(['nl', 'de'] as const)(
    'C6 A-514 two browsers: one is ended from the other, at its next request, and this one goes on: %s',
    async (language) => {
      const stage = await own(csam);
      const { product } = stage;
      const an = await product.addPerson({ language, keys: ['authenticator-app'] });
      const [here, there] = [await stage.visit(language), await stage.visit(language, { script: false })];
      await toSite(stage, there, an, 'info');
      await toSite(stage, here, an, 'info');
      const sessions = here.page.locator('[data-session]');
      expect(await sessions.count()).toBe(2);
      const mine = here.text('my.info.here_session');
      expect(await sessions.filter({ hasText: mine }).count()).toBe(1);
      expect(await axeFaults(here)).toEqual([]);
      await here.picture('own-sessions', { everywhere: true });
      await here.follow(sessions.filter({ hasNotText: mine }).locator('button[value="end-session"]'));
      await here.expectStep('info');
      expect(await sessions.count()).toBe(1);
      await there.page.reload();
      await there.expectStep('choose-key');
      await there.signIn({ prompt: 'none' });
      expect(await there.told()).toEqual({ error: 'login_required' });
      await here.page.reload();
      await here.expectStep('info');
      await here.says(here.text('my.info.did.signed-in'));

      // All, here too.
      await here.press('end-everywhere');
      await here.page.goto(`${product.issuer}/my/info`);
      await here.expectStep('choose-key');
    },
    180_000,
  );

  test.each(['nl', 'de'] as const)(
    'C6 A-563 of two trusted browsers one is ended from the other: it is asked for the key again, this one is not: %s',
    async (language) => {
      const stage = await own({
        clients: [{ id: 'front-office', level: 'single', trustedBrowser: true }],
        factors: { 'authenticator-app': {}, 'email-otp': {} },
        password: { minimumLength: 15 },
        signIn: { trustedBrowser: { enabled: true } },
        sites: { selfService: true },
        links: {},
      });
      const { clock, issuer } = stage.product;
      const an = await stage.product.addPerson({ language, keys: ['authenticator-app'] });
      const [here, there] = [await stage.visit(language, { script: false }), await stage.visit(language)];
      for (const visit of [there, here]) {
        clock.advance(30_000);
        await visit.signIn();
        await givePassword(visit, an);
        await visit.page.locator('input[name="trust"]').check();
        await visit.send({ code: appCode(an.totp, clock.now()) });
        await expectClaims(visit, { amr: ['pwd', 'otp', 'mfa'] });
      }
      await here.page.goto(`${issuer}/my/info`);
      await here.expectStep('info');
      const trusted = here.page.locator('[data-browser]');
      expect(await trusted.count()).toBe(2);
      const mine = here.text('my.info.here');
      expect(await trusted.filter({ hasText: mine }).count()).toBe(1);
      await here.picture('own-browsers', { everywhere: true });
      await here.follow(trusted.filter({ hasNotText: mine }).locator('button[value="end-browser"]'));
      await here.expectStep('info');
      expect([said(here), await trusted.count()]).toEqual(['browser-ended', 1]);

      clock.advance(86_400_000);
      for (const visit of [here, there]) {
        await visit.signIn({ prompt: 'login' });
        await givePassword(visit, an);
      }
      await expectClaims(here, { amr: ['pwd'] });
      await there.expectStep('prove-key', { factor: 'authenticator-app' });
    },
    180_000,
  );
});
