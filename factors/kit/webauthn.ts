/**
 * The engine of keys that live in a device: passkeys, the platform of a computer, keys on a ring (WebAuthn Level 3). A factor on it says what its kind
 * is; everything else is here. The answer travels as one field of the ordinary form, so that pages, proofs and limits are those of every factor.
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

/** All of a factor but its name and its settings. */
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
    health: () => ({ kind: 'healthy' }),
    // Model and nature are the key's own word: they are told where its maker vouched for them. That it is synced makes it no better, and is told.
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

/** Whether an attestation can prove anything: it must lead to metadata that is signed. */
const isProof = ({ attestation, metadata }: KindSettings): boolean =>
  attestation === 'trusted' && metadata !== undefined && readMetadata(metadata).signers !== undefined;

/**
 * RFC 8176 §2: `hwk` where the maker vouches that the key cannot leave its device, `swk` where it can, `pop` where nobody knows: a key was proved, and
 * that is all. `user` only where the device has checked who has it in hand. How it checked, by PIN or finger, it does not say: so neither do we.
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
