// the dates of a factor hold for an identity card, of which nothing outside its folder knows.
import { afterAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain } from '../../admin/use-cases/explain.ts';
import { scheduleFactor } from '../../admin/use-cases/factor-schedule.ts';
import { installExtension } from '../eid-world/web-eid-extension.ts';
import { createCardWorld, linkCard } from '../harness/card-deployment.ts';
import { activeKeys, expectClaims, givePassword } from '../harness/flow-moves.ts';
import { flows } from '../harness/flow-stage.ts';
import { sendReminders } from '../harness/reminders-now.ts';

const world = await createCardWorld();
const { country } = world;
afterAll(() => world.close());

flows('an identity card that is retired', ({ own }) => {
  test('A-536 pre-flight, reminder, dialog, last day, and the activation of another key', async () => {
    const stage = await own({ ...world.deployment, reminders: { daysBefore: [7] } });
    const { product } = stage;
    const { services, clock } = product;
    const clockTo = (instant: string) => {
      clock.set(Date.parse(instant));
      country.responder.now = clock.now();
    };
    clockTo('2024-01-10T12:00:00+01:00');
    const an = await product.addPerson({ language: 'nl', keys: [] });
    const bo = await product.addPerson({ language: 'fr', keys: ['authenticator-app'] });
    const [cardOfAn, cardOfBo] = [await country.card(), await country.card({ numbers: ['71715100171'] })];
    await linkCard(stage, an, cardOfAn);
    await linkCard(stage, bo, cardOfBo);

    // Two people hold it; one has another key, one would have to activate one.
    const request = {
      factor: 'eid-card',
      by: 'admin',
      zone: 'Europe/Brussels',
      days: { announce: '2024-01-10', untilAndIncluding: '2024-02-20' },
      after: 're-enrol' as const,
      replacements: ['authenticator-app'],
    };
    const looked = await scheduleFactor(services, { ...request, dryRun: true });
    if (!looked.ok) throw new Error(JSON.stringify(looked.refusals));
    expect(looked.value.looks[0]).toMatchObject({ touched: 2, keep: 1, mustReplace: 1, stranded: 0 });
    expect(await scheduleFactor(services, request)).toMatchObject({ ok: true, value: { written: true } });
    const explained = await explain(services, { person: an.username, client: 'taxes', at: '2024-02-21T12:00:00' });
    expect(explained).toMatchObject({ ok: true, value: { keys: [{ factor: 'eid-card', counts: false }] } });

    // A week before, each gets a mail, in their own language, that names the card and its last day.
    clockTo('2024-02-13T12:00:00+01:00');
    await sendReminders(product);
    const told = product.mails.map(({ to, text }) => ({ to, names: /identiteitskaart|carte d’identité/i.test(text) }));
    for (const { email } of [an, bo]) expect(told).toContainEqual({ to: email, names: true });

    // The dialog, put off: the card still signs in.
    const visit = await stage.visit('nl');
    const reader = await installExtension(visit.context);
    reader.card = cardOfAn;
    await visit.signIn();
    await visit.choose('eid-card');
    await visit.expectStep('phase-out', { factor: 'eid-card' });
    await visit.picture('A-536');
    await visit.press('postpone');
    await givePassword(visit, an);
    await visit.press('continue');
    await expectClaims(visit, { acr: 'urn:rekey:acr:high' });

    // After the last day it opens nothing but the activation of another key.
    clockTo('2024-02-21T00:00:00+01:00');
    await visit.signIn({ prompt: 'login' });
    await visit.choose('eid-card');
    await visit.expectStep('phase-out', { factor: 'eid-card' });
    await visit.press('migrate');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'eid-card' });
    await visit.press('continue');
    await visit.expectStep('confirm-email');
    expect(await activeKeys(stage, an)).toEqual(['eid-card']);
  });
});

test('A-538 nothing outside the folders of the factors, the kit, tests, demo and configuration names an eID', () => {
  const root = join(import.meta.dirname, '../..');
  const folders = [
    'accounts',
    'adapters',
    'admin',
    'app',
    'audit',
    'cluster',
    'digital-keys',
    'interactions',
    'messages',
  ];
  const more = [
    'passwords',
    'provider',
    'schedules',
    'sites',
    'time',
    'views',
    'factors/policy',
    'factors/contract-suite',
  ];
  const ofCore = readdirSync(join(root, 'factors'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `factors/${name}`);
  const files = [...folders, ...more].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const named = [...files, ...ofCore]
    .filter((file) => /\.(ts|js|hbs|json)$/.test(file) && !file.endsWith('.test.ts'))
    .filter((file) => /\beid\b|web-eid|\beID\b/.test(readFileSync(join(root, file), 'utf8')));
  expect(named).toEqual([]);
});
