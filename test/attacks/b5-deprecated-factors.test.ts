import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import type { ScheduleRule } from '../../factors/policy/terms.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  afterwards,
  appCode,
  begin,
  cardCode,
  countJudgements,
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
  uidOf,
  type Visit,
} from './visitor.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };
const open: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of open) await one.close();
});
async function start(
  overrides: Readonly<Record<string, unknown>>,
  at?: number,
): Promise<{ product: Product; rp: RelyingParty }> {
  const product = await startProduct({ ...rules, ...overrides }, at === undefined ? {} : { at });
  open.push(product);
  return { product, rp: await relyingParty(product.issuer, product.client) };
}
const audited = async (product: Product, person: NewPerson, action: string) => {
  await product.app.flush();
  return product.house.audit.list({ limit: 1000, filter: { person: person.person.id, action } });
};
/** Sets the card's dates, as an administrator does while people sign in. */
const reschedule = (product: Product, rule: Partial<ScheduleRule>, after: 'refuse' | 're-enrol' = 're-enrol') =>
  product.house.schedules.change('cli:test', (schedules) => ({
    ...schedules,
    'token-card': {
      factor: 'token-card',
      rules: [{ scope: { kind: 'all' }, ...rule }],
      after,
      replacements: ['email-otp', 'authenticator-app'],
      zone: 'Europe/Brussels',
    },
  }));

/** Addresses that might reach the same door under another name. */
const doors = (visit: Visit, step: string): readonly string[] => {
  const uid = uidOf(visit);
  return [
    `/interaction/${uid}/${step}`,
    `/interaction/${uid}/${step}/`,
    `/interaction/${uid}//${step}`,
    `//interaction/${uid}/${step}`,
    `/interaction/${uid}/${step.toUpperCase()}`,
    `/INTERACTION/${uid}/${step}`,
    `/interaction/${uid}/${step.replaceAll('-', '%2d')}`,
    `/interaction/${uid}/%70${step.slice(1)}`,
    `/interaction/${uid}%2f${step}`,
    `/interaction/${uid}/${step}%2f`,
    `/interaction/${uid}/${step}%00`,
    `/interaction/${uid}/${step};v=1`,
    `/interaction/${uid}/${step}?v=0&_method=PUT`,
    `/interaction/${uid}/choose-key/../${step}`,
    `/interaction/${uid}/choose-key/%2e%2e/${step}`,
    `/interaction/${uid}/${step}.json`,
    `/v1/interaction/${uid}/${step}`,
    `/api/interaction/${uid}/${step}`,
    `/old/interaction/${uid}/${step}`,
    `/interaction/v0/${uid}/${step}`,
    `/interactions/${uid}/${step}`,
    `/oidc/interaction/${uid}/${step}`,
  ];
};

