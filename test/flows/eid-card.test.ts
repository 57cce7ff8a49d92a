// Row E7: an identity card in a reader, in Chromium with a stand-in of the Web eID extension.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { exportPeople } from '../../admin/use-cases/person-export.ts';
import type { CertifiedKey, Wish } from '../eid-world/national-pki.ts';
import { signToken } from '../eid-world/software-card.ts';
import { installExtension } from '../eid-world/web-eid-extension.ts';
import { createCardWorld, linkCard } from '../harness/card-deployment.ts';
import { activeKeys, appCode, expectClaims, givePassword, mailedCode } from '../harness/flow-moves.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { start, type NewPerson } from '../harness/product.ts';

const world = await createCardWorld();
const { country } = world;
const { responder } = country;
afterAll(() => world.close());

flows('an identity card', ({ shared }) => {
  const stage = shared(world.deployment);
  const numbers = { nl: '71715100070', fr: '71715100171', de: '71715100272', en: '71715100373' } as const;

  /** On the page that links a card; the person has an authenticator app, and has just proved it. */
  const atReader = async (language: keyof typeof numbers) => {
    Object.assign(responder, { now: stage().product.clock.now(), behaviour: 'good' });
    const visit = await stage().visit(language);
    const reader = await installExtension(visit.context);
    const an = await stage().product.addPerson({ language, keys: ['authenticator-app'] });
    await visit.signIn({ prompt: 'login' });
    await visit.press('secure');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'authenticator-app' });
    await visit.send({ code: appCode(an.totp, stage().product.clock.now()) });
    await toLinking(stage(), visit, an);
    return { visit, reader, an };
  };
  const says = (visit: Visit, key: string) => visit.page.getByText(visit.factorText('eid-card', key)).waitFor();

  test.each(['nl', 'fr'] as const)(
    'E7 linked once, signs in, and what goes wrong is told apart: %s',
    async (language) => {
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
      expect(await activeKeys(stage(), an)).toEqual(['authenticator-app', 'eid-card']);

      await toProof(visit, an);
      await visit.picture('E7', { everywhere: true });
      const linked = reader.card;
      // A test card, say: its issuer is not one of the configured, though it has the very same name.
      const { citizenCa, strangeCa } = country.pki;
      const refusals: readonly (readonly [Wish, string, CertifiedKey?])[] = [
        [{ numbers: ['80010100101'] }, 'card_person_other'],
        [numbersOf, 'certificate_replaced'],
        [{ ...numbersOf, until: start - 1_000 }, 'certificate_expired'],
        [numbersOf, 'certificate_refused', strangeCa],
      ];
      for (const [wish, reason, ca = citizenCa] of refusals) {
        reader.card = await country.cardBy(ca, wish);
        await visit.press('continue');
        await refusedFor(visit, reason);
      }
      reader.card = linked;
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:high', amr: ['pwd', 'sc', 'pin', 'mfa'] });

      // Later its issuer revokes it, or suspends it, or does not know it.
      await toProof(visit, an);
      for (const [behaviour, reason] of [
        ['revoked', 'certificate_revoked'],
        ['on hold', 'certificate_revoked'],
        ['unknown', 'certificate_unknown'],
      ] as const) {
        responder.behaviour = behaviour;
        await visit.press('continue');
        await refusedFor(visit, reason);
      }
    },
  );

  /** The reason stands on the page in words, and the other key is one click away. */
  const refusedFor = async (visit: Visit, reason: string) => {
    await visit.expectStep('prove-key', { factor: 'eid-card', reason });
    await visit.says(visit.text(`reason.${reason}.title`), visit.text(`reason.${reason}.next`));
    expect(await visit.buttons('key')).toContain('authenticator-app');
    await visit.picture(`E7-${reason}`, { everywhere: true });
  };

  test('A-043 a second account with the same card is refused', async () => {
    const { visit, reader } = await atReader('en');
    const card = await country.card({ numbers: [numbers.en] });
    reader.card = card;
    await visit.press('continue');
    await visit.expectStep('done', { factor: 'eid-card' });
    const other = await atReader('en');
    other.reader.card = card;
    await other.visit.press('continue');
    await other.visit.expectStep('activate-key', { reason: 'device_known' });
    // Another card of the same person is the same person.
    other.reader.card = await country.card({ numbers: [numbers.en] });
    await other.visit.press('continue');
    await other.visit.expectStep('activate-key', { reason: 'device_known' });
    expect(await activeKeys(stage(), other.an)).toEqual(['authenticator-app']);
  });

  test('A-042 row 13: a question counts once; after a refusal there is another one', async () => {
    const { visit, reader, an } = await atReader('de');
    const question = () => visit.page.locator('[data-card]').getAttribute('data-card');
    const first = await question();
    reader.card = await country.card({ numbers: [numbers.de], policies: ['1.2.3'] });
    await visit.press('continue');
    await visit.expectStep('activate-key', { reason: 'certificate_refused' });
    expect(await question()).not.toBe(first);
    const card = await country.card({ numbers: [numbers.de] });
    await post(visit, card, String(first));
    await visit.page.reload();
    await visit.expectStep('activate-key', { reason: 'device_answer_wrong' });
    expect(await activeKeys(stage(), an)).toEqual(['authenticator-app']);
  });

  /** Sends an answer past the page's script. */
  const post = async (visit: Visit, card: Parameters<typeof signToken>[0], nonce: string, headers = {}) => {
    const url = visit.page.url();
    const { origin } = new URL(url);
    const form = { token: JSON.stringify(signToken(card, { origin, nonce })), action: 'continue' };
    return visit.context.request.post(url, {
      form,
      maxRedirects: 0,
      headers: { origin, 'sec-fetch-site': 'same-origin', ...headers },
    });
  };

  test('A-043 row 15: only our own page hands a card’s answer in, and only in the browser of the sign-in', async () => {
    const { visit, an } = await atReader('nl');
    const card = await country.card({ numbers: ['90010100101'] });
    const nonce = String(await visit.page.locator('[data-card]').getAttribute('data-card'));
    const before = responder.asked();
    const cross = await post(visit, card, nonce, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' });
    expect(cross.status()).toBe(403);
    const origin = await post(visit, card, nonce, { 'sec-fetch-site': '', origin: 'https://evil.example' });
    expect(origin.status()).toBe(403);
    // Another browser that was handed the address.
    const other = await stage().visit('nl');
    await other.page.goto(visit.page.url());
    const foreign = await other.context.request.post(visit.page.url(), {
      form: { token: JSON.stringify(signToken(card, { origin: stage().product.issuer, nonce })), action: 'continue' },
      maxRedirects: 0,
      headers: { origin: stage().product.issuer, 'sec-fetch-site': 'same-origin' },
    });
    expect(foreign.status()).toBeGreaterThanOrEqual(400);
    expect(responder.asked()).toBe(before);
    expect(await activeKeys(stage(), an)).toEqual(['authenticator-app']);
    // The same answer from the page itself is right.
    expect((await post(visit, card, nonce)).status()).toBe(303);
    expect(await activeKeys(stage(), an)).toEqual(['authenticator-app', 'eid-card']);
  });

  test('A-044 the number and the name are nowhere: tokens, log, audit trail, mails, export, store', async () => {
    const number = '68112900181';
    const name = 'Fanny Nulle-Part (Authentication)';
    const { visit, reader, an } = await atReader('fr');
    const linked = await country.card({ numbers: [number], name });
    reader.card = linked;
    await visit.press('continue');
    await visit.expectStep('done', { factor: 'eid-card' });
    await toProof(visit, an);
    for (const [numbers_, reason] of [
      ['80010100101', 'card_person_other'],
      [number, 'certificate_replaced'],
    ] as const) {
      reader.card = await country.card({ numbers: [numbers_], name });
      await visit.press('continue');
      await visit.expectStep('prove-key', { reason });
    }
    const page = await visit.page.content();
    reader.card = linked;
    await visit.press('continue');
    const told = await visit.told();
    const { product } = stage();
    await product.app.flush();
    const exported: string[] = [];
    for await (const line of exportPeople(product.services, { clearKeys: true })) exported.push(line);
    const audit = await product.services.audit.list({ limit: 1_000 });
    const account = await product.services.people.get(an.person.id);
    const files = await readdir(product.services.settings.state, { recursive: true, withFileTypes: true });
    const stored = await Promise.all(
      files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'latin1')),
    );
    const everything = [page, told, product.logs, audit, product.mails, product.texts, exported, account, stored];
    const text = JSON.stringify(everything);
    // What is looked for can be found: the user name is in there.
    expect(text).toContain(an.username);
    for (const secret of [number, '80010100101', 'Nulle-Part', 'Fanny']) expect(text.includes(secret)).toBe(false);
  });

  test('A-043 who has given a password alone, or a weaker key, links no card', async () => {
    const an = await stage().product.addPerson({ language: 'en', keys: ['authenticator-app'] });
    const visit = await stage().visit('en');
    await visit.signIn({ prompt: 'login' });
    await visit.press('secure');
    await givePassword(visit, an);
    // The key that is held is asked for first; no page of the activation opens before.
    await visit.expectStep('prove-key', { factor: 'authenticator-app' });
    const { origin, pathname } = new URL(visit.page.url());
    for (const step of ['activate', 'activate-key', 'select-key']) {
      await visit.page.goto(`${origin}${pathname.split('/').slice(0, 3).join('/')}/${step}`);
      expect(await visit.step()).not.toBe('activate-key');
    }
    // Nor does an answer that is sent past the pages, although the card is a good one.
    const nonce = 'N'.repeat(43) + '=';
    const card = await country.card({ numbers: ['55010100101'] });
    const before = responder.asked();
    const url = `${origin}${pathname.split('/').slice(0, 3).join('/')}/activate-key`;
    const sent = await visit.context.request.post(url, {
      form: { token: JSON.stringify(signToken(card, { origin, nonce })), action: 'continue' },
      maxRedirects: 0,
      headers: { origin, 'sec-fetch-site': 'same-origin' },
    });
    expect([sent.status(), sent.headers()['location']]).toEqual([303, pathname.replace(/[^/]+$/, 'now')]);
    expect(responder.asked()).toBe(before);
    expect(await activeKeys(stage(), an)).toEqual(['authenticator-app']);
  });
});

