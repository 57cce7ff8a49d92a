// Ten codes for the day on which no other key is at hand: enrolled, used once each, and renewed as a whole.
import { expect, test } from '@jest/globals';
import { flows, type Stage } from '../harness/flow-stage.ts';
import {
  activeKeys,
  appCode,
  expectClaims,
  givePassword,
  mailedCode,
  mailsTo,
  personOf,
  toActivation,
  toWizard,
} from '../harness/flow-moves.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';

const id = 'recovery-codes';
const clients = [{ id: 'office', secret: 'a-secret-of-the-second-service', level: 'substantial' }];

async function toCodes(stage: Stage, visit: Visit, someone: NewPerson): Promise<readonly string[]> {
  await visit.expectStep('confirm-email');
  await visit.press('continue');
  await visit.send({ code: await mailedCode(stage, someone.email) });
  await visit.expectStep('select-key');
  expect(await visit.buttons('key')).toEqual(['authenticator-app', id]);
  await visit.choose(id);
  await visit.expectStep('activate-key', { factor: id });
  const codes = await visit.page.locator('.codes code').allTextContents();
  expect(codes).toHaveLength(10);
  return codes;
}

/** From the relying party to the page that asks for a code. */
async function toQuestion(visit: Visit, someone: NewPerson, action?: string): Promise<void> {
  await visit.signIn({ prompt: 'login' });
  if (action === undefined) await visit.choose(id);
  else await visit.press(action);
  await givePassword(visit, someone);
  await visit.expectStep('prove-key', { factor: id });
}

