import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import type { Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { withLatency } from '../harness/storage-wrappers.ts';
import {
  appCode,
  begin,
  cardCode,
  factorOf,
  giveCode,
  givePassword,
  going,
  gotCode,
  kinds,
  look,
  mailedCode,
  newApp,
  parallel,
  personNow,
  reasonOf,
  rightCode,
  send,
  signIn,
  staying,
  stepOf,
  toProof,
  wrongCode,
  type Visit,
  shownSecret,
} from './visitor.ts';

const rules = {
  limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
};
/** Over a slow network, so that requests overtake one another between reading and writing. */
const slowly = {
  around: (storage: Parameters<typeof withLatency>[0]) => withLatency(storage, { min: 0, max: 2, seed: 7 }),
};

let product: Product;
let rp: RelyingParty;
/** The card is being retired, and the name comes first: the dialog comes after the proof. */
let migrating: Product;
let migratingRp: RelyingParty;
beforeAll(async () => {
  product = await startProduct({ ...staying, ...rules }, { ...slowly });
  rp = await relyingParty(product.issuer, product.client);
  migrating = await startProduct({ ...going(), ...rules, signIn: { order: 'name-first' } }, { ...slowly });
  migratingRp = await relyingParty(migrating.issuer, migrating.client);
});
afterAll(async () => {
  await product.close();
  await migrating.close();
});

const audited = async (of: Product, person: NewPerson, action: string) => {
  await of.app.flush();
  return (await of.services.audit.list({ limit: 1000, filter: { person: person.person.id, action } })).length;
};
const codesOf = (pages: readonly Page[]) =>
  new Set(pages.filter(gotCode).map((page) => page.left?.searchParams.get('code')));

/** After name, password and card; the wizard is at `select-key`. */
async function toSelection(person: NewPerson): Promise<Visit> {
  const visit = await begin(migratingRp);
  await givePassword(visit, person);
  expect(stepOf(await giveCode(visit, cardCode(person, await look(visit))))).toBe('phase-out');
  await send(visit, 'phase-out', { action: 'migrate' });
  expect(stepOf(await send(visit, 'confirm-email', { action: 'continue' }))).toBe('select-key');
  return visit;
}

describe('B3-01: sixteen parallel submissions of one right code are one success', () => {
  test.each(kinds)('%s, in one sign-in', async (kind) => {
    const an = await product.addPerson({ keys: [kind] });
    const visit = await begin(rp);
    const code = await rightCode(product, an, await toProof(visit, an, kind));
    const pages = await parallel(16, (copy) => giveCode(visit, code, {}, copy));
    expect(pages.filter(({ status }) => status >= 500)).toEqual([]);
    expect(codesOf(pages).size).toBe(1);
    expect(await audited(product, an, 'key.proved')).toBe(1);
    expect(await audited(product, an, 'sign-in.completed')).toBe(1);
  });

  test('authenticator-app, in sixteen sign-ins', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visits = await parallel(16, async () => {
      const visit = await begin(rp);
      await toProof(visit, an, 'authenticator-app');
      return visit;
    });
    const code = appCode(an.totp, product.clock.now());
    const pages = await Promise.all(visits.map((visit) => giveCode(visit, code)));
    expect(pages.filter(gotCode)).toHaveLength(1);
    expect(await audited(product, an, 'key.proved')).toBe(1);
  });

  test('token-card, in all sign-ins that ask the same position', async () => {
    const an = await product.addPerson({ keys: ['token-card'] });
    const asked = await parallel(16, async () => {
      const visit = await begin(rp);
      return { visit, code: cardCode(an, await toProof(visit, an, 'token-card')) };
    });
    const byCode = Map.groupBy(asked, ({ code }) => code);
    const [code, same] = [...byCode].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? [];
    expect(same?.length).toBeGreaterThan(1);
    const pages = await Promise.all(
      (same ?? []).flatMap(({ visit }) => [1, 2, 3].map((copy) => giveCode(visit, code ?? '', {}, copy))),
    );
    expect(codesOf(pages).size).toBe(1);
    expect(await audited(product, an, 'key.proved')).toBe(1);
  });

  test.each(['authenticator-app', 'email-otp'] as const)('activation of %s', async (kind) => {
    const an = await migrating.addPerson();
    const visit = await toSelection(an);
    const page = await send(visit, 'select-key', { key: kind });
    const code =
      kind === 'email-otp' ? await mailedCode(migrating, an.email) : appCode(shownSecret(page), migrating.clock.now());
    const pages = await parallel(16, (copy) =>
      send(visit, 'activate-key', { action: 'continue', code, copy: `${copy}` }),
    );
    expect(pages.filter(({ status }) => status >= 500)).toEqual([]);
    const { keys } = await personNow(migrating, an);
    expect(keys.map(({ factor, status }) => `${factor} ${status}`)).toEqual(['token-card off', `${kind} active`]);
    expect(await audited(migrating, an, 'key.on')).toBe(1);
    expect(await audited(migrating, an, 'key.off')).toBe(1);
    // A double click is never reported as a failure.
    expect(stepOf(await look(visit))).toBe('done');
    await migrating.app.flush();
    expect(migrating.mails.filter(({ to, text }) => to === an.email && !/\b\d{6}\b/.test(text))).toHaveLength(2);
  });

  test('activation in two browsers at once: one of them moves', async () => {
    const an = await migrating.addPerson();
    const visits = [await toSelection(an), await toSelection(an)];
    const codes: string[] = [];
    for (const visit of visits) codes.push(appCode(await newApp(visit), migrating.clock.now()));
    await Promise.all(
      visits.map((visit, at) => send(visit, 'activate-key', { action: 'continue', code: codes[at] ?? '' })),
    );
    const { keys } = await personNow(migrating, an);
    expect(keys.map(({ factor, status }) => `${factor} ${status}`)).toEqual([
      'token-card off',
      'authenticator-app active',
    ]);
    const stand = await Promise.all(visits.map(look));
    expect(new Set(stand.map(stepOf))).toEqual(new Set(['done', 'refused']));
  });

  test('the code that proves an address', async () => {
    const an = await migrating.addPerson();
    const visit = await begin(migratingRp);
    await givePassword(visit, an);
    await giveCode(visit, cardCode(an, await look(visit)));
    await send(visit, 'phase-out', { action: 'migrate' });
    await send(visit, 'confirm-email', { action: 'change' });
    const address = `new-${an.email}`;
    await send(visit, 'confirm-email', { action: 'continue', email: address });
    const code = await mailedCode(migrating, address);
    await parallel(16, (copy) => send(visit, 'confirm-email', { action: 'continue', code, copy: `${copy}` }));
    expect((await personNow(migrating, an)).email?.address).toBe(address);
    expect(await audited(migrating, an, 'email.changed')).toBe(1);
  });

  test('a second click does not remove the proof', async () => {
    for (let round = 0; round < 5; round += 1) {
      const an = await migrating.addPerson();
      const visit = await begin(migratingRp);
      await givePassword(visit, an);
      const code = cardCode(an, await look(visit));
      await parallel(4, (copy) => giveCode(visit, code, {}, copy));
      expect(stepOf(await look(visit))).toBe('phase-out');
      expect(await audited(migrating, an, 'key.proved')).toBe(1);
    }
  });
});