/** From the mailbox to the page that links a card. */
const toLinking = async (stage: Stage, visit: Visit, an: NewPerson) => {
  await visit.expectStep('confirm-email');
  await visit.press('continue');
  await visit.send({ code: await mailedCode(stage, an.email) });
  await visit.expectStep('select-key');
  await visit.choose('eid-card');
  await visit.expectStep('activate-key', { factor: 'eid-card' });
};

const toProof = async (visit: Visit, an: NewPerson) => {
  await visit.signIn({ prompt: 'login' });
  await visit.choose('eid-card');
  await givePassword(visit, an);
  await visit.expectStep('prove-key', { factor: 'eid-card' });
};

/** A country whose scheme is as strong as the authenticator app, and one that is stronger. */
const middling = await createCardWorld({ level: 'substantial' });
afterAll(() => middling.close());

flows('a renewed identity card', ({ own }) => {
  const toMyKeys = async (stage: Stage, visit: Visit, an: NewPerson) => {
    const { product } = stage;
    product.clock.set(product.clock.now() + 60_000);
    await visit.page.goto(`${product.issuer}/my`);
    await visit.choose('authenticator-app');
    await givePassword(visit, an);
    await visit.send({ code: appCode(an.totp, product.clock.now()) });
    expect(await visit.step()).toBe('keys');
  };
  const removeCard = (visit: Visit) =>
    visit.follow(
      visit.page
        .locator('[data-key]', { hasText: visit.factorText('eid-card', 'name') })
        .locator('button[value=remove-key]'),
    );

  test.each(['nl', 'fr'] as const)(
    'E7 is linked after another key’s proof, in My digital keys: %s',
    async (language) => {
      const stage = await own(middling.deployment);
      const { responder: own_ } = middling.country;
      Object.assign(own_, { now: stage.product.clock.now(), behaviour: 'good' });
      const an = await stage.product.addPerson({ language, keys: ['authenticator-app'] });
      await linkCard(stage, an, await middling.country.card());
      const visit = await stage.visit(language);
      const reader = await installExtension(visit.context);
      reader.card = await middling.country.card();
      await toProof(visit, an);
      await visit.press('continue');
      await visit.expectStep('prove-key', { reason: 'certificate_replaced' });

      await toMyKeys(stage, visit, an);
      await visit.picture('E7-my-keys');
      await removeCard(visit);
      await visit.expectStep('remove-key');
      await visit.press('remove');
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
      await visit.press('add-key');
      await toLinking(stage, visit, an);
      await visit.press('continue');
      await visit.expectStep('done', { factor: 'eid-card' });
      await visit.press('continue');
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app', 'eid-card']);
      await toProof(visit, an);
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'sc', 'pin', 'mfa'] });
    },
  );

  test('A-043 where the card is stronger than the other key, that key is not enough', async () => {
    const stage = await own(world.deployment);
    Object.assign(responder, { now: stage.product.clock.now(), behaviour: 'good' });
    const an = await stage.product.addPerson({ language: 'en', keys: ['authenticator-app'] });
    await linkCard(stage, an, await country.card({ numbers: ['66010100101'] }));
    const visit = await stage.visit('en');
    await toMyKeys(stage, visit, an);
    await removeCard(visit);
    await visit.expectStep('refused', { reason: 'stronger_proof_needed' });
    expect(await activeKeys(stage, an)).toEqual(['authenticator-app', 'eid-card']);
  });
});