describe('B5-01: after its last day a key is refused at every door', () => {
  test.each(['refuse', 're-enrol'] as const)('after: %s', async (after) => {
    const { product, rp } = await start(going({ after }), afterwards - 60_000);
    const an = await product.addPerson();
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'token-card' });
    await send(visit, 'phase-out', { action: 'postpone' });
    const code = cardCode(an, await givePassword(visit, an));
    const judged = countJudgements(product, 'token-card');

    product.clock.set(afterwards);
    const overrides = [
      {},
      { 'x-http-method-override': 'PUT' },
      { 'x-original-url': `/interaction/${uidOf(visit)}/prove-key` },
    ];
    for (const path of doors(visit, 'prove-key')) {
      for (const headers of overrides) {
        const page = await visit.agent.post(
          `${product.issuer}${path}`,
          { code, action: 'continue' },
          { from: visit.base, headers },
        );
        expect([path, gotCode(page), page.status >= 500]).toEqual([path, false, false]);
      }
    }
    for (const path of doors(visit, 'activate-key')) {
      const page = await visit.agent.post(
        `${product.issuer}${path}`,
        { code, action: 'continue' },
        { from: visit.base },
      );
      expect([path, gotCode(page)]).toEqual([path, false]);
    }
    const refusals = await audited(product, an, 'key.refused');
    if (after === 'refuse') {
      expect(judged.verify).toBe(0);
      expect(refusals.map(({ event }) => event.reason)).toContain('key_not_held_or_expired');
    }
    for (const action of ['continue', 'cancel', 'previous', 'postpone', 'other-key', 'again', 'end-session']) {
      for (const step of ['confirm-email', 'select-key', 'activate-key', 'done', 'phase-out', 'refused']) {
        const page = await send(visit, step, { action });
        expect([step, action, gotCode(page)]).toEqual([step, action, false]);
      }
    }
    expect(await audited(product, an, 'sign-in.completed')).toEqual([]);
    expect((await personNow(product, an)).keys.map(({ status }) => status)).toEqual(['active']);
    // And begun afresh.
    const fresh = await begin(rp);
    let page = await send(fresh, 'choose-key', { key: 'token-card' });
    if (stepOf(page) === 'phase-out') {
      expect(page.body).not.toContain('value="postpone"');
      expect(stepOf(await send(fresh, 'phase-out', { action: 'postpone' }))).toBe('phase-out');
      page = await send(fresh, 'phase-out', { action: 'migrate' });
    }
    page = await givePassword(fresh, an);
    expect(gotCode(await giveCode(fresh, cardCode(an, page)))).toBe(false);
    expect(stepOf(await look(fresh))).toBe(after === 'refuse' ? 'refused' : 'confirm-email');
    if (after === 'refuse') expect(judged.verify).toBe(0);
  });

  test('to the millisecond', async () => {
    const { product, rp } = await start(going({ after: 'refuse' }));
    for (const [instant, taken] of [
      [afterwards - 1, true],
      [afterwards, false],
      [afterwards + 1, false],
    ] as const) {
      const an = await product.addPerson();
      product.clock.set(afterwards - 10_000);
      const visit = await begin(rp);
      await send(visit, 'choose-key', { key: 'token-card' });
      await send(visit, 'phase-out', { action: 'postpone' });
      const code = cardCode(an, await givePassword(visit, an));
      product.clock.set(instant);
      expect([instant - afterwards, gotCode(await giveCode(visit, code))]).toEqual([instant - afterwards, taken]);
    }
  });
});

describe('a key proved just before its end does not carry a sign-in past it', () => {
  test.each(['refuse', 're-enrol'] as const)('after: %s', async (after) => {
    const { product, rp } = await start({ ...going({ after }), signIn: { order: 'name-first' } }, afterwards - 60_000);
    for (const way of ['dialog', 'wizard'] as const) {
      product.clock.set(afterwards - 60_000);
      const an = await product.addPerson();
      const visit = await begin(rp);
      const asked = await givePassword(visit, an);
      expect(stepOf(await giveCode(visit, cardCode(an, asked)))).toBe('phase-out');
      if (way === 'wizard') expect(stepOf(await send(visit, 'phase-out', { action: 'migrate' }))).toBe('confirm-email');

      product.clock.set(afterwards);
      for (const page of [await visit.agent.get(visit.base), await look(visit)]) expect(page.status).toBeLessThan(500);
      for (const step of ['confirm-email', 'phase-out', 'done', 'prove-key']) {
        for (const action of ['cancel', 'postpone', 'continue', 'cancel']) {
          const page = await send(visit, step, { action });
          expect([way, step, action, gotCode(page), page.status >= 500]).toEqual([way, step, action, false, false]);
        }
      }
      expect(await audited(product, an, 'sign-in.completed')).toEqual([]);
    }
  });

  test('an administrator ends it while the dialog is open', async () => {
    const { product, rp } = await start({ ...going(), signIn: { order: 'name-first' } });
    const an = await product.addPerson();
    const visit = await begin(rp);
    await giveCode(visit, cardCode(an, await givePassword(visit, an)));
    await reschedule(product, { sunsetAt: product.clock.now() - 1 });
    expect(gotCode(await send(visit, 'phase-out', { action: 'postpone' }))).toBe(false);
    expect(stepOf(await look(visit))).toBe('phase-out');
  });
});

