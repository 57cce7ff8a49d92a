/**
 * B2 to B6 in the deployment CSAM, word by word, with a real mail server: from the link in the mail to the relying
 * party. And the ways beside it: broken off and gone on elsewhere, and every key lost.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { activeKeys, appCode, expectClaims, givePassword, mailedCode } from '../harness/flow-moves.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { addStranger, register, type Registered } from '../harness/activation-desk.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';
import { startSmtp, type SmtpHarness } from '../harness/smtp.ts';

const csam = shippedDeployment('csam');
const password = 'Tulpen uit Haarlem 43';
let smtp: SmtpHarness;
beforeAll(async () => {
  smtp = await startSmtp({ tls: 'none' });
});
afterAll(() => smtp.close());
const mailed = () => ({
  mail: {
    smtp: {
      host: '127.0.0.1',
      port: smtp.port,
      security: 'none',
      from: { name: 'CSAM', address: 'no-reply@csam.example' },
    },
  },
});

/** As the mail server has got it, and as a person presses it. */
async function linkIn(stage: Stage, { email }: Pick<Registered, 'email'>): Promise<string> {
  await stage.product.mailTo(email, /activate/);
  const got = smtp.delivered.findLast(({ to, mail }) => to.includes(email) && mail.html?.includes('/activate/'));
  return /href="([^"]+\/activate\/[^"]+)"/.exec(got?.mail.html ?? '')?.[1]?.replaceAll('&#x3D;', '=') ?? '';
}

/** From the link to the page that follows the code. */
async function enter(visit: Visit, { link, code }: Pick<Registered, 'link' | 'code'>): Promise<void> {
  await visit.page.goto(link);
  await visit.expectStep('activation');
  await visit.press('begin');
  await visit.expectStep('paper-code');
  await visit.send({ code });
}

const personOf = async ({ product }: Stage, { id }: Registered) => {
  const person = await product.services.people.get(id);
  if (!person) throw new Error('The account is gone.');
  return { person };
};

const secretOn = async (visit: Visit) =>
  ((await visit.page.locator('.secret').textContent()) ?? '').replaceAll(/\s/g, '');

