// The identity card and the national app beside each other: both are offered where a key can be activated, and the dates hold for both.
import { afterAll, expect, test } from '@jest/globals';
import { explain } from '../../admin/use-cases/explain.ts';
import { scheduleFactor } from '../../admin/use-cases/factor-schedule.ts';
import { addDays, dayOf } from '../../time/calendar.ts';
import { startUpstream } from '../eid-world/upstream.ts';
import { installExtension } from '../eid-world/web-eid-extension.ts';
import { addStranger, register } from '../harness/activation-desk.ts';
import { createCardWorld } from '../harness/card-deployment.ts';
import { activeKeys, appCode, expectClaims, givePassword, mailedCode } from '../harness/flow-moves.ts';
import { flows, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { freePort } from '../harness/free-port.ts';
import type { NewPerson } from '../harness/product.ts';
import { sendReminders } from '../harness/reminders-now.ts';

// The provider has the clock of the machine, as everybody outside has.
const now = Date.now();
const port = await freePort();
const subs = ['nora', 'noel', 'paul', 'dora'] as const;
const upstream = await startUpstream({
  people: subs.map((sub) => ({ sub, name: sub })),
  redirectUris: [`http://localhost:${port}/factor/mobile-eid/return/itsme`],
});
const world = await createCardWorld();
afterAll(async () => {
  await upstream.close();
  await world.close();
});
const { country, deployment: cards } = world;
const { issuer, clientId, keys, host } = upstream;
const deployment = {
  ...cards,
  factors: {
    'eid-card': (cards.factors as Readonly<Record<string, object>>)['eid-card'],
    'mobile-eid': {
      settings: { linkKey: 'k'.repeat(32), upstreams: [{ id: 'itsme', preset: 'itsme', issuer, clientId, keys }] },
    },
    'authenticator-app': {},
  },
  internalHosts: [country.responder.host, host],
  activation: { enabled: true, factors: ['eid-card', 'mobile-eid', 'authenticator-app'] },
  reminders: { daysBefore: [7] },
};
const password = 'Tulpen uit Haarlem 43';
const confirmAs = (visit: Visit, sub: string) => visit.follow(visit.page.locator(`button[name="sub"][value="${sub}"]`));

flows('identity card and national app', ({ own }) => {
  const begin = async (): Promise<Stage> => {
    const stage = await own(deployment, { at: now, port });
    Object.assign(country.responder, { now: stage.product.clock.now(), behaviour: 'good' });
    return stage;
  };

  test.each([
    ['nl', '71715100575', 'nora'],
    ['fr', '71715100676', 'noel'],
  ] as const)(
    'B6 A-573 from the letter of the desk: the card is activated, then the app as another key; both sign in: %s',
    async (language, number, sub) => {
      const stage = await begin();
      const { product } = stage;
      const an = await register(product, await addStranger(product, language), language);
      const visit = await stage.visit(language);
      const reader = await installExtension(visit.context);
      reader.card = await country.card({ numbers: [number] });
      await visit.page.goto(an.link);
      await visit.press('begin');
      await visit.send({ code: an.code });
      await visit.expectStep('select-key');
      expect((await visit.buttons('key')).toSorted()).toEqual(['authenticator-app', 'eid-card', 'mobile-eid']);
      await visit.choose('eid-card');
      await visit.expectStep('choose-name');
      await visit.send({ username: `an.${language}`, password, again: password });
      await visit.expectStep('activate-key', { factor: 'eid-card' });
      await visit.picture('B6-card', { everywhere: true });
      await visit.press('continue');
      await visit.expectStep('done', { factor: 'eid-card' });
      await visit.says(visit.text('done.another'));
      await visit.picture('B6', { everywhere: true });
      await visit.press('another');
      await visit.expectStep('select-key');
      expect((await visit.buttons('key')).toSorted()).toEqual(['authenticator-app', 'mobile-eid']);
      await visit.choose('mobile-eid');
      await visit.expectStep('activate-key', { factor: 'mobile-eid' });
      await visit.press('continue');
      await confirmAs(visit, sub);
      await visit.expectStep('done', { factor: 'mobile-eid' });
      await visit.press('end-session');
      await visit.expectStep('activation');
      const person = await product.services.people.get(an.id);
      if (!person) throw new Error('The account is gone.');
      expect(await activeKeys(stage, { person })).toEqual(['eid-card', 'mobile-eid']);

      for (const factor of ['eid-card', 'mobile-eid']) {
        await visit.signIn({ prompt: 'login' });
        await visit.choose(factor);
        await givePassword(visit, { username: `an.${language}`, password });
        await visit.expectStep('prove-key', { factor });
        await visit.press('continue');
        if (factor === 'mobile-eid') await confirmAs(visit, sub);
        await expectClaims(visit, { acr: 'urn:rekey:acr:high' });
      }
    },
  );

  /** In My digital keys, on the page with the keys that can be added. */
  const toFurtherKeys = async (stage: Stage, visit: Visit, an: NewPerson) => {
    const { product } = stage;
    await visit.page.goto(`${product.issuer}/my`);
    await visit.choose('authenticator-app');
    await givePassword(visit, an);
    await visit.send({ code: appCode(an.totp, product.clock.now()) });
    await visit.expectStep('keys');
    await visit.press('add-key');
    await visit.expectStep('confirm-email');
    await visit.press('continue');
    await visit.send({ code: await mailedCode(stage, an.email) });
    await visit.expectStep('select-key');
  };

  test('A-573 My digital keys offers both, and links and removes the app as any key', async () => {
    const stage = await begin();
    const an = await stage.product.addPerson({ language: 'de', keys: ['authenticator-app'] });
    const visit = await stage.visit('de');
    await toFurtherKeys(stage, visit, an);
    expect((await visit.buttons('key')).toSorted()).toEqual(['authenticator-app', 'eid-card', 'mobile-eid']);
    await visit.choose('mobile-eid');
    await visit.press('continue');
    await confirmAs(visit, 'paul');
    await visit.expectStep('done', { factor: 'mobile-eid' });
    await visit.press('continue');
    await visit.expectStep('keys');
    await visit.picture('A-573', { everywhere: true });
    expect(await activeKeys(stage, an)).toEqual(['authenticator-app', 'mobile-eid']);
  });

  test('A-573 pre-flight, reminder, dialog and last day of the app', async () => {
    const stage = await begin();
    const { product } = stage;
    const { services, clock } = product;
    const an = await product.addPerson({ language: 'nl', keys: ['authenticator-app'] });
    const visit = await stage.visit('nl');
    await toFurtherKeys(stage, visit, an);
    await visit.choose('mobile-eid');
    await visit.press('continue');
    await confirmAs(visit, 'dora');
    await visit.expectStep('done', { factor: 'mobile-eid' });
    await visit.press('continue');
    await product.app.flush();

    const zone = 'Europe/Brussels';
    const today = dayOf(clock.now(), zone);
    const request = {
      factor: 'mobile-eid',
      by: 'admin',
      zone,
      days: { announce: today, untilAndIncluding: addDays(today, 20) },
      after: 're-enrol' as const,
      replacements: ['eid-card'],
    };
    const looked = await scheduleFactor(services, { ...request, dryRun: true });
    if (!looked.ok) throw new Error(JSON.stringify(looked.refusals));
    expect(looked.value.looks[0]).toMatchObject({ touched: 1, keep: 1, mustReplace: 0, stranded: 0 });
    expect(await scheduleFactor(services, request)).toMatchObject({ ok: true, value: { written: true } });
    const at = `${addDays(today, 21)}T12:00:00`;
    const explained = await explain(services, { person: an.username, client: 'taxes', at });
    if (!explained.ok) throw new Error('It was not explained.');
    expect(explained.value.keys.find(({ factor }) => factor === 'mobile-eid')).toMatchObject({ counts: false });

    // The dialog, put off: the app still signs in.
    await visit.signIn({ prompt: 'login' });
    await visit.choose('mobile-eid');
    await visit.expectStep('phase-out', { factor: 'mobile-eid' });
    await visit.press('postpone');
    await givePassword(visit, an);
    await visit.press('continue');
    await confirmAs(visit, 'dora');
    await expectClaims(visit, { acr: 'urn:rekey:acr:high' });

    // A week before the last day it is named in a mail.
    clock.set(Date.parse(`${addDays(today, 13)}T12:00:00Z`));
    await sendReminders(product);
    const told = product.mails.filter(({ to }) => to === an.email).map(({ subject, text }) => `${subject} ${text}`);
    expect(told.at(-1)?.toLowerCase()).toContain('identiteitsapp');

    // After it, the app opens nothing but the activation of another key.
    clock.set(Date.parse(`${addDays(today, 21)}T12:00:00Z`));
    await visit.signIn({ prompt: 'login' });
    await visit.choose('mobile-eid');
    await visit.expectStep('phase-out', { factor: 'mobile-eid' });
    expect(await visit.buttons('action')).not.toContain('postpone');
  });
});
