/**
 * The deployment CSAM as it is shipped, whole: from a clerk's desk to a relying party, with a real mail server and the
 * letter read from its PDF. A newcomer with each of the three keys; and a citizen whose paper token has ended.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { codeForm } from '../harness/desk-visit.ts';
import { activeKeys, appCode, expectClaims, givePassword, mailedCode, textedCode } from '../harness/flow-moves.ts';
import { flows, midnight, type Stage } from '../harness/flow-stage.ts';
import type { Visit } from '../harness/flow-visit.ts';
import { pdfText } from '../harness/pdf-text.ts';
import type { NewPerson } from '../harness/product.ts';
import { shippedDeployment } from '../harness/shipped-deployment.ts';
import { startSmtp, type SmtpHarness } from '../harness/smtp.ts';

const password = 'Tulpen uit Haarlem 43';
let smtp: SmtpHarness;
beforeAll(async () => {
  smtp = await startSmtp({ tls: 'none' });
});
afterAll(() => smtp.close());

/** csam.yaml, in this place: its mail goes to the server of the test. */
const csam = () => ({
  ...shippedDeployment('csam'),
  links: {},
  mail: {
    smtp: {
      host: '127.0.0.1',
      port: smtp.port,
      security: 'none',
      from: { name: 'CSAM', address: 'no-reply@csam.example' },
    },
  },
});

/** A clerk of the group that csam.yaml names, at the list of the desk. */
async function toDesk(stage: Stage): Promise<Visit> {
  const { product } = stage;
  const clerk = await product.addPerson({
    language: 'nl',
    keys: ['authenticator-app'],
    groups: ['registration-desk'],
  });
  const visit = await stage.visit('nl');
  await visit.page.goto(`${product.issuer}/desk`);
  await visit.choose('authenticator-app');
  await givePassword(visit, clerk);
  await visit.send({ code: appCode(clerk.totp, product.clock.now()) });
  await visit.expectStep('desk-list');
  return visit;
}

/** The text layer of the letter that comes when the button is pressed. */
async function letterOf({ page }: Visit): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('button[value="letter"]')]);
  return pdfText(await readFile(await download.path()));
}

/** As the mail server has got it. */
async function linkIn(stage: Stage, email: string): Promise<string> {
  await stage.product.mailTo(email, /activate/);
  const got = smtp.delivered.findLast(({ to, mail }) => to.includes(email) && mail.html?.includes('/activate/'));
  return /href="([^"]+\/activate\/[^"]+)"/.exec(got?.mail.html ?? '')?.[1]?.replaceAll('&#x3D;', '=') ?? '';
}

async function enter(visit: Visit, link: string, code: string): Promise<void> {
  await visit.page.goto(link);
  await visit.expectStep('activation');
  await visit.press('begin');
  await visit.expectStep('paper-code');
  await visit.send({ code });
  await visit.expectStep('terms');
  await visit.press('accept');
  await visit.expectStep('select-key');
}

const secretOn = async (visit: Visit) => (await visit.page.locator('.secret').textContent()) ?? '';

type Kind = 'email-otp' | 'sms' | 'authenticator-app';
interface Proving {
  readonly email: string;
  readonly number: string;
  readonly secret: string;
}

/** The number with the notice of risk, where the key is one. */
async function giveNumber(visit: Visit, number: string): Promise<void> {
  await visit.page.locator('input[name="risk"]').check();
  await visit.send({ number });
}

const codeOf: Readonly<Record<Kind, (stage: Stage, proving: Proving) => Promise<string>>> = {
  'email-otp': (stage, { email }) => mailedCode(stage, email),
  sms: (stage, { number }) => textedCode(stage, { number }),
  'authenticator-app': async ({ product }, { secret }) => appCode(secret, product.clock.now()),
};

