import { afterAll, describe, expect, test } from '@jest/globals';
import type { ScheduleRule } from '../../factors/policy/types.ts';
import type { NewPerson, Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { audited, datedCards, reschedule } from './dated-cards.ts';
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
  personNow,
  reasonOf,
  send,
  signIn,
  stepOf,
  toWizard,
  uidOf,
  type Visit,
  shownSecret,
} from './visitor.ts';

const { start, close } = datedCards();
afterAll(() => close());

/** Addresses that might reach the same page under another name. */
const addresses = (visit: Visit, step: string): readonly string[] => {
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

describe('B5-01: after its last day a key is refused everywhere', () => {
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
    for (const path of addresses(visit, 'prove-key')) {
      for (const headers of overrides) {
        const page = await visit.agent.post(
          `${product.issuer}${path}`,
          { code, action: 'continue' },
          { from: visit.base, headers },
        );
        expect([path, gotCode(page), page.status >= 500]).toEqual([path, false, false]);
      }
    }
    for (const path of addresses(visit, 'activate-key')) {
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
    for (const way of ['dialog', 'wizard'] as const) {
      // A last day that has passed stays over: each case has its own deployment.
      const { product, rp } = await start(
        { ...going({ after }), signIn: { order: 'name-first' } },
        afterwards - 60_000,
      );
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

describe('B5-02: a closed factor cannot be enrolled by its address', () => {
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
    await toWizard(visit, an);
    expect(stepOf(await send(visit, 'confirm-email', { action: 'continue' }))).toBe('select-key');
    return { visit, an };
  }

  test('the closed factor, the old factor, and an unknown one', async () => {
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
      for (const path of addresses(visit, 'select-key')) {
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
    const secret = shownSecret(page);
    await product.services.schedules.change('cli:test', (schedules) => ({
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

test('B5-06: of the dates for everyone, a relying party and a group the earliest counts', async () => {
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
    await product.services.schedules.change('cli:test', (schedules) => ({
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
