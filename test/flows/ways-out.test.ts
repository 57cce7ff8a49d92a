// Nobody is left on a page without a way out, and a proof of another person or an ended key permits nothing. Without a
// browser, by requests.
import { afterAll, describe, expect, test } from '@jest/globals';
import {
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
  rightCode,
  send,
  signIn,
  staying,
  stepOf,
  toProof,
  wrongCode,
} from '../attacks/visitor.ts';
import { startProduct, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';

const open: Product[] = [];
afterAll(async () => {
  for (const product of open) await product.close();
});

const start = async (overrides: Overrides): Promise<{ product: Product; rp: RelyingParty }> => {
  const product = await startProduct({
    limits: { pauseAfter: 2, blockAfter: 3, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
    ...overrides,
  });
  open.push(product);
  return { product, rp: await relyingParty(product.issuer, product.client) };
};

const nameFirst = { signIn: { order: 'name-first' } };
const client = (id: string, rest: Overrides = {}) => ({
  id,
  secret: 'a-secret-of-the-relying-party-1',
  redirectUris: ['https://rp.example/callback'],
  ...rest,
});
const asClient = ({ product }: { product: Product }, id: string) =>
  relyingParty(product.issuer, { ...product.client, id });
const substantial = { acr_values: 'urn:rekey:acr:substantial' };

test('A-381 a page on which a sign-in cannot go on says whom to ask', async () => {
  const hours = { nl: 'Op werkdagen', fr: 'Les jours ouvrables', de: 'Werktags', en: 'On working days' };
  const { product, rp } = await start({ helpDesk: { telephone: '+32 2 555 01 00', hours } });
  const gone = await product.addPerson({ disabled: true, keys: ['token-card'], language: 'fr' });
  const refused = await signIn(product, await begin(rp, { ui_locales: 'fr' }), gone, 'token-card');
  const main = /<main[^]*<\/main>/.exec(refused.body)?.[0];
  expect(main).toContain('<a href="tel:+3225550100">+32 2 555 01 00</a>');
  expect(main).toContain('Les jours ouvrables');
});

describe('another person in the same sign-in', () => {
  test('gets nothing from the keys of the live session', async () => {
    const clients = [
      client('rp'),
      client('cards', { accepts: ['token-card'] }),
      client('apps', { accepts: ['authenticator-app'] }),
    ];
    const services = await start({ ...staying, clients });
    const { product, rp } = services;
    const an = await product.addPerson({ keys: ['authenticator-app', 'token-card'] });
    const bo = await product.addPerson({ keys: ['token-card'] });
    const first = await begin(rp);
    expect(gotCode(await signIn(product, first, an, 'authenticator-app'))).toBe(true);

    const { agent } = first;
    const stepUp = await begin(await asClient(services, 'cards'), { agent });
    expect(stepOf(await send(stepUp, 'choose-key', { key: 'token-card' }))).toBe('prove-key');
    const asked = await givePassword(stepUp, bo);
    const out = await giveCode(stepUp, cardCode(bo, asked));
    const end = out.left ? out : await agent.submit(out);
    expect(gotCode(end)).toBe(true);

    const third = await begin(await asClient(services, 'apps'), { agent });
    expect(gotCode(third.page)).toBe(false);
    expect([stepOf(third.page), reasonOf(third.page)]).toEqual(['refused', 'no_usable_key']);
    // The person before comes back.
    expect(stepOf(await send(third, 'refused', { action: 'other-account' }))).toBe('choose-key');
  });

  test('sees the dialog that the person before put off', async () => {
    const { product, rp } = await start({ ...nameFirst, ...going() });
    const an = await product.addPerson({ keys: ['token-card'] });
    const bo = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    await givePassword(visit, an);
    await send(visit, 'prove-key', { action: 'other-key' });
    await send(visit, 'choose-key', { key: 'token-card' });
    expect(stepOf(await send(visit, 'phase-out', { action: 'postpone' }))).toBe('prove-key');
    const asked = await givePassword(visit, bo);
    expect((await personNow(product, bo)).postponements).toEqual({});
    expect(stepOf(asked)).toBe('phase-out');
  });
});

describe('no page without a way out', () => {
  test('a level that no key of a relying party can reach is refused before any page', async () => {
    const { rp } = await start({ ...staying, clients: [client('rp', { accepts: ['email-otp'] })] });
    const { page } = await begin(rp, substantial);
    expect(page.left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  test('a step up that no key of the person reaches, name first', async () => {
    const { product, rp } = await start({ ...nameFirst, ...staying });
    const an = await product.addPerson({ keys: ['email-otp'] });
    const first = await begin(rp);
    const before = product.mails.length;
    const asked = await givePassword(first, an);
    expect(gotCode(await giveCode(first, await rightCode(product, an, asked, before)))).toBe(true);
    const stepUp = await begin(rp, { agent: first.agent, ...substantial });
    expect([stepOf(stepUp.page), reasonOf(stepUp.page)]).toEqual(['refused', 'no_usable_key']);
    const end = await send(stepUp, 'refused', { action: 'cancel' });
    expect(end.left?.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  test('the only key was blocked, name first', async () => {
    const { product, rp } = await start({ ...nameFirst, ...staying });
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    await givePassword(visit, an);
    let page = await look(visit);
    while (stepOf(page) !== 'refused') {
      page = await giveCode(visit, wrongCode(product, an));
      product.clock.advance(3_600_000 / 4);
    }
    expect(reasonOf(page)).toBe('key_blocked');
    expect(page.body).not.toContain('value="other-key"');
    expect(page.body).toContain('value="cancel"');
  });

  test.each(['GET', 'POST'] as const)('dates lifted while the dialog is open, %s', async (method) => {
    const { product, rp } = await start({ ...nameFirst, ...going() });
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    const asked = await givePassword(visit, an);
    expect(stepOf(await giveCode(visit, cardCode(an, asked)))).toBe('phase-out');
    await product.services.schedules.change('test', (schedules) => {
      const card = schedules['token-card'];
      return card && { ...schedules, 'token-card': { ...card, rules: [] } };
    });
    const page = method === 'GET' ? await look(visit) : await send(visit, 'phase-out', { action: 'postpone' });
    expect(gotCode(page)).toBe(true);
  });
});

describe('proofs and wishes that have ended', () => {
  test('a key that was reported lost after it was proved signs nobody in', async () => {
    const { product, rp } = await start({ ...nameFirst, ...going() });
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    const asked = await givePassword(visit, an);
    expect(stepOf(await giveCode(visit, cardCode(an, asked)))).toBe('phase-out');
    const { people, enrolments } = product.services;
    await people.change(an.person.id, (current) =>
      enrolments.retire(current, current.keys[0]?.id ?? '', 'reissued', 'cli:test', product.clock.now()),
    );
    const page = await send(visit, 'phase-out', { action: 'postpone' });
    expect([gotCode(page), reasonOf(page)]).toEqual([false, 'key_not_held_or_expired']);
  });

  test('a wish for a new key that was taken back', async () => {
    const { product, rp } = await start(going());
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'token-card' });
    await send(visit, 'phase-out', { action: 'migrate' });
    await send(visit, 'phase-out', { action: 'postpone' });
    const asked = await givePassword(visit, an);
    expect(gotCode(await giveCode(visit, cardCode(an, asked)))).toBe(true);
  });

  test('a code to the former address, after the new one is proved', async () => {
    const { product, rp } = await start(going());
    const an = await product.addPerson({ keys: ['token-card'] });
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'token-card' });
    await send(visit, 'phase-out', { action: 'migrate' });
    const asked = await givePassword(visit, an);
    await giveCode(visit, cardCode(an, asked));
    await send(visit, 'confirm-email', { action: 'continue' });
    expect(stepOf(await send(visit, 'select-key', { key: 'email-otp' }))).toBe('activate-key');
    await send(visit, 'activate-key', { action: 'previous' });
    await send(visit, 'select-key', { action: 'previous' });
    await send(visit, 'confirm-email', { action: 'change' });
    await send(visit, 'confirm-email', { action: 'continue', email: 'new@example.org' });
    const wrong = await send(visit, 'confirm-email', { action: 'continue', code: '12345' });
    expect(reasonOf(wrong)).toBe('code_malformed');
    await send(visit, 'confirm-email', { action: 'continue', code: await mailedCode(product, 'new@example.org') });
    await send(visit, 'confirm-email', { action: 'continue' });
    const before = product.mails.length;
    expect(stepOf(await send(visit, 'select-key', { key: 'email-otp' }))).toBe('activate-key');
    const code = await mailedCode(product, 'new@example.org', before);
    expect(stepOf(await send(visit, 'activate-key', { action: 'continue', code }))).toBe('done');
    await product.app.flush();
    const lines = await product.services.audit.list({ limit: 100, filter: { person: an.person.id } });
    expect(lines.filter(({ event }) => event.action === 'email.refused').map(({ event }) => event.reason)).toEqual([
      'code_malformed',
    ]);
  });

  test('a key past its last day is refused before it is asked, and that is written down once', async () => {
    const { product, rp } = await start(going({ after: 'refuse' }));
    const an = await product.addPerson({ keys: ['token-card'] });
    product.clock.set(Date.parse('2024-01-30T23:00:00Z'));
    const visit = await begin(rp);
    const page = await toProof(visit, an, 'token-card');
    expect([stepOf(page), reasonOf(page)]).toEqual(['refused', 'key_not_held_or_expired']);
    await product.app.flush();
    const lines = await product.services.audit.list({
      limit: 100,
      filter: { person: an.person.id, action: 'key.refused' },
    });
    expect(lines.map(({ event }) => [event.factor, event.reason])).toEqual([['token-card', 'key_not_held_or_expired']]);
  });
});
