/** Every setting with its default and its purpose. The reference in docs is generated from it. */
import { z, type ZodType } from 'zod';
import { activationSchema } from './activation-schema.ts';
import { administratorsSchema } from './administrators-schema.ts';
import { apiSchema } from './api-schema.ts';
import { clientSchema } from './client-schema.ts';
import { defaults } from './defaults.ts';
import { factorSchema } from './factor-schema.ts';
import { ladder } from './levels-schema.ts';
import { onThePages } from './pages-schema.ts';
import { extensionsSchema, sharedMailboxesSchema, signInSchema } from './sign-in-schema.ts';
import { sitesSchema } from './sites.ts';
import { storage, type StorageSettings } from './storage-schema.ts';
import { smsSchema } from './sms-schema.ts';
import {
  count,
  identifier,
  issuer,
  keyBytes,
  languages,
  path,
  pem,
  port,
  proxies,
  secret,
  text,
  texts,
  timeOfDay,
  zone,
} from './value-types.ts';

export type FactorSettings = Readonly<Record<string, ZodType>>;

const hours = (max: number) => z.number().positive().max(max);
const rootKey = () =>
  secret('at least 32 random bytes, as base64 or hexadecimal').refine((written) => keyBytes(written) !== undefined);

const listen = z.strictObject({
  host: text('a host name or address').default(defaults.listen.host).describe('Address to listen on.'),
  port: port().default(defaults.listen.port).describe('Port to listen on.'),
  proxy: proxies()
    .default(defaults.listen.proxy)
    .describe(
      'Which reverse proxies of your own stand in front: `true` for one, a number for so many in a row, or a list of their networks. The address of a visitor is then the one in `X-Forwarded-For` that the outermost of them saw; other `X-Forwarded-…` headers are believed with it.',
    ),
});

const smtp = z.strictObject({
  host: text('a host name').describe('The mail server.'),
  port: port().default(defaults.smtp.port).describe('Its port.'),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default(defaults.smtp.security)
    .describe(
      '`starttls`: no mail before TLS stands; `tls`: TLS at once; `none`: only inside one machine or a closed network.',
    ),
  name: text('a host name with a dot, or an address in brackets')
    .regex(
      /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Za-z:.]+\])$/,
    )
    .optional()
    .describe('What the product calls itself to the server (EHLO). Default: the host of `issuer`.'),
  user: text().optional().describe('User name, where the server asks one.'),
  password: secret('a password').optional().describe('Password of that user.'),
  from: z
    .strictObject({
      name: text().describe('What people see as sender.'),
      address: z.email().meta({ expects: 'a mail address' }).describe('Address of the sender.'),
    })
    .describe('Sender of every mail.'),
  replyTo: z.email().meta({ expects: 'a mail address' }).optional().describe('Where answers go.'),
  ca: pem('certificates, PEM')
    .optional()
    .describe('Authority that signed the mail server’s certificate, where it is one of your own.'),
});

const mail = z
  .strictObject({
    smtp: smtp.optional().describe('Send by this server.'),
    outbox: z
      .literal(true)
      .optional()
      .describe('Send nothing: mails stay in the store, where the demo’s helper page shows them.'),
  })
  .refine((given) => (given.smtp === undefined) !== (given.outbox === undefined), {
    error: 'either `smtp` or `outbox: true`',
  });

const demo = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Adds a sample relying party, people and a helper page that shows their secrets. Only on localhost.'),
  relyingPartyPort: port().default(defaults.demo.relyingPartyPort).describe('Port of the sample relying party.'),
  helperPort: port().default(defaults.demo.helperPort).describe('Port of the helper page.'),
  client: identifier('the id of a relying party')
    .default(defaults.demo.client)
    .describe('Which of `clients` the sample relying party is.'),
  furtherClients: z
    .array(identifier('the id of a relying party'))
    .default([])
    .describe(
      'Which others it is as well, each below a path of its own: `/<id>/`. One with `deviceGrant` is played as a television.',
    ),
  people: path()
    .optional()
    .describe('File of people (JSON lines, as `rekey person import` takes) to be there at the first start.'),
});

