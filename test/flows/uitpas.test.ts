// Rows D1 to D6 in the deployment UiTPAS, word by word: a second step for desk staff.
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { decode } from 'fast-png';
import jsQr from 'jsqr';
import {
  activeKeys,
  appCode,
  expectClaims,
  givePassword,
  mailedCode,
  mailsTo,
  textedCode,
} from '../harness/flow-moves.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';

const uitpas = shippedDeployment('uitpas');
const day = 86_400_000;
/** In spring, before the staff must. */
const spring = Date.parse('2025-04-15T09:00:00+02:00');
/** First instant of 1 June 2025 in Brussels: from here on it is compulsory. */
const summer = Date.parse('2025-06-01T00:00:00+02:00');
const single = 'urn:rekey:acr:single';
const low = 'urn:rekey:acr:low';
const substantial = 'urn:rekey:acr:substantial';
const bySms = ['pwd', 'otp', 'sms', 'mfa', 'mca'];
const byApp = ['pwd', 'otp', 'mfa'];
const twice = [
  ['nl', true],
  ['fr', false],
] as const;

/** From the first of four steps to the choice of a key: the code in the mailbox. */
async function proveMailbox(stage: Stage, visit: Visit, someone: NewPerson): Promise<void> {
  await visit.expectStep('confirm-email');
  await visit.press('continue');
  const code = await mailedCode(stage, someone.email);
  expect(code).toMatch(/^\d{6}$/);
  await visit.send({ code });
  await visit.expectStep('select-key');
}

async function activateApp(stage: Stage, visit: Visit): Promise<string> {
  await visit.choose('authenticator-app');
  await visit.expectStep('activate-key', { factor: 'authenticator-app' });
  const secret = ((await visit.page.locator('.secret').textContent()) ?? '').replaceAll(/\s/g, '');
  await visit.send({ code: appCode(secret, stage.product.clock.now()) });
  await visit.expectStep('done', { factor: 'authenticator-app' });
  return secret;
}

async function activateSms(stage: Stage, visit: Visit, someone: NewPerson): Promise<void> {
  await visit.choose('sms');
  await visit.expectStep('activate-key', { factor: 'sms' });
  await visit.page.locator('input[name="risk"]').check();
  await visit.send({ number: someone.number });
  await visit.send({ code: await textedCode(stage, someone) });
  await visit.expectStep('done', { factor: 'sms' });
}

