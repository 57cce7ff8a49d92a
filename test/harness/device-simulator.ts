/** The person's side of a WebAuthn factor: a software device that answers what the page shows. */
import type { Device, Sight, Simulator } from '../../factors/kit/simulator.ts';
import { createSoftwareAuthenticator, type Kind } from './software-authenticator.ts';

const optionsOf = ({ shows }: Sight): string => String(shows['options']);

/** Wrong in its last bit. */
export const flipped = (signature: Buffer): Buffer =>
  Buffer.from(signature.map((byte, at) => (at === signature.length - 1 ? byte ^ 1 : byte)));

export function simulatorOf({
  kind,
  settings,
}: {
  readonly kind: Kind;
  readonly settings: Simulator['settings'];
}): Simulator {
  const createDevice = (): Device => {
    const device = createSoftwareAuthenticator(kind);
    return {
      confirm: (sight) => ({ credential: device.create(optionsOf(sight)) }),
      take: () => undefined,
      answer: (sight) => ({ credential: device.get(optionsOf(sight)) }),
      wrongAnswer: (sight) => ({
        credential: device.get(optionsOf(sight), { signature: flipped }),
      }),
    };
  };
  return {
    createDevice,
    settings,
    showsSecretAtEnrolment: false,
    olderSecrets: [],
    open: ['challenge', 'id', 'ids', 'transports', 'userHandle'],
  };
}
