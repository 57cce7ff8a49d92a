/**
 * The common part of the WebAuthn factors: passkeys, platform authenticators, security keys (WebAuthn Level 3). A
 * factor states its requirements; everything else is here. The answer is one field of the ordinary form, so that pages,
 * proofs and limits are those of every factor.
 */
import { refused } from '../contract.ts';
import type { Assurance, Factor, Input, PersonFacts, Tools } from '../contract.ts';
import { authenticatorName } from './authenticator-names.ts';
import { askForKey, claimedKey, claimedUnique, judgeAnswer } from './webauthn-assertion.ts';
import { beginRegistration, confirmRegistration, type KindSettings, type Profile } from './webauthn-registration.ts';
import { readMetadata } from './webauthn-metadata.ts';
import * as states from './webauthn-states.ts';
import {
  answerField,
  family,
  longestAnswer,
  type Challenge,
  type Facts,
  type Pending,
  type Secret,
} from './webauthn-states.ts';

type Kind = Omit<Factor<KindSettings, Secret, Pending, Challenge, Facts>, 'id' | 'settings'>;

/** A factor without its name and its settings. */
export function deviceFactor(profile: Profile): Kind {
  return {
    states: { secret: states.secret, pending: states.pending, challenge: states.challenge },
    traits: {
      many: true,
      selfService: true,
      script: true,
      family,
      longFields: { [answerField]: longestAnswer },
      asksAnew: true,
      inHand: profile.inHand,
    },
    begin: async (tools: Tools<KindSettings>, person: PersonFacts, _input: Input, held: readonly Secret[] = []) =>
      beginRegistration(tools, person, held, profile),
    confirm: (tools, pending, input) => confirmRegistration(tools, pending, input, profile),
    challenge: async (tools, secret, others = []) => askForKey(tools, [secret, ...others], profile),
    select: claimedKey,
    verify: (tools, secret, asked, input) => judgeAnswer(tools, secret, asked, input, profile),
    strength: (settings) => (isProof(settings) ? 'high' : 'substantial'),
    assure: assurance,
    best: (settings) => assurance({ userVerified: true, synced: false, attested: isProof(settings) }),
    health: () => ({ kind: 'healthy' }),
    // Model and nature are the key's own claims: shown only if its maker confirmed them. A synced key is never better
    // for that, and says that it is synced.
    describe: ({ aaguid, synced, attested }) => ({
      detail: attested ? authenticatorName(aaguid) : '',
      ...(synced ? { nature: 'synced' } : attested ? { nature: 'device-bound' } : {}),
    }),
    ...(profile.discoverable
      ? {
          usernameless: {
            challenge: async (tools: Tools<KindSettings>) =>
              tools.settings.withoutName === true ? askForKey(tools, [], profile) : refused('device_refused'),
            claim: claimedUnique,
          },
        }
      : {}),
  };
}

/** Whether an attestation can prove anything: it must lead to signed metadata. */
const isProof = ({ attestation, metadata }: KindSettings): boolean =>
  attestation === 'trusted' && metadata !== undefined && readMetadata(metadata).signers !== undefined;

/**
 * RFC 8176 §2: `hwk` if the maker guarantees that the key cannot leave its device, `swk` if it can, `pop` if this is
 * unknown: only that a key was proved. `user` only if the device has verified its user. The device does not say how, by
 * PIN or finger, so we do not either.
 */
function assurance({ userVerified, synced, attested }: Facts): Assurance {
  const hardware = attested && !synced;
  return {
    amr: [hardware ? 'hwk' : synced ? 'swk' : 'pop', ...(userVerified ? ['user'] : [])],
    strength: hardware && userVerified ? 'high' : 'substantial',
    possession: true,
    userVerified,
    hardware,
    phishingResistant: true,
    otherChannel: false,
  };
}