flows('activation from the desk', ({ own }) => {
  test.each(['nl', 'fr'] as const)(
    'B2 B3 B4 B5 B6 A-492 A-496 from the mail and the letter to the relying party: %s',
    async (language) => {
      const stage = await own({ ...csam, ...mailed() });
      const { product } = stage;
      const { clock } = product;
      const taken = await product.addPerson({ keys: ['email-otp'] });
      const other = await register(product);
      const an = await register(product, await addStranger(product, language), language);
      const visit = await stage.visit(language);

      // B2
      await visit.page.goto(await linkIn(stage, an));
      await visit.expectStep('activation');
      expect(visit.page.url()).toBe(`${product.issuer}/activate`);
      await visit.picture('desk-B2-link', { everywhere: true });
      await visit.press('begin');
      await visit.expectStep('paper-code');
      await visit.send({ code: `${an.code.slice(0, -1)}?` });
      await visit.expectStep('paper-code', { reason: 'activation_code_mistyped' });
      await visit.saysNot(visit.text('paper_code.left', { count: 4 }));
      await visit.send({ code: other.code });
      await visit.expectStep('paper-code', { reason: 'activation_code_wrong' });
      await visit.says(visit.text('paper_code.left', { count: 4 }));
      await visit.picture('desk-B2-wrong', { everywhere: true });
      await visit.send({ code: an.code.toLowerCase().replaceAll('-', ' ') });

      // B3
      await visit.expectStep('terms');
      await visit.picture('desk-B3-terms', { everywhere: true });
      const acceptedAt = clock.now();
      await visit.press('accept');
      await visit.expectStep('select-key');
      expect((await visit.buttons('key')).toSorted()).toEqual(['authenticator-app', 'email-otp', 'sms']);
      await visit.picture('desk-B3-keys', { everywhere: true });
      await visit.choose('email-otp');

      // B4
      await visit.expectStep('choose-name');
      await visit.says(visit.text('new_password.uncommon'));
      await visit.send({ username: taken.username, password, again: password });
      await visit.expectStep('choose-name', { reason: 'username_taken' });
      await visit.picture('desk-B4', { everywhere: true });
      await visit.send({ username: `an.${language}`, password: 'password', again: 'password' });
      await visit.expectStep('choose-name', { reason: 'password_too_common' });
      await visit.send({ username: `an.${language}`, password, again: password });

      // B5
      await visit.expectStep('activate-key', { factor: 'email-otp' });
      clock.advance(60_000);
      await visit.send({ code: await mailedCode(stage, an.email) });
      await visit.expectStep('done', { factor: 'email-otp' });
      expect((await product.services.people.get(an.id))?.terms).toEqual({ version: '2024-01', at: acceptedAt });

      // B6
      await visit.says(visit.text('done.another'));
      await visit.picture('desk-B6', { everywhere: true });
      await visit.press('another');
      await visit.expectStep('select-key');
      expect((await visit.buttons('key')).toSorted()).toEqual(['authenticator-app', 'sms']);
      await visit.choose('authenticator-app');
      const secret = await secretOn(visit);
      await visit.send({ code: appCode(secret, clock.now()) });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.press('end-session');
      await visit.expectStep('activation');
      await visit.picture('desk-B5-end', { everywhere: true });
      expect(await activeKeys(stage, await personOf(stage, an))).toEqual(['email-otp', 'authenticator-app']);
      const subjects = smtp.delivered.filter(({ to }) => to.includes(an.email)).map(({ mail }) => mail.subject);
      const texts = { product: 'CSAM' };
      expect(subjects).toContain(visit.text('mail.activation.subject', texts));
      await product.mailTo(an.email, new RegExp(visit.text('mail.activated.subject', texts)));

      // The link is used up, and the person signs in.
      await visit.page.goto(an.link);
      await visit.expectStep('refused', { reason: 'activation_used' });
      await visit.signIn();
      await visit.choose('email-otp');
      await givePassword(visit, { username: `AN.${language}`, password });
      await visit.expectStep('prove-key', { factor: 'email-otp' });
      clock.advance(60_000);
      await visit.send({ code: await mailedCode(stage, an.email) });
      await expectClaims(visit, { acr: 'urn:rekey:acr:low' });
    },
  );

  test('A-492 broken off at each step it goes on by the same link, in another browser; nothing was changed before the end', async () => {
    const stage = await own({ ...csam, ...mailed() });
    const { product } = stage;
    const an = await register(product, await addStranger(product, 'nl'), 'nl');
    const first = await stage.visit('nl');
    await enter(first, an);
    await first.press('accept');
    await first.choose('email-otp');
    await first.send({ username: 'an.first', password: `${password} first`, again: `${password} first` });
    await first.expectStep('activate-key');
    expect(await product.services.people.get(an.id)).toMatchObject({ keys: [] });
    expect((await product.services.people.get(an.id))?.password).toBeUndefined();
    // Back, forward and reload lose nothing.
    await first.page.goBack();
    await first.page.goForward();
    await first.page.reload();
    await first.expectStep('activate-key');

    product.clock.advance(120_000);
    const second = await stage.visit('nl', { script: false });
    await enter(second, an);
    await second.press('accept');
    await second.choose('authenticator-app');
    await second.expectStep('choose-name');
    expect(await second.page.locator('[name=username]').inputValue()).toBe('an.first');
    await second.send({ password, again: password });
    const secret = await secretOn(second);
    await second.send({ code: appCode(secret, product.clock.now()) });
    await second.expectStep('done', { factor: 'authenticator-app' });

    // The first browser comes too late, and says so.
    await first.send({ code: await mailedCode(stage, an.email) });
    await first.expectStep('refused', { reason: 'activation_used' });
    expect(await activeKeys(stage, await personOf(stage, an))).toEqual(['authenticator-app']);
  });

  test('A-492 a person who has lost every key comes back by the same way: the old keys end, the name stays', async () => {
    const stage = await own({ ...csam, ...mailed() });
    const { product } = stage;
    const eva = await product.addPerson({ keys: ['authenticator-app', 'token-card'], language: 'fr' });
    const given = await register(product, eva.person.id);
    const visit = await stage.visit('fr');
    await enter(visit, given);
    await visit.press('accept');
    await visit.expectStep('select-key');
    await visit.says(visit.text('select_key.ends'));
    await visit.picture('desk-lost', { everywhere: true });
    await visit.choose('authenticator-app');
    await visit.expectStep('choose-name');
    expect(await visit.page.locator('[name=username]').isEditable()).toBe(false);
    await visit.send({ password, again: password });
    expect(await activeKeys(stage, eva)).toEqual(['authenticator-app', 'token-card']);
    await visit.send({ code: appCode(await secretOn(visit), product.clock.now()) });
    await visit.expectStep('done');
    expect(await activeKeys(stage, eva)).toEqual(['authenticator-app']);
    await visit.press('end-session');
    await visit.expectStep('activation');
  });

  test('A-496 another version of the terms is asked at the next sign-in, once', async () => {
    const stage = await own({ ...csam, ...mailed() });
    const { product } = stage;
    const { clock } = product;
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    await product.services.people.change(an.person.id, (person) => ({ ...person, terms: { version: 'old', at: 1 } }));
    const visit = await stage.visit('nl');
    const signIn = async () => {
      clock.advance(60_000);
      await visit.signIn({ prompt: 'login' });
      await visit.choose('authenticator-app');
      await givePassword(visit, an);
      await visit.send({ code: appCode(an.totp, clock.now()) });
    };
    await signIn();
    await visit.expectStep('terms');
    await visit.says(visit.text('terms.again'));
    await visit.press('accept');
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
    expect((await product.services.people.get(an.person.id))?.terms?.version).toBe('2024-01');
    await signIn();
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
  });
});
