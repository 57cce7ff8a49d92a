/** An API whose access tokens this provider issues: a resource server (RFC 8707), as an entry of `apis`. */
import { z } from 'zod';
import { clientIdentifier, count, text, texts } from './value-types.ts';

/** RFC 8707 §2: an absolute URI without a fragment. */
const isResource = (written: string): boolean => URL.canParse(written) && !/[#\s]/.test(written);

/** RFC 6749 §3.3. */
const apiScope = () =>
  z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/)
    .meta({ expects: 'a scope: visible ASCII characters without " and \\' });

export const apiSchema = z.strictObject({
  resource: z
    .string()
    .max(512)
    .refine(isResource)
    .meta({ expects: 'an absolute address without #, such as https://api.example/' })
    .describe('Its name, an absolute address: clients ask for it by `resource`, and it is the `aud` of the tokens.'),
  scopes: z.array(apiScope()).min(1).describe('Everything that may be asked of it. No standard scope.'),
  scopeTexts: z
    .record(apiScope(), texts())
    .default({})
    .meta({ expects: 'scopes, each with a text' })
    .describe(
      'What a scope lets a service do, for people who are asked: `orders:read: {nl: …, fr: …, de: …, en: See your orders at Example}`. Needed for the scopes of clients with `thirdParty`.',
    ),
  clients: z
    .record(clientIdentifier(), z.array(apiScope()).min(1))
    .default({})
    .meta({ expects: 'ids of clients, each with a list of scopes' })
    .describe('Which clients get tokens for it, and with which of its scopes at most: `my-app: [orders:read]`.'),
  introspectedBy: z
    .array(text('the id of a client'))
    .default([])
    .describe(
      'Clients that may look at its tokens (RFC 7662): the API itself, as a client with a secret. Nobody else may, but the client that a token was issued to.',
    ),
  accessToken: z
    .strictObject({
      format: z
        .enum(['opaque', 'jwt'])
        .default('opaque')
        .describe(
          '`opaque`: the API asks here at every use, so that a token ends with its session, its account and its key. `jwt` (RFC 9068): the API checks the signature itself, and a token is good until its end.',
        ),
      minutes: count(1, 60).default(10).describe('How long a token is good.'),
    })
    .prefault({})
    .describe('Its access tokens.'),
});
