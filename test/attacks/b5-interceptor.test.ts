// The dialog for a retired key: no request, tab or old form gets around it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { HttpAgent } from '../harness/http-agent.ts';
import type { Product } from '../harness/product.ts';
import type { RelyingParty } from '../harness/relying-party.ts';
import { datedCards, reschedule } from './dated-cards.ts';
import {
  afterwards,
  appCode,
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  gotCode,
  look,
  mailedCode,
  personNow,
  reasonOf,
  send,
  signIn,
  staying,
  stepOf,
  toWizard,
  shownSecret,
} from './visitor.ts';

const { start, close } = datedCards();
afterAll(() => close());

describe('B5-03: no request gets around a migration that is due', () => {
  let product: Product;
  let rp: RelyingParty;
  beforeAll(async () => {
    ({ product, rp } = await start(staying, Date.now()));
  });

  test('with a session from before', async () => {
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    const end = await signIn(product, visit, an, 'token-card');
    const { id_token: hint = '' } = await rp.finish(visit.pending, end.left as URL);
    const silent = async (parameters: Readonly<Record<string, string>>) =>
      visit.agent.get((await rp.begin(parameters)).url);
    expect(gotCode(await silent({ prompt: 'none' }))).toBe(true);

    await reschedule(product, { sunsetAt: product.clock.now() - 1000 });
    for (const parameters of [
      { prompt: 'none' },
      { prompt: 'none', id_token_hint: hint },
      { prompt: 'none', max_age: '86400' },
      { prompt: 'none', acr_values: 'urn:rekey:acr:single' },
      { prompt: 'none', scope: 'openid' },
    ]) {
      const page = await silent(parameters);
      expect([parameters, page.left?.searchParams.get('error')]).toEqual([parameters, 'interaction_required']);
    }
    for (const parameters of [
      {},
      { prompt: 'consent' },
      { prompt: 'login' },
      { max_age: '86400' },
      { max_age: '0' },
      { id_token_hint: hint },
      { login_hint: an.username },
      { acr_values: 'urn:rekey:acr:single' },
      { display: 'popup', ui_locales: 'nl' },
    ]) {
      const page = await silent(parameters);
      expect([parameters, page.left?.href, stepOf(page)]).toEqual([parameters, undefined, 'choose-key']);
    }
    const { url } = await rp.begin();
    const pushed = await oidc.buildAuthorizationUrlWithPAR(rp.configuration, url.searchParams);
    expect(stepOf(await visit.agent.get(pushed))).toBe('choose-key');
    expect(stepOf(await visit.agent.post(`${product.issuer}/auth`, url.searchParams.toString()))).toBe('choose-key');
    const posted = await visit.agent.get((await rp.begin({ response_mode: 'form_post' })).url);
    expect([stepOf(posted), posted.body.includes('name="code"')]).toEqual(['choose-key', false]);
    await reschedule(product, { sunsetAt: product.clock.now() + 86_400_000 });
  });

  test('and from the beginning: the wizard stands between the proof and the relying party', async () => {
    await reschedule(product, { sunsetAt: product.clock.now() - 1000 });
    for (const parameters of [
      { prompt: 'consent' },
      { prompt: 'login' },
      { max_age: '86400' },
      { acr_values: 'urn:rekey:acr:single' },
      { response_mode: 'form_post' },
      { ui_locales: 'nl', language: 'nl', migrate: 'no', postpone: '1' },
    ]) {
      const an = await product.addPerson();
      const visit = await begin(rp, parameters);
      await send(visit, 'choose-key', { key: 'token-card' });
      await send(visit, 'phase-out', { action: 'postpone', ...parameters });
      await send(visit, 'phase-out', { action: 'migrate' });
      const page = await giveCode(visit, cardCode(an, await givePassword(visit, an)));
      expect([parameters, stepOf(page)]).toEqual([parameters, 'confirm-email']);
      expect(gotCode(await send(visit, 'done', { action: 'continue' }))).toBe(false);
      // After cancelling it starts again; the proof is void.
      await send(visit, 'confirm-email', { action: 'cancel' });
      expect(stepOf(await look(visit))).toBe('choose-key');
    }
    await reschedule(product, { sunsetAt: product.clock.now() + 86_400_000 });
  });
});

