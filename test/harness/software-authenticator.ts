/**
 * A device with keys, in software: what a browser and a FIDO2 authenticator make of our options, as the JSON that our
 * page sends. Every step can be bent, so that each check of the server is met by one answer that is wrong in it alone.
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoCBOR } from '@simplewebauthn/server/helpers';

export interface Kind {
  readonly origin?: string;
  readonly attachment?: 'platform' | 'cross-platform';
  readonly transports?: readonly string[];
  /** Verifies the user. */
  readonly verifies?: boolean;
  /** May be carried to other devices, and is. */
  readonly synced?: boolean;
  /** COSE: ES256, EdDSA, RS256; the rest only to be refused. */
  readonly algorithm?: -7 | -8 | -257 | -65535;
  readonly aaguid?: string;
  /** Signs its attestation with the maker's certificate of test/fixtures/attestation, by itself, or not. */
  readonly attests?: 'maker' | 'self' | 'none';
  /** Counts its signatures; synced ones do not. */
  readonly counts?: boolean;
}

/** What to bend. */
export interface Bend {
  readonly clientData?: Readonly<Record<string, unknown>>;
  readonly rpId?: string;
  readonly flags?: { readonly up?: boolean; readonly uv?: boolean; readonly be?: boolean; readonly bs?: boolean };
  readonly counter?: number;
  readonly signature?: (right: Buffer) => Buffer;
  readonly id?: string;
  readonly userHandle?: string | null;
  /** The answer as JSON. */
  readonly answer?: (right: Answer) => unknown;
}

export interface Answer {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly authenticatorAttachment?: string;
  readonly discoverable?: boolean;
  readonly response: Readonly<Record<string, unknown>>;
}

interface Held {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly userHandle: string;
  counter: number;
}

export interface SoftwareAuthenticator {
  /** Makes a key by `PublicKeyCredentialCreationOptionsJSON`; the value of the form's field. */
  create(options: string, bend?: Bend): string;
  /** Answers with the key that is asked for (the newest, where any may); throws when it has none. */
  get(options: string, bend?: Bend): string;
  readonly keys: readonly { readonly id: string; readonly userHandle: string }[];
  /** Its keys as plain data, to go on elsewhere (`fromExport`). */
  exported(): readonly ExportedKey[];
  /** A copy with the same keys, as somebody would have who cloned it. */
  copy(): SoftwareAuthenticator;
}

export interface ExportedKey {
  readonly id: string;
  readonly userHandle: string;
  readonly counter: number;
  /** PKCS #8 */
  readonly pem: string;
}

export const fromExport = (kind: Kind, keys: readonly ExportedKey[]): SoftwareAuthenticator =>
  createSoftwareAuthenticator(
    kind,
    keys.map(({ pem, ...key }) => ({ ...key, privateKey: createPrivateKey(pem) })),
  );