const keys = z.strictObject({
  rotateEveryDays: count(1, 3650)
    .optional()
    .describe(
      'A signing key and a cookie key sign for so many days, then the next one does, by itself. Absent: only by command.',
    ),
  publishHours: count(1, 720)
    .default(defaults.keys.publishHours)
    .describe('How long a new signing key is published before it signs: longer than relying parties keep the key set.'),
});

const sessions = z.strictObject({
  absoluteHours: hours(720).default(defaults.sessions.absoluteHours).describe('Longest life of a session.'),
  idleHours: hours(720).default(defaults.sessions.idleHours).describe('A session unused for so long is over.'),
  refreshHours: hours(8760).default(defaults.sessions.refreshHours).describe('End of a family of refresh tokens.'),
  refreshGraceSeconds: count(0, 120)
    .default(defaults.sessions.refreshGraceSeconds)
    .describe(
      'For so long a refresh token that was used gives the same successor once more, where an answer got lost; 0: never.',
    ),
});

const password = z.strictObject({
  minimumLength: count(8, 64)
    .default(defaults.password.minimumLength)
    .describe('In characters. With a client of level `single` at least 15.'),
  contextWords: z.array(text()).default([]).describe('Words of the service that make a bad password.'),
  reset: z
    .enum(['off', 'permitted', 'everyone'])
    .default(defaults.password.reset)
    .describe(
      'Who may set a new password during a sign-in, behind a code to the proven mailbox and a key where one is held: nobody, people whom an administrator permits it (`rekey password reset`), or everyone. The same people can have their user name mailed.',
    ),
});

const limits = z.strictObject({
  pauseAfter: count(1, 20)
    .default(defaults.limits.pauseAfter)
    .describe('Failures in a row after which each further try has to wait.'),
  blockAfter: count(2, 100)
    .default(defaults.limits.blockAfter)
    .describe('Failures in a row after which a key is blocked.'),
  blockAfterIn30Days: count(10, 100)
    .default(defaults.limits.blockAfterIn30Days)
    .describe('Failures in any thirty days after which a key is blocked, whatever was right in between.'),
  wrongFromNetworkPerHour: count(10, 100_000)
    .default(defaults.limits.wrongFromNetworkPerHour)
    .describe(
      'Wrong passwords from one network, over all names: so many at once, and then so many in an hour. More where many people share an address.',
    ),
  signInsFromNetworkPerMinute: count(10, 100_000)
    .default(defaults.limits.signInsFromNetworkPerMinute)
    .describe(
      'Sign-ins begun from one network, on each node: five minutes’ worth at once, then so many in a minute. Further ones are asked to wait.',
    ),
  sendEverySeconds: count(1, 3600)
    .default(defaults.limits.sendEverySeconds)
    .describe('Least time between two messages to a person.'),
  sendPerHour: count(1, 100).default(defaults.limits.sendPerHour).describe('Messages to a person in an hour.'),
  sendPerDay: count(1, 1000).default(defaults.limits.sendPerDay).describe('Messages to a person in a day.'),
});

const zoneOfDeployment = zone()
  .optional()
  .describe(
    'Time zone in which mails say the time, `quietHours` are meant, and the first dates of a factor that are given by command. Default: that of the dates of factors.',
  );

const reminders = z
  .strictObject({
    daysBefore: z
      .array(count(0, 1000))
      .max(20)
      .default([...defaults.reminders.daysBefore])
      .describe('So many days before the last one; `[]`: none.'),
    quietHours: z
      .strictObject({
        from: timeOfDay().default(defaults.reminders.quietHours.from).describe('Their beginning.'),
        until: timeOfDay()
          .default(defaults.reminders.quietHours.until)
          .describe('Their end. The same as the beginning: none.'),
      })
      .prefault({})
      .describe('Hours of the day, in `zone`, in which no such mail leaves; over midnight where they begin late.'),
  })
  .prefault({})
  .describe('Mails to those who hold a key whose kind has a last day, once each.');

const audit = z.strictObject({
  retentionDays: count(1, 36_500)
    .default(defaults.audit.retentionDays)
    .describe('Lines of the audit log older than so many days are dropped, once a day, from its old end.'),
});