flows('UiTPAS', ({ own, shared }) => {
  const stage = shared(uitpas, { at: spring });

  test.each(twice)(
    'D1 secure your account now: a code by mail, then text messages, then the app beside it, %s',
    async (language, script) => {
      const an = await stage().product.addPerson({ language, keys: [] });
      const visit = await stage().visit(language, { script });
      await visit.signIn();
      await visit.expectStep('password');
      await visit.picture('uitpas-D1', { everywhere: true });
      await visit.press('secure');
      await givePassword(visit, an);
      await visit.picture('uitpas-D1');
      await proveMailbox(stage(), visit, an);
      // Both are offered, and no code by e-mail: it does not count here (D2).
      expect(await visit.buttons('key')).toEqual(['authenticator-app', 'sms']);
      await visit.picture('uitpas-D1', { everywhere: true });
      await activateSms(stage(), visit, an);
      await visit.picture('uitpas-D1');
      await visit.press('continue');
      await expectClaims(visit, { acr: substantial, amr: bySms });
      expect(await activeKeys(stage(), an)).toEqual(['sms']);

      // "If possible, set up both": the first one proves who asks.
      stage().product.clock.advance(60_000);
      await visit.signIn({ prompt: 'login' });
      await visit.press('secure');
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'sms' });
      await visit.send({ code: await textedCode(stage(), an) });
      stage().product.clock.advance(60_000);
      await proveMailbox(stage(), visit, an);
      await activateApp(stage(), visit);
      await visit.press('continue');
      await expectClaims(visit, { acr: substantial });
      expect(await activeKeys(stage(), an)).toEqual(['sms', 'authenticator-app']);
      expect((await mailsTo(stage(), an.email)).length).toBe(4);
    },
  );

  test.each(twice)(
    'D2 the code by e-mail is not accepted here, and accepted by the calendar, %s',
    async (language, script) => {
      const an = await stage().product.addPerson({ language, keys: ['email-otp'] });
      const visit = await stage().visit(language, { script });
      await visit.signIn({ client: 'agenda' });
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      await visit.send({ code: await mailedCode(stage(), an.email) });
      await expectClaims(visit, { acr: low });
      for (const client of ['balie', 'beheer']) {
        await visit.signIn({ client, prompt: 'none' });
        expect(await visit.told()).toEqual({ error: 'login_required' });
        await visit.signIn({ client });
        await visit.expectStep('secure-account');
        await visit.picture('uitpas-D2', { everywhere: client === 'balie' });
        expect(await visit.buttons('key')).toEqual([]);
      }
      // It permits the activation of another key.
      await visit.press('secure');
      if ((await visit.step()) === 'password') await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      expect(await visit.page.locator('input[name="trust"]').count()).toBe(0);
    },
  );

  test.each(twice)('D3 the message does not arrive: the app is one click away, %s', async (language, script) => {
    const an = await stage().product.addPerson({ language, keys: ['authenticator-app', 'sms'] });
    const visit = await stage().visit(language, { script });
    await visit.signIn();
    await givePassword(visit, an);
    if ((await visit.data('factor')) !== 'sms') await visit.choose('sms');
    await visit.expectStep('prove-key', { factor: 'sms' });
    await visit.says(visit.text('prove_key.another'));
    expect(await visit.buttons('key')).toEqual(['authenticator-app']);
    await visit.picture('uitpas-D3', { everywhere: true });
    await visit.choose('authenticator-app');
    await visit.send({ code: appCode(an.totp, stage().product.clock.now()) });
    await expectClaims(visit, { acr: substantial, amr: byApp });
    // The next time the one used last stands first, and no message is sent.
    const texts = stage().product.texts.length;
    await visit.signIn({ prompt: 'login' });
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'authenticator-app' });
    expect(stage().product.texts).toHaveLength(texts);
  });

  test.each(twice)(
    'D4 asked again in this browser after seven days; never at the back office, %s',
    async (language, script) => {
      const { product, ...rest } = await own(uitpas, { at: spring });
      const an = await product.addPerson({ language, keys: ['authenticator-app'] });
      const visit = await rest.visit(language, { script });
      await visit.signIn();
      await givePassword(visit, an);
      await visit.page.locator('input[name="trust"]').check();
      await visit.picture('uitpas-D4', { everywhere: true });
      await visit.send({ code: appCode(an.totp, product.clock.now()) });
      await expectClaims(visit, { acr: substantial });
      for (const passed of [1, 2, 3, 4, 5, 6]) {
        product.clock.set(spring + passed * day);
        await visit.signIn();
        await givePassword(visit, an);
        await expectClaims(visit, { acr: single, amr: ['pwd'] });
      }
      await visit.signIn({ client: 'beheer' });
      await visit.expectStep('choose-key');
      const fresh = await rest.visit(language);
      await fresh.signIn();
      await givePassword(fresh, an);
      await fresh.expectStep('prove-key');
      product.clock.set(spring + 7 * day);
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, an);
      await visit.expectStep('prove-key');
      // The password was changed: a new trust is gone too.
      await visit.page.locator('input[name="trust"]').check();
      await visit.send({ code: appCode(an.totp, product.clock.now()) });
      const password = 'een ander wachtwoord 7';
      const made = await product.services.passwords.make(password, product.clock.now());
      await product.services.people.change(an.person.id, (person) => ({ ...person, password: made }));
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, { ...an, password });
      await visit.expectStep('prove-key');
      expect(visit.isAtRelyingParty()).toBe(false);
    },
  );

  test.each(twice)(
    'D5 the QR code is saved as a picture, by its link and by the right button, and read, %s',
    async (language, script) => {
      const an = await stage().product.addPerson({ language, keys: [] });
      const visit = await stage().visit(language, { script });
      await visit.signIn();
      await visit.press('secure');
      await givePassword(visit, an);
      await proveMailbox(stage(), visit, an);
      await visit.choose('authenticator-app');
      const picture = visit.page.locator('.qr img');
      const box = await picture.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(200);
      const ground: unknown = await visit.page.evaluate(
        `getComputedStyle(document.querySelector('.qr')).backgroundColor`,
      );
      expect(ground).toBe('rgb(255, 255, 255)');
      const [download] = await Promise.all([
        visit.page.waitForEvent('download'),
        visit.page.locator('a[download]').click(),
      ]);
      expect(download.suggestedFilename()).toBe('qr-code.png');
      const saved = await readFile(await download.path());
      // What the right button would save is the picture's own address.
      const source = (await picture.getAttribute('src')) ?? '';
      expect(Buffer.from(source.split(',')[1] ?? '', 'base64').equals(saved)).toBe(true);
      const { width, height, data, channels } = decode(saved);
      expect(channels).toBe(1);
      const colours = Uint8ClampedArray.from({ length: width * height * 4 }, (_none, at) =>
        at % 4 === 3 ? 255 : (data[Math.floor(at / 4)] ?? 0),
      );
      const read = jsQr.default(colours, width, height)?.data ?? '';
      expect(read).toBe(await visit.page.locator('a[href^="otpauth:"]').getAttribute('href'));
      // An app in the browser that imported it gives the code that ends the registration.
      const secret = new URL(read).searchParams.get('secret') ?? '';
      await visit.picture('uitpas-D5', { everywhere: true });
      await visit.send({ code: appCode(secret, stage().product.clock.now()) });
      await visit.expectStep('done', { factor: 'authenticator-app' });
    },
  );

  test.each(twice)('D6 info@ gets no key, and is told why, %s', async (language, script) => {
    const username = `info@bib-${language}.example`;
    const desk = await stage().product.addPerson({ language, keys: [], username, email: username });
    const visit = await stage().visit(language, { script });
    await visit.signIn();
    await visit.press('secure');
    await givePassword(visit, desk);
    await visit.expectStep('refused', { reason: 'mailbox_shared' });
    await visit.picture('uitpas-D6', { everywhere: true });
    expect(await mailsTo(stage(), username)).toEqual([]);
    expect(await activeKeys(stage(), desk)).toEqual([]);
  });

  test.each(twice)(
    'part 5: the staff of the city from 1 June on, volunteers when they like, %s',
    async (language, script) => {
      const { product, ...rest } = await own(uitpas, { at: summer - 1 });
      const current = { product, ...rest };
      const siel = await product.addPerson({ language, keys: [], groups: ['stad-oostende'] });
      const bram = await product.addPerson({ language, keys: [] });
      const visit = await rest.visit(language, { script });
      await visit.signIn();
      await givePassword(visit, siel);
      await visit.expectStep('secure-account');
      await visit.says({ nl: '1 juni 2025', fr: '1er juin 2025' }[language]);
      await visit.picture('uitpas-second-factor-deadline', { everywhere: true });
      await visit.press('postpone');
      await expectClaims(visit, { acr: single });
      product.clock.set(summer);
      const other = await rest.visit(language, { script });
      await other.signIn();
      await givePassword(other, siel);
      expect(await other.buttons('action')).toEqual(['secure', 'cancel']);
      await other.press('secure');
      await proveMailbox(current, other, siel);
      await activateSms(current, other, siel);
      await other.press('continue');
      await expectClaims(other, { acr: substantial, amr: bySms });
      const third = await rest.visit(language, { script });
      await third.signIn();
      await givePassword(third, bram);
      await expectClaims(third, { acr: single });
    },
  );
});
