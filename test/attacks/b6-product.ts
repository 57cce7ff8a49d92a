/** A product with keys in devices, three relying parties, and people with a software device. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { bindDevice, questionOn } from '../harness/device-keys.ts';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { startProduct, type NewPerson, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import {
  createSoftwareAuthenticator,
  type Bend,
  type SoftwareAuthenticator,
} from '../harness/software-authenticator.ts';
import { begin, givePassword, personNow, send, stepOf, type Visit } from './visitor.ts';

export const other = {
  id: 'mails',
  secret: 'a-secret-of-the-relying-party-2',
  redirectUri: 'https://mails.example/callback',
};
const strict = {
  id: 'strict',
  secret: 'a-secret-of-the-relying-party-3',
  redirectUri: 'https://strict.example/callback',
};
const clientOf = ({ id, secret, redirectUri }: typeof other) => ({ id, secret, redirectUris: [redirectUri] });

export let product: Product;
export let rp: RelyingParty;
export let mailsRp: RelyingParty;
export let strictRp: RelyingParty;

export const deviceOf = (kind = {}) => createSoftwareAuthenticator({ origin: product.issuer, ...kind });
export async function personWithDevice(device: SoftwareAuthenticator = deviceOf()) {
  const person = await product.addPerson({ keys: ['email-otp'] });
  await bindDevice(product.services, person.person.id, device);
  return { person, device };
}
/** At the proof, with the right password. */
export async function toProof(person: NewPerson, agent = new HttpAgent()): Promise<Visit & { readonly asked: Page }> {
  const visit = await begin(rp, { agent });
  await send(visit, 'choose-key', { key: 'passkey' });
  const asked = await givePassword(visit, person);
  expect(stepOf(asked)).toBe('prove-key');
  return { ...visit, asked };
}
export const give = (visit: Visit, credential: string, copy?: number) =>
  send(visit, 'prove-key', { action: 'continue', credential, ...(copy === undefined ? {} : { copy: `${copy}` }) });
export const signInUsernameless = (visit: Visit, credential: string, asked: string) =>
  send(visit, 'choose-key', { action: 'usernameless', credential, asked });
export async function usernameless(
  device: SoftwareAuthenticator,
  bend: Bend = {},
  agent = new HttpAgent(),
): Promise<{ visit: Visit; page: Page }> {
  const visit = await begin(rp, { agent });
  const { options, asked } = questionOn(visit.page.body);
  return { visit, page: await signInUsernameless(visit, device.get(options, bend), asked) };
}
export const failuresOf = async (person: NewPerson) =>
  (await personNow(product, person)).keys.find(({ factor }) => factor === 'passkey')?.attempts.count;
export const audited = async (person: NewPerson) => {
  await product.app.flush();
  const lines = await product.services.audit.list({ limit: 500, filter: { person: person.person.id } });
  return lines.map(({ event }) => event);
};

/** Starts the product before the tests of a file, and closes it after them. */
export function withDevices(): void {
  beforeAll(async () => {
    product = await startProduct({
      factors: {
        passkey: {},
        'security-key': {},
        'email-otp': {},
        'token-card': {
          settings: { count: 8, reuse: 'reusable' },
          schedule: {
            untilAndIncluding: '2024-01-30',
            zone: 'Europe/Brussels',
            after: 're-enrol',
            replacements: ['passkey'],
          },
        },
      },
      limits: { pauseAfter: 5, blockAfter: 10, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 },
      clients: [
        clientOf({ id: 'rp', secret: 'a-secret-of-the-relying-party-1', redirectUri: 'https://rp.example/callback' }),
        { ...clientOf(other), accepts: ['email-otp'] },
        { ...clientOf(strict), level: 'high' },
      ],
    });
    rp = await relyingParty(product.issuer, product.client);
    mailsRp = await relyingParty(product.issuer, other);
    strictRp = await relyingParty(product.issuer, strict);
  });
  afterAll(() => product.close());
}