test('B3-02: a code of the app counts once in its step', async () => {
  const an = await product.addPerson({ keys: ['authenticator-app'] });
  const code = appCode(an.totp, product.clock.now());
  const first = await begin(rp);
  await toProof(first, an, 'authenticator-app');
  expect(gotCode(await giveCode(first, code))).toBe(true);
  for (const visit of [await begin(rp), await begin(rp, { agent: first.agent, prompt: 'login' })]) {
    await toProof(visit, an, 'authenticator-app');
    const page = await giveCode(visit, code);
    expect([gotCode(page), reasonOf(page)]).toEqual([false, 'code_used']);
  }
  await product.restart();
  const later = await begin(rp);
  await toProof(later, an, 'authenticator-app');
  expect(reasonOf(await giveCode(later, code))).toBe('code_used');
});

describe('B3-03: nor in the window of clock drift', () => {
  test('the same code one step later, and an older one after a newer', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const now = product.clock.now();
    const [older, current] = [appCode(an.totp, now - 30_000), appCode(an.totp, now)];
    const first = await begin(rp);
    await toProof(first, an, 'authenticator-app');
    expect(gotCode(await giveCode(first, current))).toBe(true);
    const second = await begin(rp);
    await toProof(second, an, 'authenticator-app');
    expect(reasonOf(await giveCode(second, older))).toBe('code_used');
    product.clock.advance(30_000);
    expect(reasonOf(await giveCode(second, current))).toBe('code_used');
    expect(gotCode(await giveCode(second, appCode(an.totp, product.clock.now())))).toBe(true);
  });

  test('A-032: the code that activated an app signs nobody in, and an app that was not activated does not either', async () => {
    const an = await migrating.addPerson();
    const visit = await toSelection(an);
    const secret = await newApp(visit);
    const code = appCode(secret, migrating.clock.now());
    const early = await begin(migratingRp);
    await givePassword(early, an);
    await send(early, 'choose-key', { key: 'authenticator-app' });
    expect(factorOf(await look(early))).not.toBe('authenticator-app');
    expect(gotCode(await giveCode(early, code))).toBe(false);
    expect(stepOf(await send(visit, 'activate-key', { action: 'continue', code }))).toBe('done');
    const next = await begin(migratingRp);
    await givePassword(next, an);
    expect(reasonOf(await giveCode(next, code))).toBe('code_used');
  });
});

