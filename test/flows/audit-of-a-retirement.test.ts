/**
 * The audit events about a factor that is being retired: asked, shown, put off, replaced, refused, stranded; with the
 * person, the group and the relying party.
 */
import { afterEach, expect, test } from '@jest/globals';
import type { AuditEvent } from '../../accounts/person.ts';
import { factorProgress } from '../../admin/use-cases/factor-progress.ts';
import { extendPerson } from '../../admin/use-cases/person-dates.ts';
import { removeKey } from '../../admin/use-cases/key-remove.ts';
import {
  afterwards,
  begin,
  cardCode,
  giveCode,
  givePassword,
  going,
  gotCode,
  mailedCode,
  send,
  stepOf,
  toWizard,
} from '../attacks/visitor.ts';
import { startProduct, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';

let product: Product;
let rp: RelyingParty;
afterEach(() => product.close());

async function start(overrides: Overrides, at?: number): Promise<void> {
  product = await startProduct({ ...overrides, reminders: { daysBefore: [] } }, at === undefined ? {} : { at });
  rp = await relyingParty(product.issuer, product.client);
}

const someone = (keys: ('token-card' | 'authenticator-app')[] = ['token-card']) =>
  product.addPerson({ keys, groups: ['staff'] });

/** In the order of the log. */
async function told(noun: string): Promise<readonly AuditEvent[]> {
  await product.app.flush();
  return (await product.services.audit.list({ limit: 100, filter: { action: noun } })).map(({ event }) => event);
}
const byAction = (events: readonly AuditEvent[], action: string) => events.filter((event) => event.action === action);

async function withCard() {
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'token-card' });
  await send(visit, 'phase-out', { action: 'postpone' });
  return visit;
}

test('A-340 the dialog is shown, put off and the key asked for: each once, with group and relying party', async () => {
  await start(going());
  const an = await someone();
  const visit = await withCard();
  await visit.agent.get(`${visit.base}/password`);
  await send(visit, 'phase-out', { action: 'postpone' });
  const page = await givePassword(visit, an);
  await visit.agent.get(`${visit.base}/prove-key`);
  expect(gotCode(await giveCode(visit, cardCode(an, page)))).toBe(true);

  const events = await told('retirement');
  expect(events.map(({ action }) => action).toSorted()).toEqual([
    'retirement.asked',
    'retirement.postponed',
    'retirement.shown',
  ]);
  for (const event of events) expect(event).toMatchObject({ factor: 'token-card', client: 'rp' });
  // Before the password nobody knows who the person is.
  expect(byAction(events, 'retirement.shown')[0]).not.toHaveProperty('person');
  const known = { person: an.person.id, facts: { groups: ['staff'] } };
  expect(byAction(events, 'retirement.asked')[0]).toMatchObject(known);
  expect(byAction(events, 'retirement.postponed')[0]).toMatchObject({
    ...known,
    facts: { times: 1, groups: ['staff'] },
  });

  // Another sign-in counts once more.
  await givePassword(await withCard(), an);
  expect(byAction(await told('retirement'), 'retirement.postponed').at(-1)?.facts).toMatchObject({ times: 2 });
});

test('A-340 a new key in the place of the old one says what was held before, and where', async () => {
  await start(going());
  const an = await someone();
  const visit = await begin(rp);
  await toWizard(visit, an);
  await send(visit, 'confirm-email', { action: 'continue' });
  const before = product.mails.length;
  await send(visit, 'select-key', { key: 'email-otp' });
  const code = await mailedCode(product, an.email, before);
  expect(stepOf(await send(visit, 'activate-key', { code, action: 'continue' }))).toBe('done');
  const keys = (await told('key')).filter(({ person }) => person === an.person.id);
  expect(byAction(keys, 'key.on').at(-1)).toMatchObject({
    factor: 'email-otp',
    client: 'rp',
    facts: { held: ['token-card'], groups: ['staff'], source: 'enrolled', replaces: an.person.keys[0]?.id },
  });
  expect(byAction(keys, 'key.off')).toMatchObject([
    { factor: 'token-card', facts: { because: 'replaced', groups: ['staff'] } },
  ]);

  // as an administrator sees it; somebody else is still on it.
  await someone();
  const progress = await factorProgress(product.services, { factor: 'token-card', client: 'rp', group: 'staff' });
  expect(progress).toMatchObject({
    ok: true,
    value: {
      counts: { asked: 1, moved: 1, postponed: 0, refused: 0, stranded: 0 },
      movedTo: { 'email-otp': 1 },
      now: { people: 1, only: 1 },
    },
  });
});

test('A-340 after the last day: a person without another way is stranded, one with another key is refused with this one', async () => {
  await start(going({ after: 'refuse' }), afterwards + 1);
  const [an, bart] = [await someone(), await someone(['token-card', 'authenticator-app'])];
  for (const person of [an, bart]) {
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'token-card' });
    expect(stepOf(await givePassword(visit, person))).toBe('refused');
    await visit.agent.get(`${visit.base}/refused`);
  }
  const events = await told('retirement');
  const facts = { groups: ['staff'] };
  // Several nodes write to the log: in which order is not said.
  expect(events).toHaveLength(2);
  expect(byAction(events, 'retirement.stranded')).toMatchObject([
    { person: an.person.id, factor: 'token-card', facts },
  ]);
  expect(byAction(events, 'retirement.refused')).toMatchObject([
    { person: bart.person.id, factor: 'token-card', facts },
  ]);
  for (const event of events) expect(event).toMatchObject({ client: 'rp', reason: 'key_not_held_or_expired' });
});

test('A-340 a person without a way in for another reason is not stranded by the dates', async () => {
  await start(going({ after: 'refuse', untilAndIncluding: '2024-01-30' }), afterwards - 60_000);
  const an = await someone();
  const [key] = an.person.keys;
  await removeKey(product.services, { person: an.username, key: key?.id ?? '', by: 'cli:ann', evenLast: true });
  product.clock.set(afterwards + 1);
  const visit = await begin(rp);
  await send(visit, 'choose-key', { key: 'token-card' });
  expect(stepOf(await givePassword(visit, an))).toBe('refused');
  expect(await told('retirement')).toEqual([]);
  // Reset by an administrator.
  expect((await told('key.off')).at(-1)).toMatchObject({
    actor: 'cli:ann',
    factor: 'token-card',
    facts: { because: 'removed', groups: ['staff'] },
  });
});

test('A-340 an extension names the groups of the person', async () => {
  await start(going());
  const an = await someone();
  const extended = await extendPerson(product.services, {
    person: an.username,
    factor: 'token-card',
    by: 'cli:ann',
    untilAndIncluding: '2024-02-10',
    reason: 'abroad',
  });
  expect(extended.ok).toBe(true);
  expect(await told('extension.given')).toMatchObject([{ factor: 'token-card', facts: { groups: ['staff'] } }]);
});
