/** Challenges a device's key and judges its answer (WebAuthn Level 3 §7.2). */
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { accepted, refused } from '../contract.ts';
import type { Challenged, Input, Outcome, Proved, Tools } from '../contract.ts';
import type { FactorReason } from '../reasons.ts';
import { spend } from './spent-challenges.ts';
import { clientDataFault, readGot } from './webauthn-answer.ts';
import { uniqueOf, verificationOf, type KindSettings, type Profile } from './webauthn-registration.ts';
import { patience, type Challenge, type Facts, type Secret } from './webauthn-states.ts';

/** @param keys which may answer; none: the key must identify the account itself, and verify the user */
export function askForKey(
  { settings, now, random, provider }: Tools<KindSettings>,
  keys: readonly Secret[],
  profile: Profile,
): Outcome<Challenged<Challenge>> {
  const challenge = Buffer.from(random.bytes(32)).toString('base64url');
  const named = keys.length > 0;
  const options: PublicKeyCredentialRequestOptionsJSON = {
    challenge,
    rpId: new URL(provider.origin).hostname,
    timeout: patience,
    userVerification: named ? verificationOf(profile, settings) : 'required',
    ...(named
      ? {
          allowCredentials: keys.map(({ id, transports }) => ({ type: 'public-key', id, transports: [...transports] })),
        }
      : {}),
    hints: [...profile.hints],
  };
  return accepted({
    challenge: { version: 1, challenge, at: now, usernameless: !named, ids: keys.map(({ id }) => id) },
    shows: { options: JSON.stringify(options), patience },
  });
}

/** Every failure is a refusal; only a valid answer changes the key. */
export async function judgeAnswer(
  tools: Tools<KindSettings>,
  secret: Secret,
  asked: Challenge,
  input: Input,
  profile: Profile,
): Promise<Outcome<Proved<Secret, Facts>>> {
  const { settings, now, provider } = tools;
  const no = (why: string, reason: FactorReason = 'device_answer_wrong') => {
    tools.log('device.refused', { ceremony: 'get', why });
    return refused(reason);
  };
  const answer = readGot(input);
  if (!answer.ok) return no('form');
  const { id, rawId, type, response } = answer.value;
  const { usernameless } = asked;
  if (usernameless && settings.withoutName !== true) return no('not offered');
  if (id !== secret.id || rawId !== secret.id || usernameless === asked.ids.includes(id)) return no('another key');
  if (now < asked.at || now >= asked.at + patience) return refused('device_answer_expired');
  const { challenge } = asked;
  const origin = provider.origin;
  const fault = clientDataFault(response.clientDataJSON, { type: 'webauthn.get', challenge, origin });
  if (fault !== undefined) return no(fault);
  const handle = response.userHandle ?? undefined;
  if (handle === undefined ? usernameless : handle !== secret.userHandle) return no('another person');

  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const verification = await verifyAuthenticationResponse({
    response: {
      id,
      rawId,
      type,
      response: {
        clientDataJSON: response.clientDataJSON,
        authenticatorData: response.authenticatorData,
        signature: response.signature,
      },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: new URL(origin).hostname,
    // The counter is judged only after the signature: otherwise anybody could report a copy.
    credential: { id, publicKey: Buffer.from(secret.publicKey, 'base64url'), counter: 0 },
    requireUserVerification: false,
  }).catch(() => undefined);
  if (!verification?.verified) return no('verification');
  const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } = verification.authenticationInfo;
  if ((credentialDeviceType === 'multiDevice') !== secret.synced) return no('another kind of device');
  if (!userVerified && (usernameless || verificationOf(profile, settings) === 'required'))
    return no('unverified', 'device_unverified');
  if (secret.synced && settings.deviceBound) return no('synced', 'device_refused');
  if ((newCounter > 0 || secret.counter > 0) && newCounter <= secret.counter) return no('counter', 'device_copied');
  const spent = spend(secret.spent, { id: challenge, at: asked.at });
  if (!spent.ok) return spent;
  return accepted({
    secret: { ...secret, counter: newCounter, backedUp: credentialBackedUp, spent: spent.value },
    facts: { userVerified, synced: secret.synced, attested: secret.attested },
  });
}

/** Which of several keys the answer claims to come from. */
export function claimedKey(secrets: readonly Secret[], input: Input): number | undefined {
  const answer = readGot(input);
  const at = answer.ok ? secrets.findIndex(({ id }) => id === answer.value.id) : -1;
  return at < 0 ? undefined : at;
}

/** The `unique` of the key that the answer claims to come from. */
export function claimedUnique(input: Input): string | undefined {
  const answer = readGot(input);
  return answer.ok ? uniqueOf(answer.value.id) : undefined;
}
