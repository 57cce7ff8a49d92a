// Rows E4, E6, E9: the computer itself, a security key, several of a factor, two connected at once.
import { expect, test } from '@jest/globals';
import { removeKey } from '../../admin/use-cases/key-remove.ts';
import { devices } from '../harness/device-deployment.ts';
import {
  activeKeys,
  appCode,
  expectClaims,
  givePassword,
  mailsTo,
  personOf,
  toActivation,
  toWizard,
  toFurtherKey,
} from '../harness/flow-moves.ts';
import { flows } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';
import { plugIn, type VirtualAuthenticator } from '../harness/virtual-authenticator.ts';

const substantial = { acr: 'urn:rekey:acr:substantial' };
const key = { transport: 'usb', resident: false, verifies: false } as const;
const someLanguages = ['nl', 'en'] as const;

flows('keys in devices', ({ shared }) => {
  const stage = shared({ ...devices, signIn: { order: 'key-first', secureAccount: true } });

  const enrolled = async (visit: Visit, factor: string, label: string) => {
    const an = await stage().product.addPerson({ language: visit.language, keys: ['token-card'] });
    await toWizard(visit, an);
    await toActivation(visit, factor);
    await visit.send({ label });
    await visit.expectStep('done', { factor });
    return an;
  };
  const toProof = async (visit: Visit, an: NewPerson, factor: string) => {
    await visit.signIn({ prompt: 'login' });
    await visit.choose(factor);
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor });
  };

  test.each(['fr', 'de', 'nl', 'en'] as const)('E4 this computer: activated, and signs in: %s', async (language) => {
    const visit = await stage().visit(language);
    // A security key is connected as well: it is not the computer.
    const ring = await plugIn(visit, { transport: 'usb' });
    const computer = await plugIn(visit, { transport: 'internal' });
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    await toWizard(visit, an);
    await toActivation(visit, 'trusted-platform');
    await visit.says(visit.factorText('trusted-platform', 'enrol.mind'));
    await visit.picture('E4', { everywhere: true });
    await visit.send({ label: 'Laptop' });
    await visit.expectStep('done', { factor: 'trusted-platform' });
    await visit.says('Laptop', visit.factorText('trusted-platform', 'name'));
    await visit.picture('E4');
    expect([await computer.keys(), await ring.keys()].map((keys) => keys.length)).toEqual([1, 0]);
    await visit.press('continue');
    await toProof(visit, an, 'trusted-platform');
    await visit.picture('E4', { everywhere: true });
    await visit.press('continue');
    await expectClaims(visit, { ...substantial, amr: ['pwd', 'pop', 'user', 'mfa'] });
    expect(await activeKeys(stage(), an)).toEqual(['trusted-platform']);
  });

  test.each(someLanguages)('E4 a computer without a lock is not one: the page says so: %s', async (language) => {
    const visit = await stage().visit(language);
    await plugIn(visit, { transport: 'internal', verifies: false });
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    await toWizard(visit, an);
    await toActivation(visit, 'trusted-platform');
    await visit.page.getByText(visit.text('device.missing')).waitFor();
    await visit.picture('E4-no-lock');
    await visit.press('previous');
    await visit.expectStep('select-key');
    expect(await activeKeys(stage(), an)).toEqual(['token-card']);
  });

  test.each(['fr', 'de', 'nl', 'en'] as const)('E6 a key on a ring, by touch or by PIN: %s', async (language) => {
    const visit = await stage().visit(language);
    const pin = language === 'fr' || language === 'en';
    const computer = await plugIn(visit, { transport: 'internal' });
    const ring = await plugIn(visit, { ...key, verifies: pin });
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    await toWizard(visit, an);
    await toActivation(visit, 'security-key');
    await visit.picture('E6', { everywhere: true });
    await visit.send({ label: 'Sleutelbos' });
    await visit.expectStep('done', { factor: 'security-key' });
    await visit.picture('E6');
    expect([await computer.keys(), await ring.keys()].map((keys) => keys.length)).toEqual([0, 1]);
    await visit.press('continue');
    await toProof(visit, an, 'security-key');
    await visit.says('Sleutelbos');
    await visit.picture('E6', { everywhere: true });
    await visit.press('continue');
    await expectClaims(visit, { ...substantial, amr: ['pwd', 'pop', ...(pin ? ['user'] : []), 'mfa'] });
  });

  test.each(someLanguages)(
    'E9 two keys of one kind, with names: either signs in, and one goes alone: %s',
    async (language) => {
      const visit = await stage().visit(language);
      const first = await plugIn(visit, key);
      const an = await enrolled(visit, 'security-key', 'Home');
      await visit.press('continue');
      const label = 'Work';
      await toSecond(visit, an, label, first);
      const { keys } = await personOf(stage(), an);
      expect(keys.filter(({ status }) => status === 'active').map((one) => one.label)).toEqual(['Home', 'Work']);

      await visit.press('continue');
      await toProof(visit, an, 'security-key');
      await visit.says('Home', label);
      await visit.picture('E9', { everywhere: true });
      await visit.press('continue');
      await expectClaims(visit, { ...substantial, amr: ['pwd', 'pop', 'mfa'] });
      const used = (await personOf(stage(), an)).keys.filter(({ lastUsedAt }) => lastUsedAt !== undefined);
      expect(used.length).toBeGreaterThan(0);
      // The lost one is switched off alone; the other one still works.
      const { services } = stage().product;
      expect(await removeKey(services, { person: an.username, key: 'Home', by: 'cli:test' })).toMatchObject({
        ok: true,
      });
      const name = `${visit.factorText('security-key', 'name')}: Home`;
      expect(await mailsTo(stage(), an.email)).toContain(visit.text('mail.key_off.subject', { keyName: name }));
      await toProof(visit, an, 'security-key');
      await visit.says(label);
      await visit.saysNot('Home');
      await first.remove();
      await visit.press('continue');
      await expectClaims(visit, { ...substantial });
    },
  );

  const choose = async (visit: Visit, factor: string) => {
    await visit.choose(factor);
    await visit.expectStep('activate-key', { factor });
  };

  async function toSecond(visit: Visit, an: NewPerson, label: string, first: VirtualAuthenticator): Promise<void> {
    await toFurtherKey(visit, stage(), an, 'security-key');
    // A person with two in hand touches the new one.
    await first.present(false);
    const second = await plugIn(visit, key);
    await choose(visit, 'security-key');
    expect(await visit.page.locator('[name=label]').inputValue()).toBe(
      visit.factorText('security-key', 'label.default', { number: 2 }),
    );
    await visit.send({ label });
    await visit.expectStep('done', { factor: 'security-key' });
    expect([await first.keys(), await second.keys()].map((keys) => keys.length)).toEqual([1, 1]);
    await first.present(true);
  }

  test.each(someLanguages)(
    'E6 a device that is active already says so, and another kind is offered: %s',
    async (language) => {
      const visit = await stage().visit(language);
      await plugIn(visit, { transport: 'usb' });
      const an = await enrolled(visit, 'security-key', 'Ring');
      await visit.press('continue');
      await toFurtherKey(visit, stage(), an, 'security-key');
      await choose(visit, 'passkey');
      await visit.page.locator('button[value="continue"]').click();
      await visit.page.getByText(visit.text('device.registered')).waitFor();
      await visit.picture('E6-known');
      await visit.press('previous');
      await visit.choose('authenticator-app');
      const secret = (await visit.page.locator('.secret').textContent()) ?? '';
      await visit.send({ code: appCode(secret, stage().product.clock.now()) });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      expect(await activeKeys(stage(), an)).toEqual(['security-key', 'authenticator-app']);
    },
  );
});
