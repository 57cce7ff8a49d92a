// One wrong answer for each step of WebAuthn Level 3 §7.1 and §7.2, made by a device in software that is bent in that
// step alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { factorTools, jan, marie } from '../../test/harness/factor-tools.ts';
import { flipped } from '../../test/harness/device-simulator.ts';
import {
  createSoftwareAuthenticator,
  knownModel,
  metadataFile,
  metadataSigners,
  signedMetadata,
  type Answer,
  type Bend,
  type Kind,
  type SoftwareAuthenticator,
} from '../../test/harness/software-authenticator.ts';
import type { FactorReason } from '../reasons.ts';
import passkey from '../passkey/factor.ts';
import securityKey from '../security-key/factor.ts';
import trustedPlatform from '../trusted-platform/factor.ts';
import type { Factor, PersonFacts } from '../contract.ts';
import { noneSpent } from './spent-challenges.ts';
import type { Challenge, Facts, Pending, Secret } from './webauthn-states.ts';

const start = Date.UTC(2024, 0, 30, 12);
const minute = 60_000;
const refusedAs = (reason: FactorReason) => ({ ok: false, reason });
const value = <T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T => {
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.value;
};
const optionsOf = (shows: Readonly<Record<string, unknown>>) => String(shows['options']);

function services(factor: Factor = passkey, given: object = {}) {
  const settings = factor.settings.parse(given);
  const logged: string[] = [];
  const tools = (now = start) => factorTools(settings, now, logged);
  const begin = async (person: PersonFacts = jan, held: readonly Secret[] = [], now = start) => {
    const { pending, shows } = value(await factor.begin(tools(now), person, {}, held));
    return { pending: pending as Pending, options: optionsOf(shows), shows };
  };
  const confirm = (pending: Pending, credential: string, now = start) =>
    factor.confirm(tools(now), pending, { credential });
  const bind = async (device: SoftwareAuthenticator, person = jan) => {
    const { pending, options } = await begin(person);
    const confirmed = value(await confirm(pending, device.create(options)));
    if (!('secret' in confirmed)) throw new Error('not at its end');
    return { secret: confirmed.secret as Secret, facts: confirmed.facts as Facts, unique: confirmed.unique };
  };
  const ask = async (secret: Secret, now = start, others: readonly Secret[] = []) => {
    const { challenge, shows } = value(await factor.challenge(tools(now), secret, others));
    return { challenge: challenge as Challenge, options: optionsOf(shows) };
  };
  const askUsernameless = async (now = start) => {
    const outcome = await factor.usernameless?.challenge(tools(now));
    if (!outcome) throw new Error('not without a name');
    const { challenge, shows } = value(outcome);
    return { challenge: challenge as Challenge, options: optionsOf(shows) };
  };
  const verify = (secret: Secret, challenge: Challenge, credential: string, now = start) =>
    factor.verify(tools(now), secret, challenge, { credential });
  return { settings, logged, begin, confirm, bind, ask, askUsernameless, verify };
}

