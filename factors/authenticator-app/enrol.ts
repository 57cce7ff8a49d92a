/** Shows a new secret, and activates the key once the app has given a right code. */
import encodeQr from 'qr';
import { generateURI, ScureBase32Plugin } from 'otplib';
import { accepted } from '../contract.ts';
import type { Begun, Confirmed, Input, Outcome, PersonFacts, Tools } from '../contract.ts';
import { checkCode, digits } from './check-code.ts';
import { drawQr } from './draw-qr.ts';
import type { Settings } from './settings.ts';
import type { Facts, Pending, Secret } from './states.ts';

/** RFC 4226 §4 R6 recommends 160 bits. */
const secretLength = 20;
/** Empty modules around the symbol (ISO/IEC 18004 §6.3.8). */
const quietZone = 4;
/** ms: finding, installing and opening an app takes time. */
const patience = 30 * 60_000;

export async function begin(tools: Tools<Settings>, person: PersonFacts): Promise<Outcome<Begun<Pending>>> {
  const secret = new ScureBase32Plugin().encode(tools.random.bytes(secretLength)).replaceAll('=', '');
  // A colon separates issuer and account in the label, so the names may not contain one.
  const issuer = tools.provider.name.replaceAll(':', ' ').trim();
  const account = person.username.replaceAll(':', ' ').trim();
  const uri = generateURI({ issuer, label: account, secret });
  return accepted({
    pending: { version: 1, secret },
    shows: {
      uri,
      qr: drawQr(encodeQr(uri, 'raw', { ecc: 'medium', border: quietZone })),
      secret: inFours(secret),
      issuer,
      account,
      digits,
    },
    expiresAt: tools.now + patience,
  });
}

/** The picture was saved, or scanned, in an earlier sign-in: it is not shown again. */
export async function resume(tools: Tools<Settings>, pending: Pending): Promise<Outcome<Begun<Pending>>> {
  return accepted({ pending, stage: 'later', shows: { digits }, expiresAt: tools.now + patience });
}

/** The confirming code is used up: it cannot sign in afterwards. */
export async function confirm(
  { settings, now }: Tools<Settings>,
  { secret }: Pending,
  input: Input,
): Promise<Outcome<Confirmed<Secret, Facts>>> {
  const step = checkCode({ secret, lastStep: 0, input, now, window: settings.window });
  return step.ok ? accepted({ secret: { version: 1, secret, lastStep: step.value }, facts: {} }) : step;
}

const inFours = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? secret;
