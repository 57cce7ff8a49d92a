/** What a deployment may set of national providers. */
import { z } from 'zod';
import { linkKeySetting } from '../kit/keyed-link.ts';
import { keysFault } from './keys.ts';
import { readPreset } from './preset.ts';

const secret = (expects: string) => z.string().min(1).max(32_768).meta({ expects, secret: true });
const word = /^[a-z][a-z0-9-]{0,31}$/;
const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host);

const upstream = z.strictObject({
  id: z
    .string()
    .regex(word, 'must be a word of small letters')
    .describe(
      'Its name in the return address, `/factor/mobile-eid/return/<id>`, and in the log. Keep it: keys name it.',
    ),
  preset: z
    .string()
    .regex(word, 'must be the name of a preset')
    .describe(
      'File with what is known of it, without `.yaml`: `itsme`, `franceconnect-plus`, `ausweisapp`, or your own.',
    ),
  name: z.string().min(1).max(40).optional().describe('What people know it as. Default: as in the preset.'),
  issuer: z.url().optional().describe('Its issuer, for a test environment or where the preset names none.'),
  clientId: z.string().min(1).max(255).describe('Our client there.'),
  scope: z.string().min(1).max(255).optional().describe('Default: as in the preset.'),
  keys: secret('a JWK set with our private keys, JSON')
    .optional()
    .describe(
      'Our private keys: one with `use: sig` for client assertions, one or more with `use: enc` for encrypted ID tokens. The public halves are at `/factor/mobile-eid/published/<id>`.',
    ),
  clientSecret: secret('a secret').optional().describe('Where it knows us by a secret.'),
  certificate: secret('a certificate with its key, PEM')
    .optional()
    .describe('Where it knows us by a certificate (mutual TLS).'),
});

export const settings = z
  .strictObject({
    linkKey: linkKeySetting.describe(
      'Key of the digests by which a person of the provider is linked to an account. Neither a national number nor the provider’s own identifier is stored. Keep it outside the database.',
    ),
    earlierLinkKeys: z
      .array(linkKeySetting)
      .max(4)
      .default([])
      .describe('Former values of `linkKey`. A key that was linked under one of them is linked anew at its next use.'),
    upstreams: z.array(upstream).min(1).max(8).describe('The providers that people can choose from, in this order.'),
    presetFiles: z
      .string()
      .min(1)
      .optional()
      .meta({ expects: 'a path', path: true })
      .describe('A folder with presets of your own; a file there comes before ours of the same name.'),
    patienceSeconds: z
      .number()
      .min(1)
      .max(4.5)
      .default(4)
      .describe('How long all requests to a provider may take for one page.'),
  })
  .superRefine((given, context) => {
    const wrong = (path: (string | number)[], message: string) => {
      context.addIssue({ code: 'custom', path: ['upstreams', ...path], message });
    };
    given.upstreams.forEach((one, index) => {
      if (given.upstreams.findIndex(({ id }) => id === one.id) !== index) wrong([index, 'id'], 'is there twice');
      try {
        const known = readPreset(one.preset, given.presetFiles);
        const issuer = one.issuer ?? known.issuer;
        if (issuer === undefined) wrong([index, 'issuer'], 'is missing: the preset names none');
        else if (new URL(issuer).protocol !== 'https:' && !isLoopback(new URL(issuer).hostname))
          wrong([index, 'issuer'], 'must be https');
        const fault = keysFault(one, known);
        if (fault) wrong([index, fault.key], fault.says);
      } catch (error) {
        wrong([index, 'preset'], error instanceof Error ? error.message : String(error));
      }
    });
  });
export type Settings = z.infer<typeof settings>;
export type Upstream = Settings['upstreams'][number];
