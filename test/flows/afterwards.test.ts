// Rows A11 to A13: the card has ended, for one person or for all, and the exact instant of the end.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { startOfDay } from '../../time/calendar.ts';
import { allLanguages, flows, midnight, myKeys, type Stage } from '../harness/flow-stage.ts';
import { storageKind } from '../harness/test-storage.ts';
import {
  activeKeys,
  appCode,
  cardCode,
  expectClaims,
  giveCard,
  givePassword,
  mailedCode,
  mailsTo,
  toActivation,
  toWizard,
} from '../harness/flow-moves.ts';
import type { Visit } from '../harness/flow-visit.ts';

const commandLine = join(import.meta.dirname, '../../bin/rekey.mjs');
const modes = ['refuse', 're-enrol'] as const;
type Mode = (typeof modes)[number];

const deployment = (after: Mode) => ({
  factors: {
    'email-otp': { recommended: true },
    'authenticator-app': { recommended: true },
    'token-card': {
      settings: { reuse: 'reusable' },
      schedule: {
        closeEnrolment: '2023-07-19',
        untilAndIncluding: '2024-01-30',
        zone: 'Europe/Brussels',
        after,
        replacements: ['email-otp', 'authenticator-app'],
      },
    },
  },
});

flows('afterwards', ({ shared, own }) => {
  const stage = shared();

  test.each(allLanguages)('A11 the card afterwards: refused, with the reason and the way on, %s', async (language) => {
    const { product } = stage();
    const gone = await product.addPerson({ language, keys: ['token-card'] });
    const visit = await stage().visit(language);
    await toWizard(visit, gone);
    await toActivation(visit, 'email-otp');
    await visit.send({ code: await mailedCode(stage(), gone.email) });
    await visit.press('end-session');

    await carryOnWithCard(visit, gone);
    await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    await visit.says(
      visit.text('reason.key_not_held_or_expired.title'),
      visit.text('reason.key_not_held_or_expired.what'),
      visit.text('reason.key_not_held_or_expired.next'),
    );
    const link = visit.main().locator(`a[href="${myKeys}"]`);
    expect(await link.textContent()).toBe(visit.text('footer.my_keys'));
    await visit.picture('A11', { everywhere: true });

    // A person who never had one gets the same page, byte for byte.
    const never = await product.addPerson({ language, keys: ['email-otp'] });
    const stranger = await stage().visit(language);
    await stranger.signIn();
    await carryOnWithCard(stranger, never);
    expect(await answered(stranger)).toEqual(await answered(visit));

    await visit.press('other-key');
    await visit.expectStep('choose-key');
    await visit.choose('email-otp');
    await visit.expectStep('prove-key', { factor: 'email-otp' });
    await visit.send({ code: await mailedCode(stage(), gone.email) });
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
  });

  test.each(['nl', 'de'] as const)('A12 refuse: the card permits nothing any more, %s', async (language) => {
    const after = await own(deployment('refuse'), { at: midnight });
    const an = await after.product.addPerson({ language, keys: ['token-card', 'email-otp'] });
    const visit = await after.visit(language);
    await visit.signIn();
    await visit.says(visit.text('key.over', { lastDay: lastDay[language] }));
    await visit.picture('A12');
    await visit.choose('token-card');
    await givePassword(visit, an);
    await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    await visit.picture('A12');
    // No address permits what the page does not.
    for (const step of ['prove-key', 'phase-out', 'confirm-email', 'select-key', 'activate-key', 'done']) {
      await visit.page.goto(`${after.product.issuer}/interaction/${visit.uid()}/${step}`);
      await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    }
    expect(after.relyingParty.told).toEqual([]);
    await visit.press('other-key');
    await visit.choose('email-otp');
    await visit.send({ code: await mailedCode(after, an.email) });
    await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
  });

  test.each(['fr', 'en'] as const)(
    'A12 re-enrol: the card permits the activation of a new key only, %s',
    async (language) => {
      const after = await own(deployment('re-enrol'), { at: midnight });
      const an = await after.product.addPerson({ language, keys: ['token-card'] });
      const visit = await after.visit(language);
      await visit.signIn();
      await visit.choose('token-card');
      await visit.expectStep('phase-out', { factor: 'token-card' });
      expect(await visit.buttons('action')).toEqual(['migrate', 'other-key']);
      await visit.says(
        visit.text('retirement.heading_over', { key: visit.factorText('token-card', 'name') }),
        visit.text('retirement.what_over', { lastDay: lastDay[language] }),
        visit.text('retirement.what_over_migrate'),
      );
      await visit.picture('A12-re-enrol', { everywhere: true });
      await pressForged(visit, 'postpone');
      await visit.expectStep('phase-out', { factor: 'token-card', reason: 'choice_unknown' });
      await visit.press('migrate');
      await givePassword(visit, an);
      await giveCard(visit, an);
      await visit.expectStep('confirm-email');
      expect(visit.isAtRelyingParty()).toBe(false);
      // After cancelling, it permits nothing, not even the service.
      await visit.press('cancel');
      await visit.expectStep('choose-key');
      await visit.choose('token-card');
      await visit.press('migrate');
      await giveCard(visit, an);
      await toActivation(visit, 'authenticator-app');
      const secret = (await visit.page.locator('.secret').textContent()) ?? '';
      await visit.send({ code: appCode(secret, after.product.clock.now()) });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.picture('A12-re-enrol');
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
      expect(await activeKeys(after, an)).toEqual(['authenticator-app']);
    },
  );

  test.each(
    modes.flatMap((mode, index) =>
      ([-1, 0, 1] as const).map((away, at) => [mode, away, allLanguages[(index + at) % 4] ?? 'en'] as const),
    ),
  )('A13 %s: a sign-in under way is judged at its verification, midnight %i ms, %s', async (mode, away, language) => {
    const services = await own(deployment(mode), { at: midnight - 600_000 });
    const an = await services.product.addPerson({ language, keys: ['token-card'] });
    const visit = await services.visit(language);
    await visit.signIn();
    await visit.choose('token-card');
    await visit.says(visit.text('retirement.days_left', { days: 1 }));
    await visit.press('postpone');
    await givePassword(visit, an);
    await visit.expectStep('prove-key', { factor: 'token-card' });
    const code = cardCode(an.card, await visit.data('position'));
    services.product.clock.set(midnight + away);
    await visit.send({ code });
    await visit.picture(`A13-${mode}`);
    if (away < 0) return expectClaims(visit, { acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp'] });
    expect(services.relyingParty.told).toEqual([]);
    if (mode === 'refuse') return visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    // The page says what has changed; the late code has proved nothing.
    await visit.expectStep('phase-out', { factor: 'token-card' });
    await visit.says(visit.text('retirement.heading_over', { key: visit.factorText('token-card', 'name') }));
    await visit.press('migrate');
    await giveCard(visit, an);
    await toActivation(visit, 'email-otp');
    await visit.send({ code: await mailedCode(services, an.email) });
    await visit.press('continue');
    return expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
  });

  test.each([
    ['nl', -1],
    ['fr', 0],
    ['de', 1],
  ] as const)('A13 the day after, as the pages say it: %s, midnight %i ms', async (language, away) => {
    expect(startOfDay('2024-01-31', 'Europe/Brussels')).toBe(midnight);
    const services = await own(deployment('re-enrol'), { at: midnight + away });
    const visit = await services.visit(language);
    await visit.signIn();
    const key = away < 0 ? 'key.last_day' : 'key.over';
    await visit.says(visit.text(key, { lastDay: lastDay[language] }));
    await visit.choose('token-card');
    expect((await visit.buttons('action')).includes('postpone')).toBe(away < 0);
    const values = { key: visit.factorText('token-card', 'name'), lastDay: lastDay[language] };
    await visit.says(visit.text(away < 0 ? 'retirement.heading' : 'retirement.heading_over', values));
  });

  test.each(['fr', 'en'] as const)('A13 dates set elsewhere count on the very next request, %s', async (language) => {
    const services = await own(deployment('refuse'));
    const an = await services.product.addPerson({ language, keys: ['token-card'] });
    const visit = await services.visit(language);
    await visit.signIn();
    await visit.choose('token-card');
    await visit.press('postpone');
    await givePassword(visit, an);
    const code = cardCode(an.card, await visit.data('position'));
    await setElsewhere(services, '2024-01-09');
    await visit.send({ code });
    await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
    expect(services.relyingParty.told).toEqual([]);
    // the person has no other key, and is not sent to one.
    expect(await visit.buttons('action')).toEqual(['cancel']);
    await visit.says(visit.text('refused.alone.ask'));

    await setElsewhere(services, '2024-01-30');
    await visit.page.reload();
    await visit.press('other-key');
    await visit.choose('token-card');
    await giveCard(visit, an);
    await expectClaims(visit, { amr: ['pwd', 'otp'] });
    expect(await mailsTo(services, an.email)).toEqual([]);
  });
});

const lastDay = { nl: '30 januari 2024', fr: '30 janvier 2024', de: '30. Januar 2024', en: '30 January 2024' } as const;

/** Chooses the card, and continues with it as far as possible. */
async function carryOnWithCard(
  visit: Visit,
  someone: { readonly username: string; readonly password: string },
): Promise<void> {
  await visit.choose('token-card');
  await visit.press('postpone');
  if ((await visit.step()) === 'password') await givePassword(visit, someone);
}

/** Status, headers that tell something, and the page, without what names this one sign-in. */
async function answered(visit: Visit): Promise<{ status: number | undefined; body: string }> {
  const response = await visit.page.reload();
  return { status: response?.status(), body: ((await response?.text()) ?? '').replaceAll(visit.uid(), '') };
}

/** Presses a button that is not on the page. */
async function pressForged(visit: Visit, action: string): Promise<void> {
  await visit.page.locator('button[value="other-key"]').evaluate((button, value) => {
    (button as unknown as { value: string }).value = value;
  }, action);
  await visit.press(action);
}

/** The command line, in its own process beside the running server, sets the card's last day. */
async function setElsewhere({ product }: Stage, lastDay: string): Promise<void> {
  const file = join(product.services.settings.state, 'deployment.yaml');
  const words = [commandLine, 'factor', 'schedule', 'token-card', '--until-and-including', lastDay, '--config', file];
  const run = promisify(execFile);
  // As an administrator would: first a dry run, then with the reported number accepted.
  const looked = await run(process.execPath, [...words, '--dry-run', '--json']).catch((refused: unknown) => refused);
  const { preflight } = JSON.parse((looked as { stdout: string }).stdout) as { preflight: { newlyStranded: number } };
  const accepted = ['--accept-stranded', String(preflight.newlyStranded), '--reason', 'a test'];
  await run(process.execPath, [...words, ...accepted]);
  // A file shows at once that another process wrote; from a database dates are read again each second.
  if (storageKind() === 'mongodb') await new Promise((resolve) => setTimeout(resolve, 1_100));
}