describe('registering (A-036)', () => {
  const cases: readonly (readonly [string, Kind, Bend, FactorReason])[] = [
    ['another ceremony', {}, { clientData: { type: 'webauthn.get' } }, 'device_answer_wrong'],
    ['another challenge', {}, { clientData: { challenge: 'A'.repeat(43) } }, 'device_answer_wrong'],
    ['another origin', {}, { clientData: { origin: 'https://evil.example' } }, 'device_answer_wrong'],
    ['another port', {}, { clientData: { origin: 'http://localhost:3001' } }, 'device_answer_wrong'],
    ['in a frame', {}, { clientData: { crossOrigin: true } }, 'device_answer_wrong'],
    ['under another top', {}, { clientData: { topOrigin: 'https://evil.example' } }, 'device_answer_wrong'],
    ['another relying party', {}, { rpId: 'evil.example' }, 'device_answer_wrong'],
    ['nobody there', {}, { flags: { up: false } }, 'device_answer_wrong'],
    ['nobody checked', {}, { flags: { uv: false } }, 'device_unverified'],
    ['backed up, but not able to', {}, { flags: { be: false, bs: true } }, 'device_answer_wrong'],
    ['an algorithm that was not offered', { algorithm: -65535 }, {}, 'device_answer_wrong'],
    ['an attestation that is not signed', { attests: 'self' }, { signature: flipped }, 'device_answer_wrong'],
    ['a number over 1,023 bytes', {}, { id: 'A'.repeat(1_366) }, 'device_answer_wrong'],
    ['a number under 16 bytes', {}, { id: 'AAAA' }, 'device_answer_wrong'],
    [
      'not found without its number',
      {},
      { answer: (it: Answer) => ({ ...it, discoverable: false }) },
      'device_refused',
    ],
  ];
  test.each(cases)('B6-01 %s is refused', async (_name, kind, bend, reason) => {
    const { begin, confirm } = services();
    const { pending, options } = await begin();
    expect(await confirm(pending, createSoftwareAuthenticator(kind).create(options, bend))).toEqual(refusedAs(reason));
  });

  test.each([-7, -8, -257] as const)('A-039 algorithm %i is offered and taken', async (algorithm) => {
    const { bind, ask, verify } = services();
    const device = createSoftwareAuthenticator({ algorithm });
    const { secret } = await bind(device);
    const { challenge, options } = await ask(secret);
    expect(await verify(secret, challenge, device.get(options))).toMatchObject({ ok: true });
  });

  test('A-035 the challenge has 256 bits, new each time, and lives five minutes', async () => {
    const { begin, confirm } = services();
    const [one, other] = [await begin(), await begin()];
    expect(Buffer.from(one.pending.challenge, 'base64url')).toHaveLength(32);
    expect(one.pending.challenge).not.toBe(other.pending.challenge);
    const device = createSoftwareAuthenticator();
    const answer = device.create(one.options);
    expect(await confirm(other.pending, answer)).toEqual(refusedAs('device_answer_wrong'));
    expect(await confirm(one.pending, answer, start + 5 * minute)).toEqual(refusedAs('device_answer_expired'));
    expect(await confirm(one.pending, answer, start + 5 * minute - 1)).toMatchObject({ ok: true });
  });

  test('A-041 the person is 32 random bytes, the same for all their keys; nothing of their name', async () => {
    const { begin, bind } = services();
    const { options } = await begin();
    const { user, excludeCredentials, attestation, pubKeyCredParams, authenticatorSelection, rp } = JSON.parse(options);
    expect(Buffer.from(user.id, 'base64url')).toHaveLength(32);
    expect(Buffer.from(user.id, 'base64url').toString()).not.toContain('jan');
    expect([excludeCredentials, attestation, rp.id]).toEqual([[], 'none', 'localhost']);
    expect(pubKeyCredParams.map(({ alg }: { readonly alg: number }) => alg)).toEqual([-8, -7, -257]);
    expect(authenticatorSelection).toEqual({
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    });
    const { secret } = await bind(createSoftwareAuthenticator());
    const again = JSON.parse((await begin(jan, [secret])).options);
    expect(again.user.id).toBe(secret.userHandle);
    expect(again.excludeCredentials).toEqual([{ type: 'public-key', id: secret.id, transports: ['internal'] }]);
  });

  test.each<[string, (it: Answer) => unknown]>([
    ...['id', 'rawId', 'type', 'response'].map((name): [string, (it: Answer) => unknown] => [
      `without ${name}`,
      ({ [name as 'id']: _gone, ...rest }) => rest,
    ]),
    ...['clientDataJSON', 'attestationObject', 'transports'].map((name): [string, (it: Answer) => unknown] => [
      `without response.${name}`,
      (it) => ({ ...it, response: Object.fromEntries(Object.entries(it.response).filter(([key]) => key !== name)) }),
    ]),
    ['with a field too many', (it) => ({ ...it, more: 1 })],
    ['with another rawId', (it) => ({ ...it, rawId: 'B'.repeat(43) })],
    ['with another id', (it) => ({ ...it, id: 'B'.repeat(43), rawId: 'B'.repeat(43) })],
    ['of another type', (it) => ({ ...it, type: 'password' })],
    [
      'with its parts swapped',
      ({ response, ...it }) => ({
        ...it,
        response: {
          ...response,
          clientDataJSON: response['attestationObject'],
          attestationObject: response['clientDataJSON'],
        },
      }),
    ],
    ['that is no CBOR', ({ response, ...it }) => ({ ...it, response: { ...response, attestationObject: 'AAAA' } })],
    ['with line breaks', (it) => ({ ...it, id: `${it.id}\r\nfaked: line` })],
    ['with escape signs', (it) => ({ ...it, id: `\u001b[31m${it.id}` })],
    ['that is a list', (it) => [it]],
    ['that is nothing', () => null],
  ])('B6-01, B6-05 an answer %s is refused, and the log is none the wiser', async (_name, answer) => {
    const { begin, confirm, logged } = services();
    const { pending, options } = await begin();
    expect(await confirm(pending, createSoftwareAuthenticator().create(options, { answer }))).toEqual(
      refusedAs('device_answer_wrong'),
    );
    for (const sign of ['faked', '\u001b', 'BBBB']) expect(logged.join()).not.toContain(sign);
  });

  test('B6-05 what is no JSON, or a megabyte, is refused', async () => {
    const { begin, confirm } = services();
    const { pending, options } = await begin();
    const right = createSoftwareAuthenticator().create(options);
    for (const wrong of ['', '{', '"x"', `${right}${' '.repeat(1_000_000)}`, `${right}x`])
      expect(await confirm(pending, wrong)).toEqual(refusedAs('device_answer_wrong'));
  });
});

