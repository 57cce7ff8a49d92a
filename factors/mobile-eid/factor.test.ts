// The rows of README.md, each by a lie of a provider that is real but for its lie (oidc-provider).
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { createFetch } from '../../provider/guarded-fetch.ts';
import { misbehaviours, outages, startUpstream, type Misbehaviour, type Place } from '../../test/eid-world/upstream.ts';
import { ageLies, tokenLies } from '../../test/eid-world/upstream-lies.ts';
import { visitUpstream } from '../../test/eid-world/upstream-visit.ts';
import { factorTools } from '../contract-suite/tools.ts';
import { isFurtherStage, type Begun, type Tools } from '../contract.ts';
import { confirm, begin } from './enrol.ts';
import { challenge, verify } from './authenticate.ts';
import factor from './factor.ts';
import { leave } from './leave.ts';
import { settings as schema, type Settings } from './settings.ts';
import type { Pending, Secret } from './states.ts';

const home = 'http://localhost:3000/factor/the-factor/return/itsme';
const number = '71715100070';
const [jan, marie] = [`${number}-jan`, 'marie'];
const people = [
  { sub: jan, name: 'Jan' },
  { sub: marie, name: 'Marie' },
];
const upstream = await startUpstream({ people, redirectUris: [home] });
afterAll(() => upstream.close());
afterEach(() => {
  upstream.lie = undefined;
  upstream.misbehaves = undefined;
  upstream.outage = undefined;
});

const given = (more: Partial<Settings> = {}): Settings =>
  schema.parse({
    linkKey: 'k'.repeat(32),
    upstreams: [{ id: 'itsme', preset: 'itsme', issuer: upstream.issuer, clientId: 'rekey', keys: upstream.keys }],
    ...more,
  });

/** Of the tools that were made last, for a test that fails. */
let lastLog: readonly string[] = [];

function toolsOf(settings = given(), now = Date.now()) {
  const logged: string[] = [];
  lastLog = logged;
  const fetch = createFetch([upstream.host]);
  const tools: Tools<Settings> = { ...factorTools(settings, now, logged), fetch };
  return { tools, logged };
}