describe('B5-04: the dialog in one tab, an old page in the other', () => {
  test('of the same sign-in', async () => {
    const { product, rp } = await start({ ...going({ postponements: 0 }), signIn: { order: 'name-first' } });
    const an = await product.addPerson();
    const visit = await begin(rp);
    const asked = await givePassword(visit, an);
    const step = stepOf(asked);
    // It may not be put off: the dialog comes before the proof.
    expect(step).toBe('phase-out');
    for (const form of [
      { action: 'postpone' },
      { action: 'continue', code: cardCode(an, asked) },
      { action: 'continue', username: an.username, password: an.password },
      { key: 'token-card' },
    ]) {
      for (const old of ['phase-out', 'prove-key', 'password', 'choose-key', 'done']) {
        const page = await send(visit, old, form);
        expect([old, form, gotCode(page)]).toEqual([old, form, false]);
      }
    }
  });

  test('of another sign-in in the same browser', async () => {
    const { product, rp } = await start(going({ after: 're-enrol' }), afterwards);
    const an = await product.addPerson();
    const agent = new HttpAgent();
    const [one, two] = [await begin(rp, { agent }), await begin(rp, { agent })];
    for (const visit of [one, two]) {
      await toWizard(visit, an);
      expect(stepOf(await look(visit))).toBe('confirm-email');
    }
    await send(one, 'confirm-email', { action: 'continue' });
    const page = await send(one, 'select-key', { key: 'authenticator-app' });
    const secret = shownSecret(page);
    expect(
      stepOf(await send(one, 'activate-key', { action: 'continue', code: appCode(secret, product.clock.now()) })),
    ).toBe('done');
    // The old key is off: the other tab's proof of it permits nothing, not even another new key.
    await send(two, 'confirm-email', { action: 'continue' });
    // Nor is it strong enough beside the new one.
    const other = await send(two, 'select-key', { key: 'authenticator-app' });
    expect([stepOf(other), reasonOf(other)]).toEqual(['select-key', 'choice_unknown']);
    const third = await send(two, 'select-key', { key: 'email-otp' });
    expect(stepOf(third)).toBe('activate-key');
    const mailed = await mailedCode(product, an.email);
    expect(gotCode(await send(two, 'activate-key', { action: 'continue', code: mailed }))).toBe(false);
    expect(gotCode(await send(two, 'done', { action: 'continue' }))).toBe(false);
    expect((await personNow(product, an)).keys.map(({ factor, status }) => `${factor} ${status}`)).toEqual([
      'token-card off',
      'authenticator-app active',
    ]);
    // The answer that activated the new key, sent again, changes nothing either.
    await send(one, 'activate-key', { action: 'continue', code: appCode(secret, product.clock.now()) });
    expect((await personNow(product, an)).keys).toHaveLength(2);
    const end = await send(one, 'done', { action: 'continue' });
    expect(gotCode(end)).toBe(true);
    expect((await rp.finish(one.pending, end.left as URL)).claims()).toMatchObject({ amr: ['pwd', 'otp', 'mfa'] });
    expect(gotCode(await send(one, 'done', { action: 'end-session' }))).toBe(false);
  });
});

describe('B5-05: "later" is judged when it is sent', () => {
  test('yesterday’s form on the day after', async () => {
    const { product, rp } = await start(going(), afterwards - 1000);
    const an = await product.addPerson();
    const visit = await begin(rp);
    const dialog = await send(visit, 'choose-key', { key: 'token-card' });
    expect(dialog.body).toContain('value="postpone"');
    product.clock.set(afterwards);
    const page = await visit.agent.submit(dialog, { action: 'postpone' });
    expect([stepOf(page), reasonOf(page)]).toEqual(['phase-out', 'choice_unknown']);
    expect(page.body).not.toContain('value="postpone"');
    await givePassword(visit, an);
    expect(stepOf(await look(visit))).toBe('phase-out');
  });

  test('put off once, and then past the day', async () => {
    const { product, rp } = await start(going(), afterwards - 1000);
    const an = await product.addPerson();
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'token-card' });
    await send(visit, 'phase-out', { action: 'postpone' });
    product.clock.set(afterwards);
    expect(gotCode(await giveCode(visit, cardCode(an, await givePassword(visit, an))))).toBe(false);
    expect(stepOf(await look(visit))).toBe('phase-out');
  });

  test('as often as configured, also at once and in several browsers', async () => {
    const { product, rp } = await start(going({ postponements: 2 }));
    const an = await product.addPerson();
    const carryOn = async () => {
      const visit = await begin(rp);
      await send(visit, 'choose-key', { key: 'token-card' });
      await send(visit, 'phase-out', { action: 'postpone' });
      const page = await givePassword(visit, an);
      return stepOf(page) === 'prove-key' ? gotCode(await giveCode(visit, cardCode(an, page))) : false;
    };
    let times = 0;
    for (let round = 0; round < 5; round += 1) if (await carryOn()) times += 1;
    expect(times).toBe(2);

    const other = await product.addPerson();
    const visits = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const visit = await begin(rp);
        await send(visit, 'choose-key', { key: 'token-card' });
        await send(visit, 'phase-out', { action: 'postpone' });
        return visit;
      }),
    );
    await Promise.all(visits.map((visit) => givePassword(visit, other)));
    const steps = await Promise.all(visits.map(async (visit) => stepOf(await look(visit))));
    expect(steps.filter((step) => step === 'prove-key').length).toBeLessThanOrEqual(2);
  });
});
