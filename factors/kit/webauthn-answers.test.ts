/** Answers of keys in devices: which are refused, which sign in without a name, and what they prove. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { marie } from '../../test/harness/factor-tools.ts';
import { flipped } from '../../test/harness/device-simulator.ts';
import { createSoftwareAuthenticator, type Answer, type Bend } from '../../test/harness/software-authenticator.ts';
import type { FactorReason } from '../reasons.ts';
import passkey from '../passkey/factor.ts';
import securityKey from '../security-key/factor.ts';
import trustedPlatform from '../trusted-platform/factor.ts';
import { noneSpent } from './spent-challenges.ts';
import type { Facts, Secret } from './webauthn-states.ts';
import { start, minute, refusedAs, value, services } from '../../test/harness/webauthn-ceremonies.ts';

describe('answering (A-037)', () => {
  const cases: readonly (readonly [string, Bend, FactorReason])[] = [
    ['another ceremony', { clientData: { type: 'webauthn.create' } }, 'device_answer_wrong'],
    ['another challenge', { clientData: { challenge: 'A'.repeat(43) } }, 'device_answer_wrong'],
    ['another origin', { clientData: { origin: 'https://evil.example' } }, 'device_answer_wrong'],
    ['in a frame', { clientData: { crossOrigin: true } }, 'device_answer_wrong'],
    ['under another top', { clientData: { topOrigin: 'https://evil.example' } }, 'device_answer_wrong'],
    ['another relying party', { rpId: 'evil.example' }, 'device_answer_wrong'],
    ['nobody there', { flags: { up: false } }, 'device_answer_wrong'],
    ['nobody checked', { flags: { uv: false } }, 'device_unverified'],
    ['a device that became another kind', { flags: { be: true } }, 'device_answer_wrong'],
    ['backed up, but not able to', { flags: { bs: true } }, 'device_answer_wrong'],
    ['another signature', { signature: flipped }, 'device_answer_wrong'],
    ['no signature', { signature: () => Buffer.from([0]) }, 'device_answer_wrong'],
    ['another person’s handle', { userHandle: 'A'.repeat(43) }, 'device_answer_wrong'],
    ['a counter that stands', { counter: 1 }, 'device_copied'],
    ['a counter that is gone', { counter: 0 }, 'device_copied'],
  ];
  test.each(cases)('B6-01 %s is refused', async (_name, bend, reason) => {
    const { bind, ask, verify } = services();
    const device = createSoftwareAuthenticator();
    const { secret } = await bind(device);
    const { challenge, options } = await ask(secret);
    expect(await verify(secret, challenge, device.get(options, bend))).toEqual(refusedAs(reason));
    expect(await verify(secret, challenge, device.get(options))).toMatchObject({ ok: true });
  });

  test('B6-01 nothing but a number that is known is no proof', async () => {
    const { bind, ask, verify } = services();
    const device = createSoftwareAuthenticator();
    const { secret } = await bind(device);
    const { challenge, options } = await ask(secret);
    const right = JSON.parse(device.get(options)) as Answer;
    for (const name of Object.keys(right.response).filter((one) => one !== 'userHandle'))
      for (const other of [undefined, '', 'AAAA', 1, null]) {
        const answer = JSON.stringify({ ...right, response: { ...right.response, [name]: other } });
        expect(await verify(secret, challenge, answer)).toEqual(refusedAs('device_answer_wrong'));
      }
    for (const wrong of [{ id: secret.id }, { ...right, rawId: 'A'.repeat(43) }, { ...right, type: 'x' }, [right]])
      expect(await verify(secret, challenge, JSON.stringify(wrong))).toEqual(refusedAs('device_answer_wrong'));
  });

  test('an algorithm of its own choice makes no signature right', async () => {
    const { bind, ask, verify } = services();
    const device = createSoftwareAuthenticator();
    const { secret } = await bind(device);
    const { challenge, options } = await ask(secret);
    const foreign = createSoftwareAuthenticator({ algorithm: -8 });
    foreign.create((await services().begin()).options, { id: secret.id });
    expect(await verify(secret, challenge, foreign.get(options, { userHandle: secret.userHandle }))).toEqual(
      refusedAs('device_answer_wrong'),
    );
  });

  test('B6-02 another person’s key, and one of their own that was not asked', async () => {
    const { bind, ask, askUsernameless, verify } = services();
    const [mine, theirs] = [createSoftwareAuthenticator(), createSoftwareAuthenticator()];
    const { secret } = await bind(mine);
    const { secret: other } = await bind(theirs, marie);
    const { challenge, options } = await ask(secret);
    const asOther = theirs.get(options.replace(secret.id, other.id));
    expect(await verify(secret, challenge, asOther)).toEqual(refusedAs('device_answer_wrong'));
    expect(await verify(other, challenge, asOther)).toEqual(refusedAs('device_answer_wrong'));
    // A question that names its keys is not answered like one that does not, nor the other way round.
    const usernameless = await askUsernameless();
    expect(await verify(secret, challenge, mine.get(usernameless.options))).toEqual(refusedAs('device_answer_wrong'));
    expect(await verify(secret, usernameless.challenge, mine.get(options))).toEqual(refusedAs('device_answer_wrong'));
  });

  test('B6-06 once, within five minutes, in its own ceremony', async () => {
    const { bind, begin, ask, verify } = services();
    const device = createSoftwareAuthenticator();
    const { secret } = await bind(device);
    const { challenge, options } = await ask(secret);
    const answer = device.get(options);
    expect(await verify(secret, challenge, answer, start + 6 * minute)).toEqual(refusedAs('device_answer_expired'));
    expect(await verify(secret, challenge, answer, start - 1)).toEqual(refusedAs('device_answer_expired'));
    const { secret: next } = value(await verify(secret, challenge, answer)) as { readonly secret: Secret };
    expect((await verify(next, challenge, answer)).ok).toBe(false);
    // Even a device that does not count answers a question once.
    const silent = createSoftwareAuthenticator({ synced: true });
    const bound = (await bind(silent)).secret;
    const asked = await ask(bound);
    const { secret: after } = value(await verify(bound, asked.challenge, silent.get(asked.options))) as {
      readonly secret: Secret;
    };
    expect(await verify(after, asked.challenge, silent.get(asked.options))).toEqual(refusedAs('code_used'));
    // What was made to register does not sign in.
    const { pending } = await begin();
    const created = createSoftwareAuthenticator().create((await begin()).options);
    expect(await verify(secret, { ...challenge, challenge: pending.challenge }, created)).toEqual(
      refusedAs('device_answer_wrong'),
    );
  });

  test('B6-06 a copy of the device is found out, by whichever comes second', async () => {
    const { bind, ask, verify } = services();
    const device = createSoftwareAuthenticator();
    let { secret } = await bind(device);
    const copy = device.copy();
    for (let context = 0; context < 2; context += 1) {
      const { challenge, options } = await ask(secret, start + context);
      ({ secret } = value(await verify(secret, challenge, device.get(options), start + context)) as {
        readonly secret: Secret;
      });
    }
    const { challenge, options } = await ask(secret, start + 2);
    expect(await verify(secret, challenge, copy.get(options), start + 2)).toEqual(refusedAs('device_copied'));
  });

  test('nobody cries "copied" without the key: the signature is looked at first', async () => {
    const { bind, ask, verify } = services();
    const device = createSoftwareAuthenticator();
    const { secret } = await bind(device);
    const { challenge, options } = await ask(secret);
    const forged = device.get(options, { counter: 0, signature: flipped });
    expect(await verify(secret, challenge, forged)).toEqual(refusedAs('device_answer_wrong'));
  });

  test('several keys: each answers for itself, and says which it is', async () => {
    const { bind, ask, verify } = services();
    const [one, two] = [createSoftwareAuthenticator(), createSoftwareAuthenticator({ synced: true })];
    const keys = [(await bind(one)).secret, (await bind(two)).secret];
    const [first, second] = keys as [Secret, Secret];
    const { challenge, options } = await ask(first, start, [second]);
    expect(JSON.parse(options).allowCredentials).toHaveLength(2);
    const answer = two.get(options);
    expect(passkey.select?.(keys, { credential: answer })).toBe(1);
    expect(passkey.select?.([first], { credential: answer })).toBeUndefined();
    expect(passkey.select?.(keys, { credential: 'x' })).toBeUndefined();
    expect(await verify(second, challenge, answer)).toMatchObject({ ok: true });
    expect(await verify(first, challenge, answer)).toEqual(refusedAs('device_answer_wrong'));
  });
});

describe('without a name', () => {
  test('only who is checked, and only with the handle of the key’s own person', async () => {
    const { bind, askUsernameless, verify } = services(passkey, { userVerification: 'preferred' });
    const device = createSoftwareAuthenticator({ synced: true });
    const { secret, unique } = await bind(device);
    const { challenge, options } = await askUsernameless();
    const { allowCredentials, userVerification } = JSON.parse(options);
    expect([allowCredentials, userVerification]).toEqual([undefined, 'required']);
    expect(passkey.usernameless?.claim({ credential: device.get(options) })).toBe(unique);
    expect(passkey.usernameless?.claim({ credential: '{}' })).toBeUndefined();
    const judge = (bend: Bend) => verify(secret, challenge, device.get(options, bend));
    expect(await judge({ flags: { uv: false } })).toEqual(refusedAs('device_unverified'));
    expect(await judge({ userHandle: null })).toEqual(refusedAs('device_answer_wrong'));
    expect(await judge({ userHandle: 'A'.repeat(43) })).toEqual(refusedAs('device_answer_wrong'));
    expect(await judge({})).toMatchObject({ ok: true });
  });
  test('not where the deployment does not want it, whatever was asked before', async () => {
    const device = createSoftwareAuthenticator();
    const { bind, askUsernameless } = services();
    const { secret } = await bind(device);
    const { challenge, options } = await askUsernameless();
    const closed = services(passkey, { withoutName: false });
    expect(await closed.verify(secret, challenge, device.get(options))).toEqual(refusedAs('device_answer_wrong'));
    await expect(closed.askUsernameless()).rejects.toThrow('device_refused');
    expect([trustedPlatform.usernameless, securityKey.usernameless]).toEqual([undefined, undefined]);
  });
});

describe('what it is worth', () => {
  const assure = (facts: Partial<Facts>) =>
    passkey.assure({ userVerified: true, synced: false, attested: false, ...facts }, passkey.settings.parse({}));
  test('A-038 without the check no `user`, never high', () => {
    expect(assure({ userVerified: false, attested: true })).toMatchObject({
      amr: ['hwk'],
      strength: 'substantial',
      userVerified: false,
    });
  });
  test.each([
    [{ synced: true }, ['swk', 'user'], 'substantial', false],
    [{}, ['pop', 'user'], 'substantial', false],
    [{ attested: true }, ['hwk', 'user'], 'high', true],
    [{ attested: true, synced: true }, ['swk', 'user'], 'substantial', false],
  ] as const)('%j', (facts, amr, strength, hardware) => {
    expect(assure(facts)).toMatchObject({ amr, strength, hardware, phishingResistant: true, possession: true });
  });
  test.each(['passkey', 'security-key', 'trusted-platform'])(
    'A-209d before %s is activated nothing is promised of it that only an attestation proves',
    (factor) => {
      for (const language of ['nl', 'fr', 'de', 'en']) {
        const file = join(import.meta.dirname, '..', factor, 'locales', `${language}.json`);
        const texts = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
        const promises = texts.filter(
          ([name, text]) =>
            !name.startsWith('nature.') &&
            /cop(y|ied|i[ëe])|kopi|\bchip|puce|\b(only|alleen|nur|ne \S+ que)\b.{0,12}\b(on this|on the|op dit|op het|auf dies|auf dem|sur cet|sur l)/iu.test(
              text,
            ),
        );
        expect([language, promises]).toEqual([language, []]);
      }
    },
  );
  test('A-040, A-209b what a key says of itself is told where its maker vouches for it; that it is synced makes it no better, and is told', () => {
    const made = (over: Partial<Secret>) => passkey.describe({ ...madeSecret, ...over });
    const yubikey = 'cb69481e-8ff7-4039-93ec-0a2729a154a8';
    expect(made({ aaguid: yubikey })).toEqual({ detail: '' });
    expect(made({ aaguid: yubikey, attested: true })).toEqual({ detail: 'YubiKey 5', nature: 'device-bound' });
    expect(made({ aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd', synced: true })).toEqual({
      detail: '',
      nature: 'synced',
    });
  });
});

const madeSecret: Secret = {
  version: 1,
  id: 'x'.repeat(22),
  publicKey: 'x'.repeat(40),
  counter: 0,
  transports: [],
  userHandle: 'x'.repeat(43),
  synced: false,
  backedUp: false,
  aaguid: '00000000-0000-0000-0000-000000000000',
  format: 'none',
  attested: false,
  spent: noneSpent,
};
