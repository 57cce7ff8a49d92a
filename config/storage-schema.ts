/** Where everything is stored: one of two engines. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { count, path, pem, secret } from './value-types.ts';

const embedded = z.strictObject({
  file: path().optional().describe('The one file. Default: `rekey.db` in the folder `state`.'),
});

const mongodb = z.strictObject({
  uri: secret('a MongoDB address, mongodb://… or mongodb+srv://…')
    .refine((written) => /^mongodb(\+srv)?:\/\/[^/]/.test(written))
    .describe('Where the database is, user name and password included. Never shown.'),
  database: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/)
    .meta({ expects: 'a name of letters, digits, - and _' })
    .optional()
    .describe('Name of the database. Default: the one in `uri`, else `rekey`.'),
  pool: count(1, 1000).default(defaults.mongodb.pool).describe('Connections of one process at most.'),
  timeoutSeconds: z
    .number()
    .min(0.5)
    .max(5)
    .default(defaults.mongodb.timeoutSeconds)
    .describe(
      'How long one request waits for the database at most, all its calls together; then it says so and fails.',
    ),
  ca: pem('certificates, PEM')
    .optional()
    .describe('Authority that signed the server’s certificate, where it is one of your own.'),
  certificate: pem('a certificate with its key, PEM')
    .meta({ secret: true })
    .optional()
    .describe('By which the server knows this process, where it asks (`tls=true` in `uri`).'),
  serverExpiry: z
    .boolean()
    .default(true)
    .describe('Whether the server removes expired documents too (TTL indexes). The processes do so in any case.'),
});

export const storage = z
  .strictObject({
    embedded: embedded.optional().describe('One file, one machine: nothing to install. The default.'),
    mongodb: mongodb
      .optional()
      .describe('A MongoDB server, replica set or sharded cluster, for as many processes as you like.'),
  })
  .refine((given) => given.embedded === undefined || given.mongodb === undefined, {
    error: 'either `embedded` or `mongodb`',
  })
  .prefault({})
  .describe('Where everything is kept.');

export type MongodbConfiguration = Readonly<z.output<typeof mongodb>>;

/** Exactly one of the two. */
export type StorageSettings =
  | { readonly embedded: { readonly file: string }; readonly mongodb?: undefined }
  | { readonly mongodb: MongodbConfiguration; readonly embedded?: undefined };
