// A first key, or a further one, during a sign-in; and the deadline after which everybody needs one.
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
} from '../harness/flow-moves.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';

const single = 'urn:rekey:acr:single';
const clients = [
  { id: 'desk', secret: 'a-secret-of-the-first-service', level: 'single', accepts: ['authenticator-app'] },
  { id: 'office', secret: 'a-secret-of-the-second-service', level: 'substantial' },
];
/**
 * A desk that a password is enough for, until a deadline for its staff, and an office that always asks for a strong
 * key.
 */
const deployment = (signIn: object = {}, more: object = {}) => ({
  clients,
  factors: { 'authenticator-app': { recommended: true }, 'email-otp': {}, 'token-card': {} },
  password: { minimumLength: 15 },
  signIn: { order: 'key-first', secureAccount: true, ...signIn },
  ...more,
});
const staff = {
  secondFactorDeadlines: [
    {
      client: 'desk',
      group: 'staff',
      announce: '2024-01-02',
      voluntaryUntilAndIncluding: '2024-01-30',
      zone: 'Europe/Brussels',
    },
  ],
};
const firstOfDay = Date.parse('2024-01-31T00:00:00+01:00');

/** Step 1 of 4: the code to the mailbox, which is shown masked. */
async function proveMailbox(stage: Stage, visit: Visit, someone: NewPerson): Promise<void> {
  await visit.expectStep('confirm-email');
  expect(await visit.buttons('action')).not.toContain('change');
  await visit.saysNot(someone.email);
  await visit.press('continue');
  await visit.expectStep('confirm-email');
  expect(await visit.data('mode')).toBe('prove');
  await visit.saysNot(someone.email);
  await visit.send({ code: await mailedCode(stage, someone.email) });
}

async function activateApp(stage: Stage, visit: Visit): Promise<void> {
  await visit.expectStep('select-key');
  await visit.choose('authenticator-app');
  await visit.expectStep('activate-key', { factor: 'authenticator-app' });
  const secret = (await visit.page.locator('.secret').textContent()) ?? '';
  await visit.send({ code: appCode(secret, stage.product.clock.now()) });
  await visit.expectStep('done', { factor: 'authenticator-app' });
}