const log = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('From which weight on lines are written.'),
});

const internalHosts = z
  .array(text('a host, or host:port'))
  .default([])
  .describe(
    'Hosts of your own network that may be called: for back-channel logout, for `jwksUri`, and by factors that ask somebody else. All others there may not.',
  );

/** The schema for a deployment whose installed factors have these settings. */
export function settingsSchema(factorSettings: FactorSettings) {
  const ids = Object.keys(factorSettings) as [string, ...string[]];
  const factors = Object.fromEntries(ids.map((id) => [id, factorSchema(factorSettings[id] as ZodType).optional()]));
  return z.strictObject({
    issuer: issuer().describe('Public address of the provider, as relying parties know it. A demo has a default.'),
    name: texts().describe('What people know this service as.'),
    defaultLanguage: z
      .enum(languages)
      .default(defaults.defaultLanguage)
      .describe('Language for those whose own is not known.'),
    zone: zoneOfDeployment,
    listen: listen.prefault({}).describe('Where the process listens.'),
    ...onThePages,
    state: path().describe('Folder of the store and of generated keys; made when missing. Relative to this file.'),
    storage,
    rootKey: rootKey()
      .optional()
      .describe(
        'Seals all secrets in the store. Default: made at the first start, in `root.key` of the folder `state`. Keep a copy apart: without it the store is lost.',
      ),
    otherRootKey: rootKey()
      .optional()
      .describe(
        'Opens what was sealed under it and seals nothing: the next root key before it becomes `rootKey`, and the last one until everything is sealed anew (`rekey root-key list`).',
      ),
    keys: keys.prefault({}).describe('Keys of the installation.'),
    mail: mail.describe('How mails leave: `smtp` or `outbox`.'),
    sms: smsSchema
      .optional()
      .describe('How text messages are sent: `twilio` or `outbox`. Required for factors that send them.'),
    signIn: signInSchema.prefault({}).describe('The way through a sign-in.'),
    sharedMailboxes: sharedMailboxesSchema.prefault({}).describe('Mailboxes that several people read, such as info@.'),
    sessions: sessions.prefault({}).describe('How long a sign-in serves.'),
    ...ladder,
    password: password.prefault({}).describe('What a new password must be.'),
    limits: limits.prefault({}).describe('Limits on guessing and on sending.'),
    reminders,
    extensions: extensionsSchema.prefault({}).describe('Bounds of last days that are put off for some people.'),
    audit: audit.prefault({}).describe('The audit log.'),
    factorFolders: z
      .array(path())
      .default([])
      .describe('Further folders, each of which is one factor. Relative to this file.'),
    factors: z
      .strictObject(factors)
      .meta({ expects: 'the factors on offer, by id' })
      .describe('The factors of this deployment, in the order in which people see them.'),
    clients: z.array(clientSchema(ids)).default([]).describe('The relying parties.'),
    apis: z.array(apiSchema).default([]).describe('APIs for which access tokens are issued (RFC 8707).'),
    activation: activationSchema(ids),
    administrators: administratorsSchema.optional(),
    sites: sitesSchema.prefault({}).describe('Web sites of the provider itself.'),
    internalHosts,
    log: log.prefault({}).describe('The log, JSON lines on standard error.'),
    demo: demo.prefault({}).describe('For trying out, on a machine of one’s own.'),
  });
}

type Parsed = z.output<ReturnType<typeof settingsSchema>>;
type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [key in keyof T]: DeepReadonly<T[key]> }
    : T;

export type FactorConfiguration = DeepReadonly<z.output<ReturnType<typeof factorSchema>>>;
export type ScheduleConfiguration = NonNullable<FactorConfiguration['schedule']>;
export type ClientConfiguration = DeepReadonly<z.output<ReturnType<typeof clientSchema>>>;

/** The configuration of a deployment: complete, checked and frozen; paths are absolute. */
export type Settings = DeepReadonly<Omit<Parsed, 'factors' | 'name' | 'storage'>> & {
  readonly name: string | Readonly<Record<string, string>>;
  readonly storage: StorageSettings;
  readonly factors: Readonly<Record<string, FactorConfiguration>>;
};
