/**
 * Registers a device's key (WebAuthn Level 3 §7.1): the request to the browser, and every step of judging the answer.
 */
import { createHash } from 'node:crypto';
import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialHint } from '@simplewebauthn/server';
import { accepted, refused } from '../contract.ts';
import type { Begun, Confirmed, Input, Outcome, PersonFacts, ThingInHand, Tools } from '../contract.ts';
import { noneSpent } from './spent-challenges.ts';
import { clientDataFault, readCreated, type Created } from './webauthn-answer.ts';
import type { DeviceSettings } from './webauthn-settings.ts';
import { formats, patience, type Facts, type Pending, type Secret } from './webauthn-states.ts';
import { trustOf } from './webauthn-trust.ts';

/** The differences between the WebAuthn factors. */
export interface Profile {
  readonly attachment?: 'platform' | 'cross-platform';
  readonly hints: readonly PublicKeyCredentialHint[];
  /** Whether the key must be discoverable, and so can sign in without a user name. */
  readonly discoverable: boolean;
  readonly inHand: readonly ThingInHand[];
  /** For a factor that leaves the deployment no choice. */
  readonly userVerification?: Verification;
}

export type Verification = 'required' | 'preferred' | 'discouraged';
export interface KindSettings extends DeviceSettings {
  /** Whether the device must verify the user. */
  readonly userVerification?: Verification;
  /** Whether it signs in without user name and password. */
  readonly withoutName?: boolean;
}
export const verificationOf = (profile: Profile, settings: KindSettings): Verification =>
  profile.userVerification ?? settings.userVerification ?? 'required';

/** EdDSA, ES256, RS256 (COSE, RFC 9053): the same list is offered and enforced. */
export const algorithms: readonly number[] = [-8, -7, -257];
/** ms that the page may stay open; the challenge itself is answered within `patience`. */
const pagePatience = 30 * 60_000;

/** @param held states of the person's keys of the family: their devices are excluded, and share one user handle */
export function beginRegistration(
  { settings, now, random, provider }: Tools<KindSettings>,
  person: PersonFacts,
  held: readonly Secret[],
  profile: Profile,
): Outcome<Begun<Pending>> {
  const challenge = encode(random.bytes(32));
  const userHandle = held[0]?.userHandle ?? encode(random.bytes(32));
  const options: PublicKeyCredentialCreationOptionsJSON = {
    challenge,
    rp: { id: new URL(provider.origin).hostname, name: provider.name },
    user: { id: userHandle, name: person.username, displayName: person.displayName },
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: patience,
    attestation: settings.attestation === 'none' ? 'none' : 'direct',
    excludeCredentials: held.map(({ id, transports }) => ({ type: 'public-key', id, transports: [...transports] })),
    authenticatorSelection: {
      residentKey: profile.discoverable ? 'required' : 'discouraged',
      requireResidentKey: profile.discoverable,
      userVerification: verificationOf(profile, settings),
      ...(profile.attachment === undefined ? {} : { authenticatorAttachment: profile.attachment }),
    },
    extensions: { credProps: true },
    hints: [...profile.hints],
  };
  return accepted({
    pending: { version: 1, challenge, at: now, userHandle },
    shows: { options: JSON.stringify(options), number: held.length + 1 },
    expiresAt: now + pagePatience,
  });
}

export async function confirmRegistration(
  tools: Tools<KindSettings>,
  pending: Pending,
  input: Input,
  profile: Profile,
): Promise<Outcome<Confirmed<Secret, Facts>>> {
  const { settings, now, provider } = tools;
  const no = (why: string, reason: 'device_answer_wrong' | 'device_refused' | 'device_unverified') => {
    tools.log('device.refused', { ceremony: 'create', why });
    return refused(reason);
  };
  const answer = readCreated(input);
  if (!answer.ok) return no('form', 'device_answer_wrong');
  if (now < pending.at || now >= pending.at + patience) return refused('device_answer_expired');
  const { id, response } = answer.value;
  const { challenge } = pending;
  const origin = provider.origin;
  const fault = clientDataFault(response.clientDataJSON, { type: 'webauthn.create', challenge, origin });
  if (fault !== undefined) return no(fault, 'device_answer_wrong');

  const verification = await verifyCreated(answer.value, challenge, origin);
  if (!verification?.verified) return no('verification', 'device_answer_wrong');
  const { credential, aaguid, fmt, userVerified, credentialDeviceType, credentialBackedUp, attestationObject } =
    verification.registrationInfo;
  // The id in the signed part is the one that counts.
  if (credential.id !== id) return no('another key', 'device_answer_wrong');
  if (verificationOf(profile, settings) === 'required' && !userVerified) return no('unverified', 'device_unverified');
  const synced = credentialDeviceType === 'multiDevice';
  const unfit = unfitFor(profile, answer.value) ?? (settings.deviceBound && synced ? 'synced' : undefined);
  if (unfit !== undefined) return no(unfit, 'device_refused');
  const format = formats.find((known) => known === fmt);
  if (format === undefined) return no('format', 'device_answer_wrong');
  const trust =
    settings.attestation === 'trusted'
      ? await trustOf({ ...settings, signers: settings.metadataSigners, aaguid, attestationObject, now })
      : undefined;
  if (trust?.trusted === false) return no(trust.why, 'device_refused');
  if (settings.aaguids.length > 0 && !settings.aaguids.includes(aaguid)) return no('model', 'device_refused');

  const attested = trust?.trusted === true && trust.proven;
  const secret: Secret = {
    version: 1,
    id,
    publicKey: encode(credential.publicKey),
    counter: credential.counter,
    transports: response.transports,
    userHandle: pending.userHandle,
    synced,
    backedUp: credentialBackedUp,
    aaguid,
    format,
    attested,
    spent: noneSpent,
  };
  return accepted({ secret, facts: { userVerified, synced, attested }, unique: uniqueOf(id) });
}

/** Signature and format, checked by the library; `undefined` if it refuses. */
async function verifyCreated({ id, rawId, type, response }: Created, challenge: string, origin: string) {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  return verifyRegistrationResponse({
    response: { id, rawId, type, response, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: new URL(origin).hostname,
    supportedAlgorithmIDs: [...algorithms],
    requireUserPresence: true,
    // The caller judges it, with its own messages.
    requireUserVerification: false,
  }).catch(() => undefined);
}

/** If our options were changed on the way: the answer must still meet the requirements of the factor. */
function unfitFor({ attachment, discoverable }: Profile, answer: Created): string | undefined {
  const { authenticatorAttachment: said, response } = answer;
  if (discoverable && answer.discoverable === false) return 'not discoverable';
  if (attachment === undefined) return undefined;
  if (said !== undefined && said !== null && said !== attachment) return 'attachment';
  const inside = response.transports.includes('internal');
  // A telephone over hybrid transport is not a security key.
  const roams = response.transports.some((way) => way !== 'internal' && way !== 'hybrid');
  if (attachment === 'platform') return inside || said === 'platform' ? undefined : 'attachment';
  return roams || (response.transports.length === 0 && said === 'cross-platform') ? undefined : 'attachment';
}

/** The digest of a key's id, which is globally unique, so that an index of keys contains no id. */
export const uniqueOf = (id: string): string => createHash('sha256').update(id, 'ascii').digest('base64url');

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
