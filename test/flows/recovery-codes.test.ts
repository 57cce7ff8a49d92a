// Ten codes for the day on which no other key is at hand: enrolled, used once each, and renewed as a whole.
import { expect, test } from '@jest/globals';
import { flows, type Stage } from '../harness/flow-stage.ts';
import { activeKeys, expectClaims, givePassword, mailedCode, mailsTo, personOf } from '../harness/flow-moves.ts';
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
});
