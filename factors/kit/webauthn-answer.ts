/**
 * Parses the browser's answer strictly: every field with its form and length, and no other. The signatures are checked
 * elsewhere.
 */
import { z } from 'zod';
import { refused, accepted } from '../contract.ts';
import type { Input, Outcome } from '../contract.ts';
import { answerField, base64url, credentialId, longestAnswer, transports } from './webauthn-states.ts';

const attachment = z.enum(['platform', 'cross-platform']).nullish();
const clientData = base64url(1, 4_096);
const kind = z.literal('public-key');

const created = z.strictObject({
  id: credentialId,
  rawId: credentialId,
  type: kind,
  authenticatorAttachment: attachment,
  /** Whether the key can be found without its id (`credProps.rk`, §10.1.3); browsers may omit it. */
  discoverable: z.boolean().nullish(),
  response: z.strictObject({
    clientDataJSON: clientData,
    attestationObject: base64url(1, longestAnswer),
    transports: z
      .array(z.string().max(32))
      .max(16)
      .transform((given) => transports.filter((known) => given.includes(known))),
  }),
});
export type Created = z.infer<typeof created>;

const got = z.strictObject({
  id: credentialId,
  rawId: credentialId,
  type: kind,
  authenticatorAttachment: attachment,
  response: z.strictObject({
    clientDataJSON: clientData,
    authenticatorData: base64url(1, 4_096),
    signature: base64url(1, 4_096),
    /** At most 64 bytes (§5.4.3). */
    userHandle: base64url(1, 86).nullish(),
  }),
});
export type Got = z.infer<typeof got>;

const read =
  <T>(form: z.ZodType<T>) =>
  (input: Input): Outcome<T> => {
    const text = input[answerField] ?? '';
    if (text.length > longestAnswer) return refused('device_answer_wrong');
    try {
      const parsed = form.safeParse(JSON.parse(text));
      return parsed.success ? accepted(parsed.data) : refused('device_answer_wrong');
    } catch {
      return refused('device_answer_wrong');
    }
  };

export const readCreated = read(created);
export const readGot = read(got);

const said = z.looseObject({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

/** What is wrong with the answer's own claims; `undefined`: nothing. Our own words, safe for the log. */
export function clientDataFault(
  encoded: string,
  expected: { readonly type: 'webauthn.create' | 'webauthn.get'; readonly challenge: string; readonly origin: string },
): string | undefined {
  let data: z.infer<typeof said>;
  try {
    data = said.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')));
  } catch {
    return 'client data unreadable';
  }
  if (data.type !== expected.type) return 'another ceremony';
  if (data.challenge !== expected.challenge) return 'another challenge';
  if (data.origin !== expected.origin) return 'another origin';
  // No other site may show our pages in a frame.
  if (data.crossOrigin === true || data.topOrigin !== undefined) return 'in a frame';
  return undefined;
}
