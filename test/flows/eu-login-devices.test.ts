// Rows E4, E5, E6 and E9 in the deployment EU Login, word by word: from the text message to a key in a device, and with
// that key afterwards.
import { expect, test } from '@jest/globals';
import { activeKeys, expectClaims, givePassword, personOf, textedCode, toFurtherKey } from '../harness/flow-moves.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import type { NewPerson } from '../harness/product.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';
import { plugIn, type Kind } from '../harness/virtual-authenticator.ts';

const euLogin = shippedDeployment('eu-login');
/** Ten days before the first instant of 1 July 2025 in Brussels. */
const before = Date.parse('2025-06-21T00:00:00+02:00');
const after = Date.parse('2025-07-02T09:00:00+02:00');
const acr = 'urn:rekey:acr:substantial';

async function giveSms(visit: Visit, stage: Stage, someone: NewPerson): Promise<void> {
  await visit.expectStep('prove-key', { factor: 'sms' });
  await visit.send({ code: await textedCode(stage, someone) });
}

/**
 * From the password page to the page that activates the new key; before the last day the dialog comes after the proof,
 * afterwards before it.
 */
async function toActivation(visit: Visit, stage: Stage, someone: NewPerson, factor: string): Promise<void> {
  await visit.signIn();
  await givePassword(visit, someone);
  if ((await visit.step()) === 'phase-out') await visit.press('migrate');
  await giveSms(visit, stage, someone);
  if ((await visit.step()) === 'phase-out') await visit.press('migrate');
  await visit.expectStep('confirm-email');
  await visit.press('continue');
  await visit.expectStep('select-key');
  await visit.choose(factor);
  await visit.expectStep('activate-key', { factor });
}

const rows: readonly (readonly ['E4' | 'E5' | 'E6', string, Kind, string | undefined, readonly string[]])[] = [
  ['E4', 'trusted-platform', { transport: 'internal', resident: false }, undefined, ['pop', 'user']],
  ['E5', 'passkey', { transport: 'internal', synced: true }, 'synced', ['swk', 'user']],
  ['E5', 'passkey', { transport: 'internal' }, undefined, ['pop', 'user']],
  ['E6', 'security-key', { transport: 'usb', resident: false }, undefined, ['pop', 'user']],
];
const cases = rows.flatMap(([row, factor, kind, nature, amr], index) =>
  (index % 2 === 0 ? (['nl', 'en'] as const) : (['fr', 'de'] as const)).map(
    (language, at) => ({ row, factor, kind, nature, amr, language, late: at === 1 }) as const,
  ),
);

flows('EU Login: keys in devices', ({ own, shared }) => {
  test.each(cases)(
    '$row $factor ($nature) takes the place of the text message, and opens both services afterwards: $language',
    async ({ row, factor, kind, nature, amr, language, late }) => {
      const stage = await own(euLogin, { at: late ? after : before });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language);
      // The other factor is offered too, but not recommended.
      const other = await plugIn(visit, { transport: kind.transport === 'usb' ? 'internal' : 'usb' });
      if (factor === 'passkey') await other.remove();
      const device = await plugIn(visit, kind);
      await toActivation(visit, stage, an, factor);
      await visit.picture(`EU-${row}`, { everywhere: true });
      await visit.send({ label: 'Mijn sleutel' });
      await visit.expectStep('done', { factor });
      await visit.says('Mijn sleutel', ...(nature === undefined ? [] : [visit.factorText(factor, `nature.${nature}`)]));
      expect(await device.keys()).toHaveLength(1);
      await visit.press('continue');
      await expectClaims(visit, { acr });
      expect(await activeKeys(stage, an)).toEqual([factor]);

      // Afterwards: the other service accepts it at once, and in a new sign-in it is the first key.
      await visit.signIn({ client: 'paymaster' });
      await expectClaims(visit, { acr, aud: 'paymaster' });
      await device.present(false);
      await visit.signIn({ client: 'paymaster', prompt: 'login' });
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor });
      await visit.says('Mijn sleutel');
      await visit.picture(`EU-${row}`, { everywhere: true });
      await device.present(true);
      await visit.press('continue');
      await expectClaims(visit, { acr, amr: ['pwd', ...amr, 'mfa'] });
    },
  );

  test.each(['nl', 'de'] as const)(
    'E6 a security key without a PIN is refused, and the page says so: %s',
    async (language) => {
      const stage = await own(euLogin, { at: after });
      const an = await stage.product.addPerson({ language, keys: ['sms'] });
      const visit = await stage.visit(language);
      await plugIn(visit, { transport: 'usb', resident: false, verifies: false });
      await toActivation(visit, stage, an, 'security-key');
      await visit.page.locator('button[name="action"][value="continue"]').click();
      await visit.page.locator('.device-said:not(:empty)').waitFor();
      await visit.picture('EU-E6-no-pin', { everywhere: true });
      expect(await activeKeys(stage, an)).toEqual(['sms']);
      await visit.press('previous');
      await visit.expectStep('select-key');
    },
  );

  const stage = shared(euLogin, { at: before });

  test.each(['fr', 'en'] as const)(
    'E9 two security keys with names: the second beside the first, either signs in, one goes alone: %s',
    async (language) => {
      const { product } = stage();
      const an = await product.addPerson({ language, keys: ['sms'] });
      const visit = await stage().visit(language);
      const first = await plugIn(visit, { transport: 'usb', resident: false });
      await toActivation(visit, stage(), an, 'security-key');
      await visit.send({ label: 'Bureau' });
      await visit.expectStep('done');
      await visit.press('continue');
      await expectClaims(visit, { acr });

      // A further one of the same kind, proven by the first.
      await toFurtherKey(visit, stage(), an, 'security-key');
      await visit.choose('security-key');
      await visit.expectStep('activate-key', { factor: 'security-key' });
      await first.present(false);
      const second = await plugIn(visit, { transport: 'usb', resident: false });
      await visit.send({ label: 'Coffre' });
      await visit.expectStep('done', { factor: 'security-key' });
      await visit.picture('EU-E9', { everywhere: true });
      await visit.press('continue');
      await expectClaims(visit, { acr });
      const labels = async () =>
        (await personOf(stage(), an)).keys.filter(({ status }) => status === 'active').map(({ label }) => label);
      expect(await labels()).toEqual(['Bureau', 'Coffre']);

      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'security-key' });
      await visit.says('Bureau', 'Coffre');
      await visit.picture('EU-E9', { everywhere: true });
      await visit.press('continue');
      await expectClaims(visit, { acr });

      // The one at the office is lost and is removed.
      const lost = (await personOf(stage(), an)).keys.find(({ label }) => label === 'Bureau')?.id ?? '';
      await product.services.people.change(an.person.id, (person) => {
        const removed = product.services.enrolments.remove(person, lost, {
          by: 'test',
          now: product.clock.now(),
          signsIn: () => true,
        });
        return removed.ok ? removed.person : undefined;
      });
      expect(await labels()).toEqual(['Coffre']);
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, an);
      await visit.says('Coffre');
      await visit.saysNot('Bureau');
      await visit.press('continue');
      await expectClaims(visit, { acr });
      // With the lost key alone nobody gets in.
      await second.remove();
      await first.present(true);
      await visit.signIn({ prompt: 'login' });
      await givePassword(visit, an);
      await visit.page.locator('button[name="action"][value="continue"]').click();
      await visit.page.locator('.device-said:not(:empty)').waitFor();
      await visit.expectStep('prove-key', { factor: 'security-key' });
    },
  );
});