describe('B3-04: codes outside the window are wrong, at both edges', () => {
  const steps = [-20, -2, -1, 0, 1, 2, 20];

  /** Steps whose code was accepted, at the beginning and at the end of a step; every other one is a wrong code. */
  async function takenBy(running: Product, party: RelyingParty) {
    const taken: [number, number][] = [];
    for (const step of steps) {
      for (const within of [0, 29_999]) {
        const an = await running.addPerson({ keys: ['authenticator-app'] });
        const stepBegins = Math.ceil(running.clock.now() / 30_000) * 30_000;
        running.clock.set(stepBegins + within);
        const visit = await begin(party);
        await toProof(visit, an, 'authenticator-app');
        const page = await giveCode(visit, appCode(an.totp, stepBegins + step * 30_000));
        if (gotCode(page)) taken.push([step, within]);
        else expect([step, within, reasonOf(page)]).toEqual([step, within, 'code_wrong']);
      }
    }
    return taken;
  }
  const both = (taken: readonly number[]) => taken.flatMap((step) => [0, 29_999].map((within) => [step, within]));

  test('one step back and none ahead, with the default settings', async () => {
    expect(await takenBy(product, rp)).toEqual(both([-1, 0]));
  });

  test('one step ahead too where the deployment allows it', async () => {
    const settings = { window: { future: 1 } };
    const ahead = await startProduct({ ...rules, factors: { 'authenticator-app': { recommended: true, settings } } });
    try {
      expect(await takenBy(ahead, await relyingParty(ahead.issuer, ahead.client))).toEqual(both([-1, 0, 1]));
    } finally {
      await ahead.close();
    }
  });
});

test('A-013: a card’s code counts once, whatever happens in between', async () => {
  const an = await product.addPerson({ keys: ['token-card'] });
  const seen = new Set<string>();
  for (let sign = 0; sign < 3; sign += 1) {
    const visit = await begin(rp);
    const code = cardCode(an, await toProof(visit, an, 'token-card'));
    expect(seen).not.toContain(code);
    seen.add(code);
    // The code of any other position is wrong.
    for (const other of Object.values(an.card)
      .filter((one) => one !== code)
      .slice(0, 2)) {
      expect(reasonOf(await giveCode(visit, other))).toBe('code_wrong');
    }
    expect(gotCode(await giveCode(visit, code))).toBe(true);
    await product.restart();
  }
  expect(wrongCode(product, an)).toMatch(/^\d{6}$/);
});

describe('at the token end-point, through the whole product', () => {
  test('B3-05: sixteen exchanges of one code: one succeeds, and its tokens end with the reuse', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    const end = await signIn(product, visit, an, 'authenticator-app');
    const results = await Promise.allSettled(
      Array.from({ length: 16 }, () => rp.finish(visit.pending, end.left as URL)),
    );
    const won = results.filter(({ status }) => status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ error: 'invalid_grant' });
    const token = won[0]?.status === 'fulfilled' ? won[0].value.access_token : '';
    await expect(oidc.fetchUserInfo(rp.configuration, token, oidc.skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('B3-06, A-221a: sixteen uses of one refresh token give one chain; a use after its successor’s use revokes the family', async () => {
    const an = await product.addPerson({ keys: ['authenticator-app'] });
    const visit = await begin(rp);
    const end = await signIn(product, visit, an, 'authenticator-app');
    const { refresh_token: token = '' } = await rp.finish(visit.pending, end.left as URL);
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => oidc.refreshTokenGrant(rp.configuration, token)),
    );
    const [next = '', ...others] = new Set(answers.map(({ refresh_token: successor }) => successor));
    expect(others).toEqual([]);
    const last = (await oidc.refreshTokenGrant(rp.configuration, next)).refresh_token ?? '';
    await expect(oidc.refreshTokenGrant(rp.configuration, token)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(oidc.refreshTokenGrant(rp.configuration, last)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});
