/** What only this factor promises: whose card it is, and what is kept of it. */
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCountry } from '../../test/eid-world/country.ts';
import type { CertifiedKey, Wish } from '../../test/eid-world/national-pki.ts';
import { signToken } from '../../test/eid-world/software-card.ts';
import { writeCountry } from '../../test/eid-world/trust-folder.ts';
import { factorTools } from '../contract-suite/tools.ts';
import { challenge, verify } from './authenticate.ts';
import { begin, confirm } from './enrol.ts';
import { judgeCard } from './judge-card.ts';
import { readTrust } from './trust.ts';
import factor from './factor.ts';
import { settings as schema } from './settings.ts';
import { patience, secret as secretState, type Secret } from './states.ts';

const now = Date.UTC(2026, 10, 30, 12);
const origin = 'http://localhost:3000';
const number = '71715100070';
const country = await createCountry(now);
const folder = mkdtempSync(join(tmpdir(), 'rekey-card-'));
const places = writeCountry(folder, country);
const given = { linkKey: 'k'.repeat(32), ...places };
const settings = schema.parse(given);
const rotated = schema.parse({ ...given, linkKey: 'n'.repeat(32), earlierLinkKeys: [given.linkKey] });

beforeEach(() => {
  country.responder.behaviour = 'good';
});
afterAll(async () => {
  await country.responder.close();
  rmSync(folder, { recursive: true });
});

const logged: string[] = [];
const tools = (of = settings, at = now) => factorTools(of, at, logged);
const answer = (card: CertifiedKey, nonce: unknown, from = origin) => ({
  token: JSON.stringify(signToken(card, { origin: from, nonce: String(nonce) })),
});
async function linked(card: CertifiedKey, of = settings) {
  const begun = await begin(tools(of));
  if (!begun.ok) throw new Error(begun.reason);
  return confirm(tools(of), begun.value.pending, answer(card, begun.value.shows['nonce']));
}
async function held(card: CertifiedKey, of = settings): Promise<Secret> {
  const outcome = await linked(card, of);
  if (!outcome.ok) throw new Error(outcome.reason);
  return secretState.parse(outcome.value.secret);
}
async function signIn(secret: Secret, card: CertifiedKey, of = settings, at = now) {
  const asked = await challenge(tools(of, at), secret);
  if (!asked.ok) throw new Error(asked.reason);
  return verify(tools(of, at), secret, asked.value.challenge, answer(card, asked.value.shows['nonce']));
}
const reasonOf = (outcome: { readonly ok: boolean; readonly reason?: string }) => (outcome.ok ? 'ok' : outcome.reason);

test('A-485 of a card only digests are kept, and no log line, state or refusal holds the number', async () => {
  const card = await country.card({ numbers: [number] });
  const outcome = await linked(card);
  const secret = await held(card);
  const proved = await signIn(secret, card);
  const revoked = await country.card({ numbers: [number], until: now - 1_000 });
  const all = JSON.stringify([outcome, proved, await linked(revoked), logged, factor.describe(secret)]);
  expect(all).not.toMatch(/Nora|Specimen/);
  expect(all).not.toContain(number);
  expect(Object.keys(secret).toSorted()).toEqual(['card', 'country', 'link', 'linkKey', 'spent', 'version']);
});