const value = <T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T => {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason} ${lastLog.join(' ')}`);
  return outcome.value;
};

async function link(settings = given(), sub: string = jan) {
  const { tools } = toolsOf(settings);
  const { pending } = value(await begin(tools));
  const { to } = value(await leave(tools, pending));
  const outcome = value(await confirm(tools, pending, await visitUpstream(to, sub, home)));
  if (isFurtherStage(outcome)) throw new Error('There is a further stage.');
  return outcome;
}

/** A question, and somebody's answer to it. */
async function answered(
  secret: Secret,
  { settings = given(), sub = jan, bend = (input: Record<string, string>) => input } = {},
) {
  const { tools, logged } = toolsOf(settings);
  const asked = value(await challenge(tools, secret));
  const { to } = value(await leave(tools, asked.challenge));
  const input = bend(await visitUpstream(to, sub, home));
  return { outcome: await verify(tools, secret, asked.challenge, input), logged, asked, input, tools };
}

describe('the straight path', () => {
  test('E8: linked once by a keyed digest; the same person signs in, at the level of the acr', async () => {
    const linked = await link();
    expect(linked.facts).toEqual({ level: 'high', amr: [] });
    const { outcome } = await answered(linked.secret);
    expect(value(outcome).facts).toEqual({ level: 'high', amr: [] });
    expect(factor.assure(value(outcome).facts, given())).toMatchObject({
      amr: ['mfa'],
      strength: 'high',
      phishingResistant: false,
    });
  });

  test('A-520: the request is pushed, with PKCE, and the browser carries no more than its name', async () => {
    const before = upstream.asked.get('/request') ?? 0;
    const { tools } = toolsOf();
    const { pending } = value(await begin(tools));
    const { to } = value(await leave(tools, pending));
    expect([...new URL(to).searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    expect(upstream.asked.get('/request')).toBe(before + 1);
  });

  test('A-044, A-523: neither the subject nor the number is in a state, a summary or the log', async () => {
    const linked = await link();
    const { outcome, logged } = await answered(linked.secret, { sub: marie });
    const { outcome: right } = await answered(linked.secret);
    const all = JSON.stringify([linked, outcome, right, logged, factor.describe(linked.secret)]);
    for (const word of [number, jan, marie]) expect(all).not.toContain(word);
  });

  test('A-523: the link key changes, and the key is linked anew at its next use', async () => {
    const { secret, unique } = await link();
    const next = given({ linkKey: 'n'.repeat(32), earlierLinkKeys: ['k'.repeat(32)] });
    const { secret: renewed } = value((await answered(secret, { settings: next })).outcome);
    expect(renewed.link).not.toBe(secret.link);
    const again = await link(next);
    expect(again.unique).toBe(renewed.link);
    expect(again.formerly).toEqual([unique]);
    const gone = await answered(secret, { settings: given({ linkKey: 'x'.repeat(32) }) });
    expect(gone.outcome).toMatchObject({ ok: false, reason: 'key_state_unreadable' });
  });

  test('A-524: several providers side by side: the person chooses, and each has its own address to come back to', async () => {
    const [one] = given().upstreams;
    const { tools } = toolsOf(
      given({ upstreams: [one, { ...one, id: 'other', name: 'Another app' }] as Settings['upstreams'] }),
    );
    const begun = value(await begin(tools));
    expect(begun.shows).toEqual({
      sites: [
        { id: 'itsme', name: 'itsme', first: true },
        { id: 'other', name: 'Another app', first: false },
      ],
    });
    const next = value(await confirm(tools, begun.pending, { site: 'other' })) as Begun<Pending>;
    expect(next).toMatchObject({ leaves: 'other', shows: { site: 'Another app' } });
    expect(await confirm(tools, begun.pending, { site: 'third' })).toMatchObject({ ok: false });
  });

  test('A-521: keys of the provider change between two sign-ins', async () => {
    const { secret } = await link();
    upstream.rotate();
    expect((await answered(secret)).outcome).toMatchObject({ ok: true });
  });
});

describe('A-521: each lie is refused by its row', () => {
  const lies = Object.entries(tokenLies).map(([lie, [row]]) => [row, lie] as const);
  test.each(lies)('row %s: %s', async (row, lie) => {
    const { secret } = await link();
    upstream.lie = lie;
    const { outcome, logged } = await answered(secret);
    const reason = row === 'acr' ? 'site_answer_weak' : 'site_answer_wrong';
    expect(outcome).toEqual({ ok: false, reason });
    expect(logged.at(-1)).toContain(`"row":"${row}"`);
  });

  test.each(Object.entries(ageLies).map(([lie, [row]]) => [row, lie] as const))(
    'row %s, where the preset limits the age of the sign-in there: %s',
    async (row, lie) => {
      const folder = mkdtempSync(join(tmpdir(), 'rekey-preset-'));
      const itsme = readFileSync(join(import.meta.dirname, 'presets/itsme.yaml'), 'utf8');
      writeFileSync(join(folder, 'fresh.yaml'), `${itsme}maxAgeSeconds: 60\n`);
      const [one] = given().upstreams;
      const upstreams = [{ ...one, preset: 'fresh' }] as Settings['upstreams'];
      const settings = given({ upstreams, presetFiles: folder });
      const { secret } = await link(settings);
      expect((await answered(secret, { settings })).outcome.ok).toBe(true);
      upstream.lie = lie;
      const { outcome, logged } = await answered(secret, { settings });
      expect(outcome).toEqual({ ok: false, reason: 'site_answer_wrong' });
      expect(logged.at(-1)).toContain(`"row":"${row}"`);
      rmSync(folder, { recursive: true });
    },
  );

  const wrongs = Object.entries(misbehaviours).map(([how, [row, reason]]) => [row, how, reason] as const);
  test.each(wrongs)('row %s: %s', async (row, how, reason) => {
    const { secret } = await link();
    // Metadata are asked anew ten minutes later.
    if (row === 'metadata') {
      upstream.misbehaves = how as Misbehaviour;
      const { tools, logged } = toolsOf(given(), Date.now() + 601_000);
      const { challenge: asked } = value(await challenge(tools, secret));
      expect(await leave(tools, asked)).toEqual({ ok: false, reason });
      expect(logged.at(-1)).toContain(`"row":"${row}"`);
      return;
    }
    const { outcome, logged } = await answered(secret, {
      bend(input) {
        upstream.misbehaves = how as Misbehaviour;
        if (how === 'answers as another issuer') return { ...input, iss: 'https://idp.attacker.example' };
        const { iss: _iss, ...bare } = input;
        return how === 'answers without issuer' ? bare : input;
      },
    });
    expect(outcome).toEqual({ ok: false, reason });
    expect(logged.at(-1)).toContain(`"row":"${row}"`);
  });

  test('row subject: another person there', async () => {
    const { secret } = await link();
    const { outcome, logged } = await answered(secret, { sub: marie });
    expect(outcome).toEqual({ ok: false, reason: 'site_person_other' });
    expect(logged.at(-1)).toContain('"row":"subject"');
  });

  test('row cancelled: the person cancels there', async () => {
    const { secret } = await link();
    const { outcome } = await answered(secret, { sub: '' });
    expect(outcome).toEqual({ ok: false, reason: 'site_cancelled' });
  });

  test.each([
    ['unmet_authentication_requirements', 'site_answer_weak'],
    ['temporarily_unavailable', 'site_unavailable'],
    ['server_error', 'site_unavailable'],
    ['invalid_scope', 'site_unavailable'],
    ['<script>', 'site_unavailable'],
  ])('row error: %s', async (error, reason) => {
    const { secret } = await link();
    const { outcome, logged } = await answered(secret, {
      bend: ({ state = '', iss = '' }) => ({ error, state, iss }),
    });
    expect(outcome).toEqual({ ok: false, reason });
    expect(logged.at(-1)).toContain('"row":"error"');
    expect(logged.at(-1)).not.toContain('<');
  });

  test('row exchange: a code of somebody else’s question, and the same code twice', async () => {
    const { secret } = await link();
    const first = await answered(secret);
    expect(first.outcome.ok).toBe(true);
    expect(await verify(first.tools, secret, first.asked.challenge, first.input)).toEqual({
      ok: false,
      reason: 'site_answer_wrong',
    });
    // The code belongs to another verifier (RFC 7636 §4.6).
    const second = await answered(secret, { bend: (input) => input });
    const other = value(await challenge(second.tools, secret));
    expect(await verify(second.tools, secret, other.challenge, second.input)).toMatchObject({ ok: false });
  });

  test('row time: a question of ten minutes ago', async () => {
    const { secret } = await link();
    const { tools, input, asked } = await answered(secret);
    const late = { ...tools, now: tools.now + 600_000 };
    expect(await verify(late, secret, asked.challenge, input)).toEqual({ ok: false, reason: 'site_answer_wrong' });
  });
});

describe('A-522, D-09: a provider that is down is told within 5 s, and lets nobody in', () => {
  const places: readonly Place[] = ['metadata', 'pushed', 'token', 'keys'];
  test.each(places.flatMap((at) => outages.map((how) => [at, how] as const)))(
    'row reach or form: %s: %s',
    async (at, how) => {
      const { secret } = await link();
      // Metadata and keys are asked anew after a while.
      const later = at === 'metadata' ? 601_000 : 0;
      const { tools, logged } = toolsOf(given({ patienceSeconds: 1 }), Date.now() + later);
      const asked = value(await challenge(tools, secret)).challenge;
      const begun = performance.now();
      if (at === 'metadata' || at === 'pushed') {
        upstream.outage = { at, how };
        expect(await leave(tools, asked)).toEqual({ ok: false, reason: 'site_unavailable' });
      } else {
        const { to } = value(await leave(tools, asked));
        const input = await visitUpstream(to, jan, home);
        upstream.outage = { at, how };
        if (at === 'keys') upstream.rotate();
        expect(await verify(tools, secret, asked, input)).toEqual({ ok: false, reason: 'site_unavailable' });
      }
      const { row } = JSON.parse(logged.at(-1) ?? '{}') as { readonly row?: string };
      expect(['reach', 'form']).toContain(row);
      expect(performance.now() - begun).toBeLessThan(5_000);
    },
  );
});

describe('A-525: settings', () => {
  const [one] = given().upstreams;
  const faultsOf = (upstreams: readonly unknown[]) =>
    schema
      .safeParse({ linkKey: 'k'.repeat(32), upstreams })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  test.each([
    ['no preset of this name', { preset: 'nowhere' }, 'upstreams.0.preset: there is no preset nowhere'],
    ['no issuer', { preset: 'ausweisapp', issuer: undefined }, 'upstreams.0.issuer: is missing: the preset names none'],
    ['plain http', { issuer: 'http://idp.example' }, 'upstreams.0.issuer: must be https'],
    [
      'nothing to identify us by',
      { keys: JSON.stringify({ keys: JSON.parse(one?.keys ?? '').keys.slice(1) }) },
      'upstreams.0.keys: there is nothing to identify us by (private_key_jwt, or client_secret_post)',
    ],
    [
      'no key for encryption',
      { keys: JSON.stringify({ keys: JSON.parse(one?.keys ?? '').keys.slice(0, 1) }) },
      'upstreams.0.keys: must have a key with `use: enc`: this provider encrypts its ID tokens',
    ],
    [
      'no keys at all',
      { keys: '-----BEGIN' },
      'upstreams.0.keys: expected a JWK set with private keys (kty, use, kid, d)',
    ],
  ])('%s', (_case, wrong, fault) => {
    expect(faultsOf([{ ...one, ...wrong }])).toEqual([fault]);
  });

  test('two of one name', () => {
    expect(faultsOf([one, one])).toEqual(['upstreams.1.id: is there twice']);
  });

  test('what is published has no private part', () => {
    const published = factor.publishes?.(given(), 'itsme') as { keys: readonly Record<string, unknown>[] };
    expect(published.keys.map(({ use, kid }) => [use, kid])).toEqual([
      ['sig', 'ours-sig'],
      ['enc', 'ours-enc'],
    ]);
    for (const key of published.keys) expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(factor.publishes?.(given(), 'nobody')).toBeUndefined();
  });

  test.each(['itsme', 'franceconnect-plus', 'ausweisapp'])('the preset %s can be configured', (preset) => {
    const issuer = preset === 'ausweisapp' ? { issuer: 'https://eid.example' } : { issuer: undefined };
    expect(faultsOf([{ ...one, preset, ...issuer }])).toBeUndefined();
    const configured = schema.parse({ linkKey: 'k'.repeat(32), upstreams: [{ ...one, preset, ...issuer }] });
    expect(factor.strength(configured)).toBe('high');
  });
});

test('A-526: a token is judged within its budget of processor time, compared with one RSA signature', async () => {
  const { secret } = await link();
  const { tools } = toolsOf();
  const asked = value(await challenge(tools, secret)).challenge;
  const input = await visitUpstream(value(await leave(tools, asked)).to, jan, home);
  // The answers of the provider are kept, and given again without it. No assertion of ours is signed then.
  const kept = new Map<string, { readonly body: string; readonly init: ResponseInit }>();
  const recording: typeof tools.fetch = async (url, request) => {
    const response = await tools.fetch(url, request);
    const { status, headers } = response;
    const body = await response.text();
    kept.set(url, { body, init: { status, headers } });
    return new Response(body, { status, headers });
  };
  const again: typeof tools.fetch = async (url) => new Response(kept.get(url)?.body, kept.get(url)?.init);
  expect((await verify({ ...tools, fetch: recording }, secret, asked, input)).ok).toBe(true);
  const [one] = given().upstreams;
  const [, encryption] = (JSON.parse(one?.keys ?? '') as { keys: readonly object[] }).keys;
  const bySecret = { ...one, keys: JSON.stringify({ keys: [encryption] }), clientSecret: 'a secret' };
  const settings = given({ upstreams: [bySecret] as Settings['upstreams'] });
  const mean = async (times: number, work: () => unknown) => {
    const before = process.cpuUsage();
    for (let run = 0; run < times; run += 1) await work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  };
  const judge = async () =>
    expect((await verify({ ...tools, settings, fetch: again }, secret, asked, input)).ok).toBe(true);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await mean(30, judge);
  const signing = await mean(100, () => sign('sha256', Buffer.alloc(300), privateKey));
  expect(await mean(100, judge)).toBeLessThan(signing * 20);
});
