// Rows A8 to A10: the new key is activated, and the old one is switched off in the same write.
import { expect, test } from '@jest/globals';
import type { Person } from '../../accounts/person.ts';
import type { Collection, CollectionSpec, Storage } from '../../adapters/storage/port.ts';
import { writeDate } from '../../views/dates.ts';
import { allLanguages, flows } from '../harness/flow-stage.ts';
import {
  activeKeys,
  appCode,
  expectClaims,
  givePassword,
  mailedCode,
  mailsTo,
  otherCode,
  personOf,
  toActivation,
  toWizard,
} from '../harness/flow-moves.ts';
import { readQrOnScreen } from '../harness/flow-qr.ts';
import type { Visit } from '../harness/flow-visit.ts';

const fiveMinutes = 5 * 60_000;

flows('activation', ({ shared, own }) => {
  test.each(['nl', 'fr'] as const)(
    'A8 A-648 A-649 a registration code by mail: five minutes, once, the newest alone: %s',
    async (language) => {
      const stage = await own();
      const { product } = stage;
      const an = await product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage.visit(language);
      await toWizard(visit, an);
      await toActivation(visit, 'email-otp');
      // The page before has shown the whole address.
      await visit.says(visit.factorText('email-otp', 'code.hint', { digits: 6 }), an.email);
      await visit.picture('A8', { everywhere: true });
      const first = await mailedCode(stage, an.email);
      const mail = await product.mailTo(an.email);
      expect(mail.subject).toBe(
        visit.factorText('email-otp', 'message.registration.subject', { product: productName[language] }),
      );
      expect(mail.subject).not.toContain(first);

      await visit.send({ code: otherCode(first) });
      await visit.expectStep('activate-key', { factor: 'email-otp', reason: 'code_wrong' });
      await visit.send({ code: 'twelve' });
      await visit.expectStep('activate-key', { factor: 'email-otp', reason: 'code_malformed' });
      await visit.picture('A8');

      // Requested too early, then later: the newer code makes the older one void.
      await visit.press('resend');
      await visit.expectStep('activate-key', { factor: 'email-otp', reason: 'sending_paused' });
      // Half a minute after 12:00 is shown as 12:01: the shown time is never too early.
      const until = writeDate('time', language, Date.parse('2024-01-10T12:01:00+01:00'), 'Europe/Brussels');
      await visit.says(visit.text('notice.until_minutes', { minutes: 1, time: until }));
      await visit.picture('A8');
      product.clock.advance(31_000);
      await visit.press('resend');
      await visit.expectStep('activate-key', { factor: 'email-otp' });
      await visit.says(visit.text('happened.code_sent'));
      const second = await mailedCode(stage, an.email);
      await visit.send({ code: first });
      await visit.expectStep('activate-key', { factor: 'email-otp', reason: 'code_wrong' });

      // The first instant after five minutes: too late, and the page shows the way on.
      product.clock.advance(fiveMinutes);
      await visit.send({ code: second });
      await visit.expectStep('activate-key', { factor: 'email-otp', reason: 'code_expired' });
      await visit.says(visit.text('reason.code_expired.title'), visit.text('reason.code_expired.next'));
      expect(await visit.page.locator('.button-main').getAttribute('value')).toBe('resend');
      await visit.picture('A8');
      expect(await activeKeys(stage, an)).toEqual(['token-card']);

      await visit.press('resend');
      await visit.expectStep('activate-key', { factor: 'email-otp' });
      const third = await mailedCode(stage, an.email);
      const late = await visit.secondTab();
      product.clock.advance(fiveMinutes - 1);
      await visit.send({ code: third });
      await visit.expectStep('done', { factor: 'email-otp' });
      await late.send({ code: third });
      await late.expectStep('done', { factor: 'email-otp' });
      expect(await activeKeys(stage, an)).toEqual(['email-otp']);
      await visit.press('continue');
      await expectClaims(visit, { amr: ['pwd', 'otp', 'mca'] });
    },
  );

  const stage = shared();
  /** As the list of the person's app shows it. */
  const ourName = { nl: 'Proefdienst', fr: 'Service d’essai', de: 'Testdienst', en: 'Test service' } as const;

  /** the button copies the setup code and says so; without script there is none. */
  const expectCopy = async (visit: Visit, secret: string, hasScript: boolean) => {
    const button = visit.page.locator('[data-copies]');
    expect(await button.isVisible()).toBe(hasScript);
    if (!hasScript) return;
    await visit.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await button.click();
    await visit.page.locator('.copied', { hasText: visit.text('action.copied') }).waitFor();
    expect(await visit.page.evaluate('navigator.clipboard.readText()')).toBe(secret);
  };

  test.each(allLanguages)(
    'A9 A-646 the app: install, scan or type, and a code that proves it, %s',
    async (language) => {
      const { product } = stage();
      const an = await product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage().visit(language, { script: language !== 'en' });
      await toWizard(visit, an);
      await toActivation(visit, 'authenticator-app');
      const app = (key: string) => visit.factorText('authenticator-app', key);
      await visit.says(app('enrol.install'), app('enrol.scan'), app('enrol.type'));
      await visit.picture('A9', { everywhere: language !== 'en' });

      const secret = ((await visit.page.locator('.secret').textContent()) ?? '').replaceAll(/\s/g, '');
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      const uri = (await visit.page.locator('a[href^="otpauth:"]').getAttribute('href')) ?? '';
      expect(new URL(uri).searchParams.get('secret')).toBe(secret);
      expect(new URL(uri).searchParams.get('issuer')).toBe(ourName[language]);
      const browser = visit.context.browser();
      if (!browser) throw new Error('no browser');
      expect(await readQrOnScreen(browser, visit.page.locator('.qr img'))).toBe(uri);

      await expectCopy(visit, secret, language !== 'en');
      await visit.page.reload();
      expect(((await visit.page.locator('.secret').textContent()) ?? '').replaceAll(/\s/g, '')).toBe(secret);
      const code = appCode(secret, product.clock.now());
      await visit.send({ code: otherCode(code) });
      await visit.expectStep('activate-key', { factor: 'authenticator-app', reason: 'code_wrong' });
      await visit.picture('A9');
      // As an app shows it, in two groups.
      await visit.send({ code: `${code.slice(0, 3)} ${code.slice(3)}` });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.picture('A9');
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
    },
  );

  test.each(allLanguages)(
    'A10 A-650 old key off and new key on in one write, two mails, and End session leads to the main screen, %s',
    async (language) => {
      const writes: Person[] = [];
      const watched = await own({}, { around: (storage) => watchPeople(storage, writes) });
      const an = await watched.product.addPerson({ language, keys: ['token-card'] });
      const visit = await watched.visit(language);
      await toWizard(visit, an);
      await toActivation(visit, 'authenticator-app');
      const secret = (await visit.page.locator('.secret').textContent()) ?? '';
      writes.length = 0;
      await visit.send({ code: appCode(secret, watched.product.clock.now()) });
      await visit.expectStep('done', { factor: 'authenticator-app' });
      await visit.says(visit.text('done.heading'), visit.text('done.mails'));
      await visit.says(visit.text('my.keys.advice.single'), visit.text('done.end_session'));
      await visit.picture('A10', { everywhere: true });

      // Of all written versions of the account, one has the card and the next has the app, with all pending items.
      const first = writes.findIndex((person) => held(person).includes('authenticator-app'));
      expect(writes.slice(0, first).map(held)).toEqual(writes.slice(0, first).map(() => ['token-card']));
      expect(writes.slice(first).map(held)).toEqual(writes.slice(first).map(() => ['authenticator-app']));
      const moment = writes[first];
      const told = moment?.pending.flatMap((one) =>
        one.kind === 'message'
          ? [one.message.template]
          : one.kind === 'audit' && one.event.action.startsWith('key.o')
            ? [one.event.action]
            : [],
      );
      expect(told?.toSorted()).toEqual(['key.off', 'key.on', 'key_off', 'key_on']);
      const card = moment?.keys.find(({ factor }) => factor === 'token-card');
      expect(card).toMatchObject({ status: 'off', offBecause: 'replaced' });
      expect(card).not.toHaveProperty('sealed');

      const subject = (template: string, factor: string) =>
        visit.text(`mail.${template}.subject`, { keyName: visit.factorText(factor, 'name') });
      const expected = [subject('key_off', 'token-card'), subject('key_on', 'authenticator-app')];
      expect((await mailsTo(watched, an.email)).toSorted()).toEqual(expected.toSorted());
      expect((await personOf(watched, an)).pending).toEqual([]);

      await visit.press('end-session');
      await visit.expectStep('choose-key');
      await visit.picture('A10');
      await visit.choose('authenticator-app');
      await givePassword(visit, an);
      await visit.expectStep('prove-key', { factor: 'authenticator-app' });
      await visit.picture('A10');
      const later = watched.product.clock.now() + 30_000;
      watched.product.clock.set(later);
      await visit.send({ code: appCode(secret, later) });
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial', amr: ['pwd', 'otp', 'mfa'] });
      expect(await mailsTo(watched, an.email)).toHaveLength(2);
    },
  );
});

const productName = { nl: 'Proefdienst', fr: 'Service d’essai', de: 'Testdienst', en: 'Test service' } as const;

const held = ({ keys }: Person) => keys.filter(({ status }) => status === 'active').map(({ factor }) => factor);

/** Keeps every version of a person that was written. */
function watchPeople(storage: Storage, writes: Person[]): Storage {
  return {
    ...storage,
    collection: <T extends object>(spec: CollectionSpec<T>): Collection<T> => {
      const inner = storage.collection(spec);
      if (spec.name !== 'people') return inner;
      return {
        ...inner,
        async replace(id, value, version, keep) {
          const written = await inner.replace(id, value, version, keep);
          if (written !== undefined) writes.push(value as unknown as Person);
          return written;
        },
      };
    },
  };
}