describe('B5-02: what is closed to enrolment is not enrolled by address', () => {
  const closed = {
    factors: {
      ...(going({ replacements: ['email-otp'] }) as { factors: Readonly<Record<string, unknown>> }).factors,
      'authenticator-app': {
        schedule: {
          closeEnrolment: '2023-01-01',
          untilAndIncluding: '2024-12-31',
          zone: 'Europe/Brussels',
          replacements: ['email-otp'],
        },
      },
    },
  };

  async function toSelection(product: Product, rp: RelyingParty): Promise<{ visit: Visit; an: NewPerson }> {
    const an = await product.addPerson();
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'token-card' });
    await send(visit, 'phase-out', { action: 'migrate' });
    await giveCode(visit, cardCode(an, await givePassword(visit, an)));
    expect(stepOf(await send(visit, 'confirm-email', { action: 'continue' }))).toBe('select-key');
    return { visit, an };
  }

  test('the closed kind, the old kind, and none that exists', async () => {
    const { product, rp } = await start(closed);
    const { visit, an } = await toSelection(product, rp);
    for (const key of [
      'authenticator-app',
      'token-card',
      'AUTHENTICATOR-APP',
      'authenticator-app ',
      '../email-otp',
      'email-otp\0',
      '__proto__',
      'constructor',
      '',
    ]) {
      for (const path of doors(visit, 'select-key')) {
        await visit.agent.post(`${product.issuer}${path}`, { key, action: 'continue' }, { from: visit.base });
      }
      expect([key, stepOf(await look(visit))]).toEqual([key, 'select-key']);
    }
    expect(
      stepOf(await send(visit, 'activate-key', { key: 'authenticator-app', action: 'continue', code: '000000' })),
    ).toBe('select-key');
    expect((await personNow(product, an)).keys.map(({ factor }) => factor)).toEqual(['token-card']);
  });

  test('closed while its page is open', async () => {
    const { product, rp } = await start(going());
    const { visit, an } = await toSelection(product, rp);
    const page = await send(visit, 'select-key', { key: 'authenticator-app' });
    const secret = /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(page.body)?.[1] ?? '';
    await product.house.schedules.change('cli:test', (schedules) => ({
      ...schedules,
      'authenticator-app': {
        factor: 'authenticator-app',
        rules: [{ scope: { kind: 'all' }, closeAt: product.clock.now() - 1 }],
        after: 'refuse',
        replacements: [],
        zone: 'Europe/Brussels',
      },
    }));
    const refused = await send(visit, 'activate-key', {
      action: 'continue',
      code: appCode(secret, product.clock.now()),
    });
    expect([stepOf(refused), reasonOf(refused)]).toEqual(['refused', 'enrolment_closed']);
    expect((await personNow(product, an)).keys.map(({ factor, status }) => `${factor} ${status}`)).toEqual([
      'token-card active',
    ]);
    expect((await audited(product, an, 'enrolment.refused')).map(({ event }) => event.reason)).toEqual([
      'enrolment_closed',
    ]);
  });
});

describe('B5-03: no request gets round a migration that is due', () => {
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
      // Given up, it is back at the beginning; the proof is worth nothing.
      await send(visit, 'confirm-email', { action: 'cancel' });
      expect(stepOf(await look(visit))).toBe('choose-key');
    }
    await reschedule(product, { sunsetAt: product.clock.now() + 86_400_000 });
  });
});