flows('secure your account', ({ shared, own }) => {
  const stage = shared(deployment(staff));

  test.each(['nl', 'fr'] as const)(
    'D1 by the link under the form: a code by mail, the app, and the sign-in goes on, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: [] });
      const visit = await stage().visit(language, { script: language === 'nl' });
      await visit.signIn();
      await visit.expectStep('password');
      await visit.says(visit.text('password.secure'));
      await visit.picture('D1', { everywhere: true });
      await visit.press('secure');
      await visit.expectStep('password');
      await visit.says(visit.text('password.securing'));
      await visit.picture('D1');
      // By mistake: back, and again.
      await visit.press('cancel');
      await visit.saysNot(visit.text('password.securing'));
      await visit.press('secure');
      await givePassword(visit, an);
      await visit.picture('D1', { everywhere: true });
      await proveMailbox(stage(), visit, an);
      await visit.picture('D1');
      await activateApp(stage(), visit);
      await visit.says(visit.text('done.mail'));
      await visit.saysNot(visit.text('done.mails'));
      await visit.picture('D1');
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
      expect(await activeKeys(stage(), an)).toEqual(['authenticator-app']);
      expect(await mailsTo(stage(), an.email)).toHaveLength(2);
    },
  );

  test.each(['de', 'en'] as const)(
    'D1 a person with a key proves it before a further one, also where keys come first, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['email-otp', 'token-card'] });
      const visit = await stage().visit(language);
      await visit.signIn({ client: 'office' });
      await visit.expectStep('choose-key');
      await visit.press('secure');
      await givePassword(visit, an);
      await visit.expectStep('prove-key');
      await visit.says(visit.text('prove_key.for_migration'));
      if ((await visit.data('factor')) === 'email-otp') await visit.choose('token-card');
      await visit.send({ code: an.card[(await visit.data('position')) ?? ''] ?? '' });
      await proveMailbox(stage(), visit, an);
      await activateApp(stage(), visit);
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
      expect((await activeKeys(stage(), an)).toSorted()).toEqual(['authenticator-app', 'email-otp', 'token-card']);
    },
  );

  test.each(['nl', 'de'] as const)(
    'A-054 a weak key adds no strong one beside another strong one, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['email-otp', 'token-card'] });
      const visit = await stage().visit(language);
      await visit.signIn();
      await visit.press('secure');
      await givePassword(visit, an);
      if ((await visit.data('factor')) !== 'email-otp') await visit.choose('email-otp');
      await visit.send({ code: await mailedCode(stage(), an.email) });
      await visit.expectStep('refused', { reason: 'stronger_proof_needed' });
      expect(await activeKeys(stage(), an)).toEqual(['email-otp', 'token-card']);
    },
  );

  test.each(['fr', 'en'] as const)(
    'a password alone is enough at the desk for a person without a key, and nowhere else, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: [] });
      const visit = await stage().visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      await expectClaims(visit, { acr: single, amr: ['pwd'] });
      // By single sign-on as well.
      await visit.signIn({ prompt: 'none' });
      await expectClaims(visit, { acr: single, amr: ['pwd'] });
      // Not at the office, and not if the desk asks for more.
      await visit.signIn({ client: 'office', prompt: 'none' });
      expect(await visit.told()).toEqual({ error: 'login_required' });
      await visit.signIn({ prompt: 'none', acr_values: 'urn:rekey:acr:substantial' });
      expect(await visit.told()).toEqual({ error: 'login_required' });
      await visit.signIn({ acr_values: 'urn:rekey:acr:substantial' });
      await visit.expectStep('secure-account');
      await visit.picture('secure-account-must', { everywhere: true });
      expect(await visit.buttons('action')).toEqual(['secure', 'cancel']);
      // The password of the session is young enough.
      await visit.press('secure');
      await proveMailbox(stage(), visit, an);
      await activateApp(stage(), visit);
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
    },
  );

  test.each(['nl', 'en'] as const)(
    'a person with a key is asked for it at the desk too, and activates one that it accepts, %s',
    async (language) => {
      const an = await stage().product.addPerson({ language, keys: ['authenticator-app'] });
      const jo = await stage().product.addPerson({ language, keys: ['email-otp'] });
      const visit = await stage().visit(language);
      await visit.signIn();
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      const other = await stage().visit(language);
      await other.signIn();
      await givePassword(other, jo);
      await other.expectStep('secure-account');
      await other.press('secure');
      await other.expectStep('prove-key', { factor: 'email-otp' });
      await other.send({ code: await mailedCode(stage(), jo.email) });
      stage().product.clock.advance(31_000);
      await proveMailbox(stage(), other, jo);
      await activateApp(stage(), other);
      await other.press('continue');
      await expectClaims(other, { acr: 'urn:rekey:acr:substantial' });
      expect(await activeKeys(stage(), jo)).toEqual(['email-otp', 'authenticator-app']);
    },
  );

  test('without an address, and with a password of six minutes ago', async () => {
    const an = await stage().product.addPerson({ keys: [], email: null });
    const visit = await stage().visit('en');
    await visit.signIn();
    await visit.press('secure');
    await givePassword(visit, an);
    await visit.expectStep('refused', { reason: 'mailbox_missing' });
    await visit.press('back');
    await expectClaims(visit, { acr: single });
    stage().product.clock.advance(6 * 60_000);
    await visit.signIn({ acr_values: 'urn:rekey:acr:substantial' });
    await visit.press('secure');
    await visit.expectStep('password');
    expect((await personOf(stage(), an)).keys).toEqual([]);
  });

  test.each(['nl', 'fr'] as const)('part 5: from a day on the staff must, others may, %s', async (language) => {
    const current = await own(deployment(staff), { at: firstOfDay - 1 });
    const { product } = current;
    const jo = await product.addPerson({ language, keys: [] });
    const an = await product.addPerson({ language, keys: [], groups: ['staff'] });
    const visit = await current.visit(language);
    // The last millisecond: the page names the day, and the sign-in continues.
    await visit.signIn();
    await givePassword(visit, an);
    await visit.expectStep('secure-account');
    await visit.says({ nl: '31 januari 2024', fr: '31 janvier 2024' }[language]);
    expect(await visit.buttons('action')).toEqual(['secure', 'postpone']);
    await visit.picture('second-factor-deadline', { everywhere: true });
    await visit.press('postpone');
    await expectClaims(visit, { acr: single, amr: ['pwd'] });

    product.clock.set(firstOfDay);
    // A session from before is not enough after it.
    await visit.signIn({ prompt: 'none' });
    expect(await visit.told()).toEqual({ error: 'login_required' });
    const other = await current.visit(language);
    await other.signIn();
    await givePassword(other, an);
    await other.expectStep('secure-account');
    await other.says({ nl: 'Sinds 31 januari 2024', fr: 'Depuis le 31 janvier 2024' }[language]);
    expect(await other.buttons('action')).toEqual(['secure', 'cancel']);
    await other.picture('second-factor-deadline');
    await other.press('secure');
    // After cancelling half-way, it is as before.
    await other.press('cancel');
    await other.expectStep('secure-account');
    await other.press('secure');
    await proveMailbox(current, other, an);
    await activateApp(current, other);
    await other.press('continue');
    await expectClaims(other, { acr: 'urn:rekey:acr:substantial' });

    // Not of the staff: no change.
    const third = await current.visit(language);
    await third.signIn();
    await givePassword(third, jo);
    await expectClaims(third, { acr: single });
  });

  test.each(['de', 'en'] as const)(
    'D6 a person with a shared mailbox may not activate a key, with the reason, %s',
    async (language) => {
      const current = await own(deployment({}, { sharedMailboxes: { mayEnrol: false } }));
      const { product } = current;
      const desk = await product.addPerson({
        language,
        keys: [],
        username: 'info@bib.example',
        email: 'info@bib.example',
      });
      const visit = await current.visit(language);
      await visit.signIn();
      await visit.press('secure');
      await givePassword(visit, desk);
      await visit.expectStep('refused', { reason: 'mailbox_shared' });
      await visit.picture('D6', { everywhere: true });
      expect(product.mails).toEqual([]);
      expect((await personOf({ product }, desk)).keys).toEqual([]);
      await visit.press('back');
      await expectClaims(visit, { acr: single });
    },
  );
});
