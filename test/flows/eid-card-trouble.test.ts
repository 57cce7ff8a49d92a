// What goes wrong with an identity card before anything is proved: on the computer, and at its issuer (D-09).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import axe, { type AxeResults } from 'axe-core';
import { installExtension } from '../eid-world/web-eid-extension.ts';
import { createCardWorld, linkCard } from '../harness/card-deployment.ts';
import { activeKeys, appCode, expectClaims, givePassword } from '../harness/flow-moves.ts';
import { allLanguages, flows } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';

const world = await createCardWorld();
const { country } = world;
const { responder } = country;
afterAll(() => world.close());
const factor = 'eid-card';
const texts = ['help.reader', 'help.card', 'help.pin', 'help.blocked', 'help.out'];

flows('an identity card that does not work', ({ shared }) => {
  const stage = shared(world.deployment);
  let last = 0;
  /** On the page that asks for the card; the person has an authenticator app too. */
  const atCard = async (language: (typeof allLanguages)[number], options: { readonly script?: boolean } = {}) => {
    Object.assign(responder, { now: stage().product.clock.now(), behaviour: 'good' });
    const an = await stage().product.addPerson({ language, keys: ['authenticator-app'] });
    last += 1;
    const card = await country.card({ numbers: [String(71_715_100_000 + last)] });
    await linkCard(stage(), an, card);
    const visit = await stage().visit(language, options);
    const toCard = async () => {
      await visit.signIn({ prompt: 'login' });
      await visit.choose(factor);
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor });
    };
    return { an, card, visit, toCard };
  };
  const status = (visit: Visit) => visit.page.locator('.device [role=status]');
  const axeFaults = async (visit: Visit): Promise<string[]> => {
    if (await visit.page.evaluate(`!('axe' in window)`)) await visit.page.evaluate(axe.source);
    const found = await visit.page.evaluate<AxeResults>('axe.run({})');
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' · ')}`);
  };

  test('A-535 the script of the page is small', async () => {
    const bytes = await readFile(join(import.meta.dirname, '../../factors/eid-card/views/page.js'));
    expect(bytes.length).toBeLessThanOrEqual(3_000);
  });

  test.each(allLanguages)(
    'A-535 each trouble is named with what to do, by keyboard, axe clean: %s',
    async (language) => {
      const { visit, toCard } = await atCard(language);
      await toCard();
      const says = async (key: string) => {
        await status(visit).getByText(visit.factorText(factor, key)).waitFor();
        expect(await axeFaults(visit)).toEqual([]);
        expect(await visit.buttons('key')).toContain('authenticator-app');
      };
      // Silence: no extension. Said without a click.
      await says('card.extension');
      await visit.picture('trouble', { everywhere: true });
      const reader = await installExtension(visit.context);
      for (const [code, key] of [
        ['NATIVE_UNAVAILABLE', 'card.app'],
        ['VERSION_MISMATCH', 'card.old'],
      ] as const) {
        reader.fails = code;
        await visit.page.reload();
        await says(key);
      }
      delete reader.fails;
      await visit.page.reload();
      const help = visit.page.locator('details');
      expect(await help.getAttribute('open')).toBeNull();
      for (const [code, key, opens] of [
        // The window was closed: no reader, no card, or the person did not want to.
        ['USER_CANCELLED', 'card.cancelled', true],
        ['USER_TIMEOUT', 'card.late', false],
        ['ACTION_PENDING', 'card.busy', false],
        // The card was pulled out, or its PIN is blocked.
        ['NATIVE_FATAL', 'card.failed', true],
      ] as const) {
        await visit.page.reload();
        await status(visit).waitFor({ state: 'attached' });
        reader.fails = code;
        const button = visit.page.locator('button[name="action"][value="continue"]');
        await button.focus();
        await visit.page.keyboard.press('Enter');
        await says(key);
        // Nothing was sent, the person is still at the button, and the help stands open where it is needed.
        expect(await visit.page.evaluate('document.activeElement.value')).toBe('continue');
        expect((await help.getAttribute('open')) !== null).toBe(opens);
        delete reader.fails;
      }
      for (const key of texts) expect(await visit.page.getByText(visit.factorText(factor, key)).isVisible()).toBe(true);
      await visit.picture('trouble', { everywhere: true });
    },
  );

  test.each(allLanguages)('A-535 without script it is said at once, and another key is there: %s', async (language) => {
    const { an, visit, toCard } = await atCard(language, { script: false });
    await toCard();
    await visit.says(visit.text('device.noscript'));
    await visit.choose('authenticator-app');
    await visit.expectStep('prove-key', { factor: 'authenticator-app' });
    await visit.send({ code: appCode(an.totp, stage().product.clock.now()) });
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
    expect(await activeKeys(stage(), an)).toEqual(['authenticator-app', factor]);
  });

  test.each([
    ['refuses the connection', 'good'],
    ['is silent', 'silent'],
    ['answers a byte at a time', 'slow'],
    ['answers with something else', 'wrong type'],
    ['answers too much', 'huge'],
    ['answers with an error', 'error status'],
  ] as const)(
    'D-09 A-534 an issuer that %s ends in a page within five seconds, with other keys',
    async (name, behaviour) => {
      const { an, card, visit, toCard } = await atCard('nl');
      const reader = await installExtension(visit.context);
      reader.card = card;
      await toCard();
      responder.behaviour = behaviour;
      if (name.startsWith('refuses')) await responder.goDown();
      try {
        const before = performance.now();
        await visit.press('continue');
        await visit.expectStep('prove-key', { factor, reason: 'check_unavailable' });
        expect(performance.now() - before).toBeLessThan(5_000);
        await visit.says(visit.text('reason.check_unavailable.title'), visit.text('reason.check_unavailable.next'));
        await visit.picture('D-09');
      } finally {
        if (name.startsWith('refuses')) await responder.comeBack();
      }
      // It is back: the same card signs in. No try was counted against it.
      responder.behaviour = 'good';
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:high' });
      expect(await activeKeys(stage(), an)).toEqual(['authenticator-app', factor]);
    },
  );

  test('D-09 while the issuer does not answer the other key signs in', async () => {
    const { an, card, visit, toCard } = await atCard('fr');
    const reader = await installExtension(visit.context);
    reader.card = card;
    await toCard();
    responder.behaviour = 'try later';
    await visit.press('continue');
    await visit.expectStep('prove-key', { factor, reason: 'check_unavailable' });
    await visit.choose('authenticator-app');
    await visit.send({ code: appCode(an.totp, stage().product.clock.now()) });
    await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
    expect(await activeKeys(stage(), an)).toEqual(['authenticator-app', factor]);
  });
});