describe('B5-04: the interceptor in one tab, an old page in the other', () => {
  test('of the same sign-in', async () => {
    const { product, rp } = await start({ ...going({ postponements: 0 }), signIn: { order: 'name-first' } });
    const an = await product.addPerson();
    const visit = await begin(rp);
    const asked = await givePassword(visit, an);
    const step = stepOf(asked);
    // Nothing may be put off: the dialog comes before the proof.
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
      await send(visit, 'choose-key', { key: 'token-card' });
      await send(visit, 'phase-out', { action: 'migrate' });
      await giveCode(visit, cardCode(an, await givePassword(visit, an)));
      expect(stepOf(await look(visit))).toBe('confirm-email');
    }
    await send(one, 'confirm-email', { action: 'continue' });
    const page = await send(one, 'select-key', { key: 'authenticator-app' });
    const secret = /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(page.body)?.[1] ?? '';
    expect(
      stepOf(await send(one, 'activate-key', { action: 'continue', code: appCode(secret, product.clock.now()) })),
    ).toBe('done');
    // The old key is off: the other tab's proof of it opens nothing, not even another new key.
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
    // What activated the new key, sent once more, changes nothing either.
    await send(one, 'activate-key', { action: 'continue', code: appCode(secret, product.clock.now()) });
    expect((await personNow(product, an)).keys).toHaveLength(2);
    const end = await send(one, 'done', { action: 'continue' });
    expect(gotCode(end)).toBe(true);
    expect((await rp.finish(one.pending, end.left as URL)).claims()).toMatchObject({ amr: ['pwd', 'otp', 'mfa'] });
    expect(gotCode(await send(one, 'done', { action: 'end-session' }))).toBe(false);
  });
});

describe('B5-05: "later" is judged when it is said', () => {
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

test('B5-06: of a date for all, one for a relying party and one for a group, the earliest counts', async () => {
  const second = {
    id: 'second',
    secret: 'a-secret-of-the-relying-party-2',
    redirectUri: 'https://second.example/callback',
  };
  const { product, rp } = await start({
    ...going(),
    clients: [
      { id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUris: ['https://rp.example/callback'] },
      { id: second.id, secret: second.secret, redirectUris: [second.redirectUri] },
    ],
  });
  const secondRp = await relyingParty(product.issuer, second);
  const now = product.clock.now();
  const [past, future] = [now - 1000, now + 86_400_000];
  const people = { none: await product.addPerson(), staff: await product.addPerson({ groups: ['staff', 'others'] }) };
  const cases: readonly (readonly [string, readonly ScheduleRule[], (where: string, who: string) => boolean])[] = [
    [
      'the client’s is the earliest',
      [
        { scope: { kind: 'all' }, sunsetAt: future },
        { scope: { kind: 'client', id: 'second' }, sunsetAt: past },
        { scope: { kind: 'group', id: 'staff' }, sunsetAt: future },
      ],
      (where) => where === 'rp',
    ],
    [
      'the group’s is the earliest',
      [
        { scope: { kind: 'group', id: 'staff' }, sunsetAt: past },
        { scope: { kind: 'client', id: 'second' }, sunsetAt: future },
        { scope: { kind: 'all' }, sunsetAt: future },
      ],
      (_where, who) => who === 'none',
    ],
    [
      'the one for all is the earliest',
      [
        { scope: { kind: 'client', id: 'rp' }, sunsetAt: future },
        { scope: { kind: 'all' }, sunsetAt: past },
        { scope: { kind: 'group', id: 'staff' }, sunsetAt: future },
      ],
      () => false,
    ],
    [
      'client and group only',
      [
        { scope: { kind: 'client', id: 'second' }, sunsetAt: past },
        { scope: { kind: 'group', id: 'staff' }, sunsetAt: past },
      ],
      (where, who) => where === 'rp' && who === 'none',
    ],
  ];
  for (const [title, scoped, expected] of cases) {
    await product.house.schedules.change('cli:test', (schedules) => ({
      ...schedules,
      'token-card': { factor: 'token-card', rules: scoped, after: 'refuse', replacements: [], zone: 'Europe/Brussels' },
    }));
    for (const [where, party] of [
      ['rp', rp],
      ['second', secondRp],
    ] as const) {
      for (const [who, person] of Object.entries(people)) {
        const visit = await begin(party);
        const page = await signIn(product, visit, person, 'token-card');
        expect([title, where, who, gotCode(page)]).toEqual([title, where, who, expected(where, who)]);
      }
    }
  }
});
