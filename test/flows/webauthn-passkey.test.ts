// Rows E5 and E9: passkeys, synced and on one device, in a real browser with virtual authenticators; usernameless
// sign-in; failures.
import { expect, test } from '@jest/globals';
import { devices } from '../harness/device-deployment.ts';
import {
  activeKeys,
  expectClaims,
  giveCard,
  givePassword,
  mailsTo,
  personOf,
  toActivation,
  toWizard,
} from '../harness/flow-moves.ts';
import { flows } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';
import { plugIn, type Kind } from '../harness/virtual-authenticator.ts';

const someLanguages = ['nl', 'en'] as const;
const substantial = { acr: 'urn:rekey:acr:substantial' };

flows('a passkey', ({ shared, own }) => {
  const stage = shared(devices);

  /** A person who has replaced the card by a passkey of this browser's authenticator. */
  async function personWithPasskey(visit: Visit, kind: Kind = {}, label = 'Phone') {
    const an = await stage().product.addPerson({ language: visit.language, keys: ['token-card'] });
    const device = await plugIn(visit, kind);
    await toWizard(visit, an);
    await toActivation(visit, 'passkey');
    await visit.send({ label });
    await visit.expectStep('done', { factor: 'passkey' });
    return { an, device };
  }
  /** Goes to the password page. There the browser offers the passkey when the authenticator is touched. */
  const toPassword = async (visit: Visit, an: NewPerson) => {
    await visit.signIn({ prompt: 'login' });
    await visit.choose('passkey');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'passkey' });
  };

  test.each([
    ['nl', true],
    ['fr', false],
    ['en', true],
    ['de', false],
  ] as const)('E5 made in the wizard, then signs in beside the password: %s, synced %s', async (language, synced) => {
    const visit = await stage().visit(language);
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    const device = await plugIn(visit, { synced });
    await toWizard(visit, an);
    await toActivation(visit, 'passkey');
    await visit.says(visit.factorText('passkey', 'enrol.mind'));
    await visit.picture('E5', { everywhere: true });
    await visit.send({ label: 'Mijn telefoon' });
    await visit.expectStep('done', { factor: 'passkey' });
    const nature = synced ? 'synced' : undefined;
    await visit.says(
      'Mijn telefoon',
      ...(nature === undefined ? [] : [visit.factorText('passkey', `nature.${nature}`)]),
    );
    await visit.picture('E5');
    expect(await activeKeys(stage(), an)).toEqual(['passkey']);
    expect((await personOf(stage(), an)).keys.at(-1)).toMatchObject({
      label: 'Mijn telefoon',
      ...(nature && { nature }),
    });
    expect(await device.keys()).toMatchObject([{ isResidentCredential: true }]);
    const name = `${visit.factorText('passkey', 'name')}: Mijn telefoon`;
    expect(await mailsTo(stage(), an.email)).toContain(visit.text('mail.key_on.subject', { keyName: name }));
    await visit.press('continue');
    await expectClaims(visit, { ...substantial, amr: ['pwd', 'otp', synced ? 'swk' : 'pop', 'user', 'mfa'] });

    await device.present(false);
    await toPassword(visit, an);
    await visit.says('Mijn telefoon');
    await visit.picture('E5', { everywhere: true });
    await device.present(true);
    await visit.press('continue');
    await expectClaims(visit, { ...substantial, amr: ['pwd', synced ? 'swk' : 'pop', 'user', 'mfa'] });
  });

  test.each(someLanguages)(
    'E5 without user name and password, by the button of the first page: %s',
    async (language) => {
      const visit = await stage().visit(language);
      const { device } = await personWithPasskey(visit);
      await visit.press('continue');
      const sub = await subject(visit);
      await visit.signIn({ prompt: 'login' });
      await visit.expectStep('choose-key');
      await visit.says(visit.factorText('passkey', 'usernameless'));
      await visit.picture('E5-usernameless', { everywhere: true });
      await visit.press('usernameless');
      await expectClaims(visit, { ...substantial, amr: ['pop', 'user', 'mfa'], sub });
      expect((await device.keys())[0]?.signCount).toBeGreaterThan(1);
    },
  );

  test.each(someLanguages)('E5 offered in the field of the name: %s', async (language) => {
    const visit = await stage().visit(language);
    const { device } = await personWithPasskey(visit, { synced: true });
    await visit.press('continue');
    const sub = await subject(visit);
    await device.present(false);
    await visit.signIn({ prompt: 'login' });
    await visit.choose('authenticator-app');
    await visit.expectStep('password');
    // The person chose another key: the page does not offer a passkey as well.
    expect(await visit.buttons('action')).not.toContain('usernameless');
    await visit.press('other-key');
    await visit.choose('passkey');
    await visit.expectStep('password');
    expect(await visit.page.locator('[name=username]').getAttribute('autocomplete')).toBe('username webauthn');
    await visit.picture('E5-autofill', { everywhere: true });
    await device.present(true);
    await visit.page.reload();
    await visit.page.waitForURL(/\/callback/);
    await expectClaims(visit, { ...substantial, amr: ['swk', 'user', 'mfa'], sub });
  });

  test.each(someLanguages)(
    'E5 a passkey that nobody knows here: one sentence, and the ordinary way: %s',
    async (language) => {
      const visit = await stage().visit(language);
      const { an } = await personWithPasskey(visit);
      await stage().product.services.people.change(an.person.id, (person) => ({
        ...person,
        keys: person.keys.map(({ unique: _gone, ...key }) => key),
      }));
      await visit.press('end-session');
      await visit.press('usernameless');
      await visit.expectStep('choose-key', { reason: 'device_unknown' });
      await visit.saysNot(an.username, an.email);
      await visit.picture('E5-unknown');
      // A disabled account gets the same answer.
      const other = await stage().visit(language);
      const off = await personWithPasskey(other);
      await stage().product.services.people.change(off.an.person.id, (person) => ({ ...person, disabled: true }));
      await other.page.goto('about:blank');
      await other.signIn({ prompt: 'login' });
      await other.press('usernameless');
      await other.expectStep('choose-key', { reason: 'device_unknown' });
      expect(other.isAtRelyingParty()).toBe(false);
    },
  );

  test.each(['fr', 'de'] as const)('E5 where the name comes first: no name is typed: %s', async (language) => {
    const first = await own({ ...devices, signIn: { order: 'name-first' } });
    const an = await first.product.addPerson({ language, keys: ['token-card'] });
    const visit = await first.visit(language);
    const device = await plugIn(visit);
    await visit.signIn();
    await givePassword(visit, an);
    await giveCard(visit, an);
    await visit.expectStep('phase-out', { factor: 'token-card' });
    await visit.press('migrate');
    await toActivation(visit, 'passkey');
    await visit.send({ label: '' });
    await visit.expectStep('done', { factor: 'passkey' });
    await visit.press('continue');
    const sub = await subject(visit);
    await device.present(false);
    await visit.signIn({ prompt: 'login' });
    await visit.expectStep('password');
    expect(await visit.page.locator('[name=username]').getAttribute('autocomplete')).toBe('username webauthn');
    await visit.picture('E5-name-first', { everywhere: true });
    await visit.page.locator('button[value="usernameless"]').click();
    await visit.page.getByText(visit.text('device.waiting')).waitFor();
    await device.present(true);
    await visit.signIn({ prompt: 'login' });
    await visit.page.waitForURL(/\/callback/);
    await expectClaims(visit, { ...substantial, amr: ['pop', 'user', 'mfa'], sub });
  });

  test.each(['fr', 'de'] as const)(
    'E5 cancelled, not checked, not there: the page says so, and goes on: %s',
    async (language) => {
      const visit = await stage().visit(language);
      const { an, device } = await personWithPasskey(visit);
      await visit.press('continue');
      await device.present(false);
      await toPassword(visit, an);
      // The device does not verify the person.
      await device.verified(false);
      await device.present(true);
      await visit.page.locator('button[value="continue"]').click();
      await visit.page.getByText(visit.text('device.cancelled')).waitFor();
      await visit.expectStep('prove-key', { factor: 'passkey' });
      await visit.picture('E5-cancelled', { everywhere: true });
      expect(await visit.buttons('action')).toContain('other-key');
      await device.verified(true);
      await visit.press('continue');
      await expectClaims(visit, { ...substantial, amr: ['pwd', 'pop', 'user', 'mfa'] });
      // The device is not here.
      await device.present(false);
      await toPassword(visit, an);
      await device.remove();
      await plugIn(visit, { transport: 'usb', resident: false });
      await visit.page.locator('button[value="continue"]').click();
      await visit.page.getByText(visit.text('device.waiting')).waitFor();
      await visit.press('other-key');
      await visit.expectStep('choose-key');
      expect(await activeKeys(stage(), an)).toEqual(['passkey']);
    },
  );

  test.each(someLanguages)(
    'E5 without script, and in a browser without such keys: other ways: %s',
    async (language) => {
      const visit = await stage().visit(language);
      const { an, device } = await personWithPasskey(visit);
      await device.present(false);
      const bare = await stage().visit(language, { script: false });
      await bare.signIn();
      expect(await bare.page.locator('button[value="usernameless"]').isVisible()).toBe(false);
      await bare.choose('passkey');
      await givePassword(bare, an);
      await bare.expectStep('prove-key', { factor: 'passkey' });
      await bare.says(bare.text('device.noscript'));
      await bare.picture('E5-noscript', { everywhere: true });
      await bare.press('continue');
      await bare.expectStep('prove-key', { factor: 'passkey', reason: 'script_missing' });
      await bare.press('other-key');
      await bare.expectStep('choose-key');
      expect((await personOf(stage(), an)).keys.at(-1)?.attempts.count).toBe(0);

      const old = await stage().visit(language);
      await old.page.addInitScript('delete window.PublicKeyCredential');
      await old.signIn();
      expect(await old.page.locator('button[value="usernameless"]').isVisible()).toBe(false);
      await old.choose('passkey');
      await givePassword(old, an);
      await old.expectStep('prove-key', { factor: 'passkey' });
      await old.says(old.text('device.unsupported'));
      expect(await old.page.locator('button[value="continue"]').isDisabled()).toBe(true);
      await old.picture('E5-unsupported');
      await old.press('other-key');
      await old.expectStep('choose-key');
    },
  );
});

async function subject(visit: Visit): Promise<unknown> {
  const told = await visit.told();
  return 'claims' in told ? told.claims['sub'] : undefined;
}