flows('CSAM, whole', ({ own }) => {
  test.each([
    ['fr', 'email-otp', 'low'],
    ['nl', 'sms', 'substantial'],
    ['de', 'authenticator-app', 'substantial'],
  ] as const)(
    'A-562 B1 B2 B3 B4 B5 C1 C2 a newcomer, from the desk to the relying party: %s, %s',
    async (language, kind, level) => {
      const stage = await own(csam());
      const { product } = stage;
      const { clock } = product;
      const email = `desiree.${language}@example.org`;
      const clerk = await toDesk(stage);
      await clerk.page.click('a.button-main');
      await clerk.expectStep('desk-register');
      await clerk.type({ 'given-name': 'Désirée', 'family-name': 'Müller', email, birthdate: '1950-02-01' });
      await clerk.page.check(`[name=own][value=${language}]`);
      await clerk.page.check('[name=document][value=identity-card]');
      await clerk.press('continue');
      await clerk.press('register');
      await clerk.expectStep('desk-person');
      const letter = await letterOf(clerk);
      const code = codeForm.exec(letter)?.[0] ?? '';
      const number = '+32470112233';
      const visit = await stage.visit(language);
      expect(letter).toContain(visit.text('letter.title'));
      await enter(visit, await linkIn(stage, email), code.toLowerCase());
      expect((await visit.buttons('key')).toSorted()).toEqual(['authenticator-app', 'email-otp', 'sms']);
      await visit.choose(kind);
      await visit.expectStep('choose-name');
      const username = `desiree.${language}`;
      await visit.send({ username, password, again: password });
      await visit.expectStep('activate-key', { factor: kind });
      if (kind === 'sms') await giveNumber(visit, '0470 11 22 33');
      const secret = kind === 'authenticator-app' ? await secretOn(visit) : '';
      const proving = { email, number, secret };
      clock.advance(60_000);
      await visit.send({ code: await codeOf[kind](stage, proving) });
      await visit.expectStep('done', { factor: kind });
      await visit.picture(`whole-${kind}`);
      await visit.press('end-session');
      await visit.expectStep('activation');

      await clerk.page.goto(`${product.issuer}/desk/list`);
      expect(await clerk.page.locator('[data-status]').first().getAttribute('data-status')).toBe('activated');

      // At the relying party, and then in My digital keys by single sign-on.
      clock.advance(60_000);
      await visit.signIn();
      await visit.choose(kind);
      await givePassword(visit, { username, password });
      await visit.expectStep('prove-key', { factor: kind });
      clock.advance(60_000);
      await visit.send({ code: await codeOf[kind](stage, proving) });
      await expectClaims(visit, { acr: `urn:rekey:acr:${level}` });
      await visit.page.goto(`${product.issuer}/my`);
      await visit.expectStep('keys');
      expect(await visit.page.locator('[data-key]').count()).toBe(1);
    },
    180_000,
  );

  test.each(['nl', 'fr'] as const)(
    'A-562 A11 A12 B1 B2 the token has ended, and its citizen comes back by the desk: %s',
    async (language) => {
      const stage = await own(csam(), { at: midnight });
      const { product } = stage;
      const an: NewPerson = await product.addPerson({ language, keys: ['token-card'] });
      const visit = await stage.visit(language);
      await visit.signIn();
      expect(await visit.buttons('key')).not.toContain('passkey');
      await visit.choose('token-card');
      await givePassword(visit, an);
      await visit.expectStep('refused', { reason: 'key_not_held_or_expired' });
      const link = visit.main().locator('a', { hasText: visit.text('refused.activation') });
      await visit.follow(link);
      await visit.expectStep('activation');
      expect(await visit.data('mode')).toBe('closed');
      await visit.says('02 555 01 00');
      await visit.picture('whole-further-link');

      const clerk = await toDesk(stage);
      await clerk.page.goto(`${product.issuer}/desk/find`);
      await clerk.page.fill('[name=who]', an.username.toUpperCase());
      await clerk.press('find');
      await clerk.expectStep('desk-person');
      await clerk.page.check('[name=document][value=passport]');
      const code = codeForm.exec(await letterOf(clerk))?.[0] ?? '';
      await enter(visit, await linkIn(stage, an.email), code);
      await visit.says(visit.text('select_key.ends'));
      await visit.choose('authenticator-app');
      await visit.send({ password, again: password });
      const secret = await secretOn(visit);
      await visit.send({ code: appCode(secret, product.clock.now()) });
      await visit.expectStep('done');
      expect(await activeKeys(stage, an)).toEqual(['authenticator-app']);
      await visit.press('end-session');
      await visit.signIn();
      await visit.choose('authenticator-app');
      await givePassword(visit, { username: an.username, password });
      product.clock.advance(60_000);
      await visit.send({ code: appCode(secret, product.clock.now()) });
      await expectClaims(visit, { acr: 'urn:rekey:acr:substantial' });
    },
    180_000,
  );
});