flows('recovery codes', ({ own }) => {
  test.each([
    ['fr', true],
    ['de', false],
  ] as const)(
    'are enrolled, each signs in once, and a new set ends the old one, %s, script: %s',
    async (language, script) => {
      const stage = await own({
        clients,
        factors: { 'authenticator-app': {}, [id]: {} },
        signIn: { order: 'key-first', secureAccount: true },
        limits: { sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 1000 },
      });
      const an = await stage.product.addPerson({ language, keys: [] });
      const visit = await stage.visit(language, { script });
      await visit.signIn();
      await visit.press('secure');
      await givePassword(visit, an);
      const codes = await toCodes(stage, visit, an);
      await visit.says(visit.factorText(id, 'enrol.once'));
      await visit.picture(id, { everywhere: true });

      // The same codes after a reload, and in the file.
      await visit.page.reload();
      expect(await visit.page.locator('.codes code').allTextContents()).toEqual(codes);
      const file = decodeURIComponent((await visit.page.locator('a[download]').getAttribute('href')) ?? '');
      for (const code of codes) expect(file).toContain(code);

      await visit.send({ code: '123456' });
      await visit.expectStep('activate-key', { factor: id, reason: 'code_malformed' });
      await visit.send({ code: (codes[0] ?? '').replaceAll('-', ' ').toLowerCase() });
      await visit.expectStep('done', { factor: id });
      await visit.saysNot(codes[1] ?? '');
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });

      await toQuestion(visit, an);
      await visit.picture(id, { everywhere: true });
      await visit.send({ code: codes[1] ?? '' });
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
      const name = visit.factorText(id, 'name');
      expect(await mailsTo(stage, an.email)).toContain(visit.text('mail.key_used.subject', { keyName: name }));

      await toQuestion(visit, an);
      for (const used of [codes[1], codes[0]]) {
        await visit.send({ code: used ?? '' });
        await visit.expectStep('prove-key', { factor: id, reason: 'code_used' });
      }
      await visit.picture(id);

      // A new set, in another browser: by a code of the old set, which is then void.
      const again = await stage.visit(language, { script });
      await toQuestion(again, an, 'secure');
      await again.send({ code: codes[2] ?? '' });
      const renewed = await toCodes(stage, again, an);
      expect(renewed.filter((code) => codes.includes(code))).toEqual([]);
      await again.send({ code: renewed[5] ?? '' });
      await again.expectStep('done', { factor: id });
      expect(await activeKeys(stage, an)).toEqual([id]);
      const { keys } = await personOf(stage, an);
      expect(keys.map(({ status, sealed }) => [status, sealed === undefined])).toEqual([
        ['off', true],
        ['active', false],
      ]);
      await again.press('continue');
      await expectClaims(again, { acr: 'urn:rekey:acr:substantial' });

      await toQuestion(again, an);
      await again.send({ code: codes[3] ?? '' });
      await again.expectStep('prove-key', { factor: id, reason: 'code_wrong' });
      await again.send({ code: renewed[6] ?? '' });
      await expectClaims(again, { acr: 'urn:rekey:acr:substantial' });
    },
  );

  const offering = {
    factors: {
      'authenticator-app': {},
      [id]: { offerAfterEnrolment: true },
      'token-card': {
        settings: { reuse: 'reusable' },
        schedule: { untilAndIncluding: '2024-01-30', zone: 'Europe/Brussels', replacements: ['authenticator-app'] },
      },
    },
  };
  const secretOn = async (visit: Visit) => (await visit.page.locator('.secret').textContent()) ?? '';
  const codesOn = (visit: Visit) => visit.page.locator('.codes code').allTextContents();

  test.each(['nl', 'fr'] as const)(
    'A-560 are offered once another key works; given up or made, that key stays, and they prove nothing here, %s',
    async (language) => {
      const stage = await own(offering);
      const an = await stage.product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage.visit(language);
      await toWizard(visit, an);
      await toActivation(visit, 'authenticator-app');
      await visit.send({ code: appCode(await secretOn(visit), stage.product.clock.now()) });
      const question = visit.text('done.asks', { key: visit.factorText(id, 'name') });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.says(question);
      expect(await visit.buttons('action')).toEqual(['continue', 'another', 'end-session']);
      await visit.picture('codes-offered', { everywhere: true });

      for (const way of ['cancel', 'previous']) {
        await visit.press('another');
        await visit.expectStep('activate-key', { factor: id });
        await visit.press(way);
        await visit.expectStep('done', { factor: 'authenticator-app' });
        await visit.says(question);
      }
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);

      await visit.press('another');
      const codes = await codesOn(visit);
      await visit.send({ code: codes[0] ?? '' });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.says(visit.text('done.further'), visit.factorText(id, 'name'));
      await visit.saysNot(question);
      await visit.picture('codes-made', { everywhere: true });
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app', id]);
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
      const on = (key: string) => visit.text('mail.key_on.subject', { keyName: visit.factorText(key, 'name') });
      expect(await mailsTo(stage, an.email)).toEqual(expect.arrayContaining([on('authenticator-app'), on(id)]));
    },
  );

  test.each(['add-key', 'replace-key'])(
    'A-560 are offered in My digital keys too (%s); who writes for longer than five minutes proves a key again',
    async (action) => {
      const actions = ['add-key', 'replace-key'];
      const stage = await own({
        ...offering,
        clients: [{ id: 'keys', secret: 'a-secret-of-the-first-service', actions }],
      });
      const { clock } = stage.product;
      const an = await stage.product.addPerson({ language: 'de', keys: ['token-card', 'authenticator-app'] });
      const app = an.person.keys.find(({ factor }) => factor === 'authenticator-app')?.id ?? '';
      const visit = await stage.visit('de');
      await visit.signIn({ rekey_action: action === 'add-key' ? action : `${action}:${app}` });
      await givePassword(visit, an);
      if ((await visit.data('factor')) !== 'authenticator-app') await visit.choose('authenticator-app');
      await visit.send({ code: appCode(an.totp, clock.now()) });
      await visit.expectStep('confirm-email');
      await visit.press('continue');
      if ((await visit.step()) === 'confirm-email') await visit.send({ code: await mailedCode(stage, an.email) });
      await visit.expectStep('select-key');
      await visit.choose('authenticator-app');
      const secret = await secretOn(visit);
      clock.advance(60_000);
      await visit.send({ code: appCode(secret, clock.now()) });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.press('another');
      const codes = await codesOn(visit);
      clock.advance(6 * 60_000);
      await visit.send({ code: codes[0] ?? '' });
      await visit.expectStep('password', { reason: 'proof_too_old' });
      await visit.send({ username: an.username, password: an.password });
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      await visit.send({ code: appCode(secret, clock.now()) });
      await visit.expectStep('activate-key', { factor: id });
      expect(await codesOn(visit)).toEqual(codes);
      await visit.send({ code: codes[0] ?? '' });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.press('continue');
      expect(new URL(visit.page.url()).searchParams.get('rekey_action_status')).toBe('success');
      expect(await activeKeys(stage, an)).toEqual(expect.arrayContaining(['authenticator-app', id]));
    },
  );

  test('A-560 raise no level in the sign-in in which they were made', async () => {
    const { 'token-card': card } = offering.factors;
    const replacements = ['email-otp'];
    const factors = {
      ...offering.factors,
      'email-otp': {},
      'token-card': { ...card, schedule: { ...card.schedule, replacements } },
    };
    const stage = await own({ ...offering, factors });
    const an = await stage.product.addPerson({ language: 'en', keys: ['token-card'] });
    const visit = await stage.visit('en', { script: false });
    await toWizard(visit, an);
    await toActivation(visit, 'email-otp');
    await visit.send({ code: await mailedCode(stage, an.email) });
    await visit.press('another');
    await visit.send({ code: (await codesOn(visit))[3] ?? '' });
    await visit.expectStep('done', { factor: 'email-otp' });
    await visit.press('continue');
    await expectClaims(visit, { acr: 'urn:rekey:acr:low' });
    expect(await activeKeys(stage, an)).toEqual(['email-otp', id]);
  });

  test('A-560 are offered only where the deployment says so, and to nobody who has them', async () => {
    const stage = await own({ ...offering, factors: { ...offering.factors, [id]: {} } });
    const an = await stage.product.addPerson({ language: 'nl', keys: ['token-card'] });
    const visit = await stage.visit('nl');
    await toWizard(visit, an);
    await toActivation(visit, 'authenticator-app');
    await visit.send({ code: appCode(await secretOn(visit), stage.product.clock.now()) });
    expect(await visit.buttons('action')).toEqual(['continue', 'end-session']);
    await visit.pressTwice({ action: 'another' });
    await visit.expectStep('done', { reason: 'choice_unknown' });
    expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
  });
});