describe('A-486 row 16: whose card it is', () => {
  test('the linked one signs in, with what it is worth', async () => {
    const card = await country.card();
    const proved = await signIn(await held(card), card);
    expect(proved.ok && factor.assure(proved.value.facts, settings)).toMatchObject({
      amr: ['sc', 'pin'],
      strength: 'high',
      phishingResistant: true,
    });
    expect(factor.strength(settings)).toBe('high');
  });

  test.each<[string, Wish, string]>([
    ['another person’s', { numbers: ['80010100101'] }, 'card_person_other'],
    ['a new card of the same person', {}, 'certificate_replaced'],
    ['an expired one', { until: now - 1_000 }, 'certificate_expired'],
    ['of another policy', { policies: ['1.2.3'] }, 'certificate_refused'],
  ])('%s', async (_name, wish, reason) => {
    const secret = await held(await country.card());
    expect(reasonOf(await signIn(secret, await country.card(wish)))).toBe(reason);
  });

  test('of a test CA', async () => {
    const secret = await held(await country.card());
    expect(reasonOf(await signIn(secret, await country.cardBy(country.pki.strangeCa)))).toBe('certificate_refused');
  });

  test('a new card of the same person, where the deployment accepts it', async () => {
    const accepting = schema.parse({ ...given, renewedCard: 'accept' });
    const renewed = await country.card();
    const proved = await signIn(await held(await country.card()), renewed, accepting);
    if (!proved.ok) throw new Error(proved.reason);
    expect(reasonOf(await signIn(proved.value.secret, renewed))).toBe('ok');
  });

  test.each([
    ['revoked', 'certificate_revoked'],
    ['on hold', 'certificate_revoked'],
    ['unknown', 'certificate_unknown'],
    ['try later', 'check_unavailable'],
  ] as const)('row 12: what the responder says: %s', async (behaviour, reason) => {
    const card = await country.card();
    country.responder.behaviour = behaviour;
    expect(reasonOf(await linked(card))).toBe(reason);
  });

  test('another person’s card makes us ask nobody', async () => {
    const secret = await held(await country.card());
    const before = country.responder.asked();
    await signIn(secret, await country.card({ numbers: ['80010100101'] }));
    expect(country.responder.asked()).toBe(before);
  });
});

describe('A-042 row 13: the question', () => {
  test('counts for five minutes, once, and for this site', async () => {
    const card = await country.card();
    const secret = await held(card);
    const asked = await challenge(tools(), secret);
    if (!asked.ok) throw new Error(asked.reason);
    const { challenge: question, shows } = asked.value;
    const at = async (instant: number, from = origin, state = secret) =>
      verify(tools(settings, instant), state, question, answer(card, shows['nonce'], from));
    expect(String(shows['nonce'])).toHaveLength(44);
    expect(reasonOf(await at(now - 1))).toBe('device_answer_expired');
    expect(reasonOf(await at(now + patience))).toBe('device_answer_expired');
    expect(reasonOf(await at(now, 'https://id.example.com'))).toBe('device_answer_wrong');
    const right = await at(now + patience - 1);
    if (!right.ok) throw new Error(right.reason);
    expect(reasonOf(await at(now + patience - 1, origin, right.value.secret))).toBe('code_used');
  });
});

describe('A-487 the link key changes', () => {
  test('a card that was linked under the earlier key signs in, and is linked anew', async () => {
    const card = await country.card();
    const before = await held(card);
    const proved = await signIn(before, card, rotated);
    if (!proved.ok) throw new Error(proved.reason);
    expect(proved.value.secret.link).not.toBe(before.link);
    expect(reasonOf(await signIn(proved.value.secret, card, schema.parse({ ...given, linkKey: 'n'.repeat(32) })))).toBe(
      'ok',
    );
  });

  test('without the earlier key it does not, and says that the state cannot be read', async () => {
    const card = await country.card();
    const without = schema.parse({ ...given, linkKey: 'n'.repeat(32) });
    expect(reasonOf(await signIn(await held(card), card, without))).toBe('key_state_unreadable');
  });

  test('one card for one account, under every key: the earlier names are refused as well', async () => {
    const card = await country.card();
    const [before, after] = [await linked(card), await linked(card, rotated)];
    if (!before.ok || !after.ok || !('unique' in before.value) || !('unique' in after.value))
      throw new Error('not linked');
    expect(before.value.unique).not.toBe(after.value.unique);
    expect(after.value.formerly).toEqual([before.value.unique]);
  });
});

test('a token is judged within its budget of processor time, compared with one signature of the same key', async () => {
  const card = await country.card();
  const secret = await held(card);
  await signIn(secret, card);
  const mean = async (times: number, work: () => unknown) => {
    const before = process.cpuUsage();
    for (let at = 0; at < times; at += 1) await work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  };
  const nonce = 'N'.repeat(43) + '=';
  const token = JSON.stringify(signToken(card, { origin, nonce }));
  const trust = readTrust(settings);
  const judging = await mean(50, () => judgeCard(token, trust, { origin, nonce, now }));
  const signing = await mean(50, () => signToken(card, { origin, nonce }));
  expect(judging).toBeLessThan(signing * 40);
});