describe('what the deployment asks of a device', () => {
  const register = async (given: object, kind: Kind, factor: Factor = passkey, bend: Bend = {}) => {
    const { begin, confirm } = services(factor, given);
    const { pending, options } = await begin();
    return confirm(pending, createSoftwareAuthenticator(kind).create(options, bend));
  };
  const trusted = { attestation: 'trusted', metadata: signedMetadata, metadataSigners };
  const maker = { attests: 'maker', aaguid: knownModel } as const;

  test('A-040 device-bound refuses a synced one; by default both are taken', async () => {
    expect(await register({ deviceBound: true }, { synced: true })).toEqual(refusedAs('device_refused'));
    expect(await register({ deviceBound: true }, {})).toMatchObject({ ok: true });
    expect(await register({}, { synced: true })).toMatchObject({ ok: true });
  });
  test.each<[string, Kind, boolean]>([
    ['its maker’s certificate', maker, true],
    ['nobody', { aaguid: knownModel }, false],
    ['itself', { attests: 'self', aaguid: knownModel }, false],
    ['the certificate of another model', { attests: 'maker' }, false],
  ])('A-039, A-041 trusted: vouched for by %s: %o', async (_name, kind, taken) => {
    const outcome = await register(trusted, kind);
    expect(outcome).toMatchObject(taken ? { ok: true } : refusedAs('device_refused'));
    expect(await register({}, kind)).toMatchObject({ ok: true });
    if (outcome.ok) expect(outcome.value).toMatchObject({ secret: { attested: true, format: 'packed' } });
  });
  test('A-209a only signed metadata proves what a key is: unsigned, or signed by somebody else, it proves nothing', async () => {
    expect(await register({ ...trusted, metadata: metadataFile }, maker)).toMatchObject({
      ok: true,
      value: { secret: { attested: false }, facts: { attested: false } },
    });
    const { metadataSigners: _ours, ...byFidoAlone } = trusted;
    expect(await register(byFidoAlone, maker)).toEqual(refusedAs('device_refused'));
    expect(passkey.strength(passkey.settings.parse(trusted))).toBe('high');
    expect(passkey.strength(passkey.settings.parse({ ...trusted, metadata: metadataFile }))).toBe('substantial');
  });
  test('models by AAGUID', async () => {
    const other = '00000000-0000-0000-0000-000000000001';
    expect(await register({ attestation: 'any', aaguids: [other] }, maker)).toEqual(refusedAs('device_refused'));
    expect(await register({ attestation: 'any', aaguids: [knownModel.toUpperCase()] }, maker)).toMatchObject({
      ok: true,
    });
  });
  test.each([
    [trustedPlatform, { attachment: 'cross-platform' } as const, 'device_refused'],
    [trustedPlatform, { attachment: 'platform', transports: ['usb'] } as const, undefined],
    [trustedPlatform, { verifies: false } as const, 'device_unverified'],
    [securityKey, { attachment: 'platform' } as const, 'device_refused'],
    [securityKey, { attachment: 'cross-platform', transports: ['hybrid', 'internal'] } as const, 'device_refused'],
    [securityKey, { attachment: 'cross-platform', transports: [], verifies: false } as const, undefined],
  ] as const)('B6-03 the kind is ours to say, not the browser’s: %#', async (factor, kind, reason) => {
    expect(await register({}, kind, factor)).toMatchObject(reason === undefined ? { ok: true } : refusedAs(reason));
  });
  test('B6-03 removing the required user verification in the browser gains nothing', async () => {
    const { begin, confirm } = services(securityKey, { userVerification: 'required' });
    const { pending, options } = await begin();
    const edited = options.replace('"required"', '"discouraged"');
    const device = createSoftwareAuthenticator({ attachment: 'cross-platform', verifies: false });
    expect(await confirm(pending, device.create(edited))).toEqual(refusedAs('device_unverified'));
  });
  test.each([
    [{ attestation: 'trusted' }],
    [{ aaguids: [knownModel] }],
    [{ attestation: 'any', aaguids: ['x'] }],
    [{ attestation: 'trusted', metadata: '/nowhere.json' }],
    [{ attestation: 'trusted', metadata: import.meta.filename }],
    [{ attestation: 'trusted', metadata: metadataFile, metadataSigners: 'x' }],
    [{ userVerification: 'discouraged' }],
  ])('settings %j are refused', (given) => {
    expect(passkey.settings.safeParse(given).success).toBe(false);
  });
});

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

  test('B6-02 another person’s key, and an own one that was not asked', async () => {
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
