// One wrong answer for each step of WebAuthn Level 3 §7.1 and §7.2, made by a device in software that is bent in that
// step alone.
import { describe, expect, test } from '@jest/globals';
import { jan } from '../../test/harness/factor-tools.ts';
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
} from '../../test/harness/software-authenticator.ts';
import type { FactorReason } from '../reasons.ts';
import passkey from '../passkey/factor.ts';
import securityKey from '../security-key/factor.ts';
import trustedPlatform from '../trusted-platform/factor.ts';
import type { Factor } from '../contract.ts';
import { start, minute, refusedAs, services } from '../../test/harness/webauthn-ceremonies.ts';

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
