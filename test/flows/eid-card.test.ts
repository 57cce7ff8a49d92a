// Row E7: an identity card in a reader, in Chromium with a stand-in of the Web eID extension.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createCountry } from '../eid-world/country.ts';
import { writeCountry } from '../eid-world/trust-folder.ts';
import { installExtension } from '../eid-world/web-eid-extension.ts';
import { activeKeys, expectClaims, givePassword, toActivation, toWizard } from '../harness/flow-moves.ts';
import { flows } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { start, type NewPerson } from '../harness/product.ts';

const country = await createCountry(start);
const folder = mkdtempSync(join(tmpdir(), 'rekey-card-flow-'));
afterAll(async () => {
  await country.responder.close();
  rmSync(folder, { recursive: true });
});

const goes = {
  closeEnrolment: '2023-07-19',
  untilAndIncluding: '2024-01-30',
  zone: 'Europe/Brussels',
  after: 're-enrol',
  replacements: ['eid-card', 'authenticator-app'],
};
const deployment = {
  factors: {
    'eid-card': { recommended: true, settings: { linkKey: 'k'.repeat(32), ...writeCountry(folder, country) } },
    'authenticator-app': {},
    'token-card': { settings: { reuse: 'reusable' }, schedule: goes },
  },
  internalHosts: [country.responder.host],
  signIn: { order: 'key-first', secureAccount: true },
};

flows('an identity card', ({ shared }) => {
  const stage = shared(deployment);
  const { responder } = country;
  const numbers = { nl: '71715100070', fr: '71715100171', de: '71715100272', en: '71715100373' } as const;

  const atReader = async (language: keyof typeof numbers) => {
    responder.now = stage().product.clock.now();
    responder.behaviour = 'good';
    const visit = await stage().visit(language);
    const reader = await installExtension(visit.context);
    const an = await stage().product.addPerson({ language, keys: ['token-card'] });
    await toWizard(visit, an);
    await toActivation(visit, 'eid-card');
    return { visit, reader, an };
  };
  const toProof = async (visit: Visit, an: NewPerson) => {
    await visit.signIn({ prompt: 'login' });
    await visit.choose('eid-card');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'eid-card' });
  };
  const says = (visit: Visit, key: string) => visit.page.getByText(visit.factorText('eid-card', key)).waitFor();

  test.each(['nl', 'fr'] as const)('E7 linked, signs in, and what goes wrong is told apart: %s', async (language) => {
    const { visit, reader, an } = await atReader(language);
    await visit.picture('E7', { everywhere: true });
    // No card in the reader: the window is closed, and nothing was sent.
    await visit.page.locator('button[name="action"][value="continue"]').click();
    await says(visit, 'card.cancelled');
    const numbersOf = { numbers: [numbers[language]] };
    reader.card = await country.card(numbersOf);
    await visit.press('continue');
    await visit.expectStep('done', { factor: 'eid-card' });
    await visit.press('continue');
    expect(await activeKeys(stage(), an)).toEqual(['eid-card']);

    await toProof(visit, an);
    await visit.picture('E7', { everywhere: true });
    const linked = reader.card;
    const refusals = [
      [{ numbers: ['80010100101'] }, 'holder_other'],
      [numbersOf, 'certificate_replaced'],
    ] as const;
    for (const [wish, reason] of refusals) {
      reader.card = await country.card(wish);
      await visit.press('continue');
      await visit.expectStep('prove-key', { reason });
    }
    reader.card = linked;
    await visit.press('continue');
    await expectClaims(visit, { acr: 'urn:rekey:acr:high', amr: ['pwd', 'sc', 'pin', 'mfa'] });
  });

  test('a second account with the same card is refused', async () => {
    const { visit, reader } = await atReader('en');
    const card = await country.card({ numbers: [numbers.en] });
    reader.card = card;
    await visit.press('continue');
    await visit.expectStep('done', { factor: 'eid-card' });
    const other = await atReader('en');
    other.reader.card = card;
    await other.visit.press('continue');
    await other.visit.expectStep('activate-key', { reason: 'device_known' });
    expect(await activeKeys(stage(), other.an)).toEqual(['token-card']);
  });

  test('a responder that is silent, and a card that is revoked: each with its sentence, and nothing is linked', async () => {
    const { visit, reader, an } = await atReader('de');
    reader.card = await country.card({ numbers: [numbers.de] });
    for (const [behaviour, reason] of [
      ['silent', 'check_unavailable'],
      ['revoked', 'certificate_revoked'],
    ] as const) {
      responder.behaviour = behaviour;
      await visit.press('continue');
      await visit.expectStep('activate-key', { reason });
    }
    expect(await activeKeys(stage(), an)).toEqual(['token-card']);
  });

  test('what is missing on the computer is said at once: no extension, no app, an old one', async () => {
    const visit = await stage().visit('en');
    const an = await stage().product.addPerson({ language: 'en', keys: ['token-card'] });
    await toWizard(visit, an);
    await toActivation(visit, 'eid-card');
    await says(visit, 'card.extension');
    const reader = await installExtension(visit.context);
    for (const [code, key] of [
      ['NATIVE_UNAVAILABLE', 'card.app'],
      ['VERSION_MISMATCH', 'card.old'],
      ['USER_TIMEOUT', 'card.late'],
      ['ACTION_PENDING', 'card.busy'],
      ['NATIVE_FATAL', 'card.failed'],
    ] as const) {
      reader.fails = code;
      await visit.page.reload();
      await says(visit, key);
    }
    expect(reader.asked).toBe(0);
  });
});