const fixtures = join(import.meta.dirname, '../fixtures/attestation');
export const metadataFile = join(fixtures, 'metadata.json');
/** The same, signed by the maker's certificate. */
export const signedMetadata = join(fixtures, 'metadata.jwt');
export const metadataSigners = readFileSync(join(fixtures, 'root.pem'), 'utf8');
/** The model that the metadata of the fixtures know. */
export const knownModel = '3b1adb99-0dfe-46fd-90b8-7f7614a4de2a';
const der = (file: string) =>
  Buffer.from(readFileSync(join(fixtures, file), 'utf8').replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
const encode = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');

export function createSoftwareAuthenticator(kind: Kind = {}, held: Held[] = []): SoftwareAuthenticator {
  const {
    origin = 'http://localhost:3000',
    attachment = 'platform',
    verifies = true,
    synced = false,
    algorithm = -7,
    aaguid = '00000000-0000-0000-0000-000000000000',
    attests = 'none',
    counts = true,
  } = kind;
  const transports = kind.transports ?? (attachment === 'platform' ? ['internal'] : ['usb']);

  const clientDataOf = (type: string, challenge: string, bend: Bend) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...bend.clientData }), 'utf8');
  const authenticatorData = (rpId: string, counter: number, bend: Bend, attested?: Uint8Array) => {
    const { up = true, uv = verifies, be = synced, bs = synced } = bend.flags ?? {};
    const flags = (up ? 1 : 0) | (uv ? 4 : 0) | (be ? 8 : 0) | (bs ? 16 : 0) | (attested ? 64 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(bend.counter ?? counter);
    return Buffer.concat([sha256(bend.rpId ?? rpId), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)]);
  };
  const bent = (bend: Bend, right: Answer) => JSON.stringify(bend.answer ? bend.answer(right) : right);
  const signed = (key: KeyObject, data: Uint8Array, bend: Bend, alg: number = algorithm) => {
    const signature = sign(alg === -8 ? null : alg === -65535 ? 'sha1' : 'sha256', data, key);
    return bend.signature ? bend.signature(signature) : signature;
  };

  return {
    get keys() {
      return held.map(({ id, userHandle }) => ({ id, userHandle }));
    },
    exported: () =>
      held.map(({ privateKey, ...key }) => ({
        ...key,
        pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      })),
    copy: () =>
      createSoftwareAuthenticator(
        kind,
        held.map((one) => ({ ...one })),
      ),
    create(given, bend = {}) {
      const options = JSON.parse(given) as {
        readonly challenge: string;
        readonly rp: { readonly id: string };
        readonly user: { readonly id: string };
        readonly authenticatorSelection: { readonly residentKey: string };
      };
      const id = bend.id ?? encode(randomBytes(32));
      const { privateKey, cose } = makeKey(algorithm);
      held.push({ id, privateKey, userHandle: options.user.id, counter: 1 });
      const clientDataJSON = clientDataOf('webauthn.create', options.challenge, bend);
      const rawId = Buffer.from(id, 'base64url');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(rawId.length);
      const attested = Buffer.concat([Buffer.from(aaguid.replaceAll('-', ''), 'hex'), length, rawId, cose]);
      const authData = authenticatorData(options.rp.id, counts && !synced ? 1 : 0, bend, attested);
      const over = Buffer.concat([authData, sha256(clientDataJSON)]);
      const attStmt = new Map<string, unknown>();
      if (attests !== 'none') {
        const maker = createPrivateKey(readFileSync(join(fixtures, 'leaf-key.pem')));
        attStmt.set('alg', attests === 'maker' ? -7 : algorithm);
        attStmt.set(
          'sig',
          new Uint8Array(attests === 'maker' ? signed(maker, over, bend, -7) : signed(privateKey, over, bend)),
        );
        if (attests === 'maker') attStmt.set('x5c', [new Uint8Array(der('leaf.pem'))]);
      }
      const attestationObject = isoCBOR.encode(
        new Map<string, unknown>([
          ['fmt', attests === 'none' ? 'none' : 'packed'],
          ['attStmt', attStmt],
          ['authData', new Uint8Array(authData)],
        ]) as never,
      );
      return bent(bend, {
        id,
        rawId: id,
        type: 'public-key',
        authenticatorAttachment: attachment,
        discoverable: options.authenticatorSelection.residentKey === 'required',
        response: {
          clientDataJSON: encode(clientDataJSON),
          attestationObject: encode(attestationObject),
          transports,
        },
      });
    },
    get(given, bend = {}) {
      const options = JSON.parse(given) as {
        readonly challenge: string;
        readonly rpId: string;
        readonly allowCredentials?: readonly { readonly id: string }[];
      };
      const allowed = options.allowCredentials?.map(({ id }) => id);
      const key = held.findLast(
        ({ id }) => bend.id === id || (bend.id === undefined && (allowed?.includes(id) ?? true)),
      );
      if (!key) throw new Error('This authenticator has no such key.');
      if (counts && !synced) key.counter += 1;
      const clientDataJSON = clientDataOf('webauthn.get', options.challenge, bend);
      const data = authenticatorData(options.rpId, counts && !synced ? key.counter : 0, bend);
      const userHandle = bend.userHandle === undefined ? key.userHandle : bend.userHandle;
      return bent(bend, {
        id: key.id,
        rawId: key.id,
        type: 'public-key',
        authenticatorAttachment: attachment,
        response: {
          clientDataJSON: encode(clientDataJSON),
          authenticatorData: encode(data),
          signature: encode(signed(key.privateKey, Buffer.concat([data, sha256(clientDataJSON)]), bend)),
          ...(userHandle === null ? {} : { userHandle }),
        },
      });
    },
  };
}

/** With its COSE_Key (RFC 9053). */
function makeKey(algorithm: number): { readonly privateKey: KeyObject; readonly cose: Uint8Array } {
  const part = (value: string | undefined) => new Uint8Array(Buffer.from(value ?? '', 'base64url'));
  const cbor = (entries: readonly (readonly [number, unknown])[]) => isoCBOR.encode(new Map(entries) as never);
  if (algorithm === -7) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    return {
      privateKey,
      cose: cbor([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, part(x)],
        [-3, part(y)],
      ]),
    };
  }
  if (algorithm === -8) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    return {
      privateKey,
      cose: cbor([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, part(publicKey.export({ format: 'jwk' }).x)],
      ]),
    };
  }
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  return {
    privateKey,
    cose: cbor([
      [1, 3],
      [3, algorithm],
      [-1, part(n)],
      [-2, part(e)],
    ]),
  };
}
