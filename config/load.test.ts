import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadSettings } from './load.ts';
import { describeMistakes } from './config-errors.ts';
import { withFiles, folder, factorSettings, load, base, local, mistakesOf } from '../test/harness/loaded-text.ts';

withFiles();

test('the smallest deployment, completed by defaults, in the order of the file, frozen', async () => {
  const loaded = await load(local);
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  const { settings } = loaded;
  expect(Object.keys(settings.factors)).toEqual(['mail', 'card']);
  expect(settings.factors['card']).toEqual({
    enabled: true,
    recommended: false,
    offerAfterEnrolment: false,
    settings: { digits: 6 },
  });
  expect(settings.sessions).toEqual({ absoluteHours: 24, idleHours: 1, refreshHours: 24, refreshGraceSeconds: 20 });
  expect(settings.state).toBe(join(folder, 'state'));
  expect(settings.storage.embedded?.file).toBe(join(folder, 'state', 'rekey.db'));
  expect(Object.isFrozen(settings.factors['card']?.settings)).toBe(true);
  expect(loaded.warnings).toEqual([]);
});

test.each([
  ['telephone: 02 555 01 00', []],
  ['hours: On working days', []],
  ['telephone: "call us"', ['a telephone number, as people are to read it']],
  ['telephone: "<script>"', ['a telephone number, as people are to read it']],
  ['name: { nl: Helpdesk }', ['helpDesk.name']],
  ['{}', ['a name, a telephone number, hours or a link']],
])('A-381 help desk: %s', async (written, mistakes) => {
  const told = await mistakesOf(`${local}helpDesk: ${written.startsWith('{') ? written : `{ ${written} }`}\n`);
  expect(told.length > 0).toBe(mistakes.length > 0);
  for (const mistake of mistakes) expect(told.join('\n')).toContain(mistake);
});

test('all mistakes at once, each with its line, what was expected and what was perhaps meant', async () => {
  const text = `issuer: https://id.example/
nmae: Example
name: Example
defaultLanguage: NL
state: state
listen:
  port: 70000
  prxoy: true
mail: { smtp: { host: smtp.example, from: { name: X, address: nobody } } }
sessions: { idleHours: 48 }
factors:
  crad: {}
  card:
    settings: { digit: 9, digits: 9 }
    schedule:
      untilAndIncluding: 2024-02-30
      zone: Europe/Brusels
      after: renroll
  mail:
    enabled: yes
clients:
  - id: tax
    redirectUris: [https://tax.example/cb#here]
    accepts: [mial]
  - id: tax
    secret: short
    redirectUris: [https://tax.example/cb]
    level: hihg
`;
  expect(await mistakesOf(text)).toEqual([
    'line 1, issuer: expected an origin without path or final slash: https://…, or http://localhost:… for a machine of one’s own, found "https://id.example/".',
    'line 2, nmae: is not known here. Did you mean name?',
    'line 4, defaultLanguage: expected one of nl, fr, de, en, found "NL". Did you mean nl?',
    'line 7, listen.port: expected a port, 1 to 65535, found 70000.',
    'line 8, listen.prxoy: is not known here. Did you mean proxy?',
    'line 9, mail.smtp.from.address: expected a mail address, found "nobody".',
    'line 10, sessions.idleHours: expected no more than sessions.absoluteHours (24).',
    'line 12, factors.crad: is not known here. Did you mean card?',
    'line 14, factors.card.settings.digits: expected a whole number, from 4 to 8, found 9.',
    'line 14, factors.card.settings.digit: is not known here. Did you mean digits?',
    'line 16, factors.card.schedule.untilAndIncluding: expected a day, YYYY-MM-DD (in a demo also "in N days"), found "2024-02-30".',
    'line 17, factors.card.schedule.zone: expected the name of a time zone, such as Europe/Brussels, found "Europe/Brusels". Did you mean Europe/Brussels?',
    'line 18, factors.card.schedule.after: expected one of refuse, re-enrol, found "renroll". Did you mean re-enrol?',
    'line 20, factors.mail.enabled: expected true or false, found "yes".',
    'line 22, clients[0].secret: is missing: client_secret_basic needs one; give `secret`, `secretFile` or an environment variable.',
    'line 23, clients[0].redirectUris[0]: expected an absolute address, https://…, without # and *, found "https://tax.example/cb#here".',
    'line 24, clients[0].accepts[0]: expected one of card, mail, app, found "mial". Did you mean mail?',
    'line 25, clients[1].id: "tax" is the id of clients[0] already.',
    'line 26, clients[1].secret: expected a secret of 16 characters or more.',
    'line 28, clients[1].level: expected one of single, low, substantial, high, found "hihg". Did you mean high?',
  ]);
});

const client = (more: string) => `${local}clients:
  - { id: rp, secret: 0123456789abcdef, redirectUris: [https://rp.example/cb], ${more} }
`;
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = pair.publicKey.export({ format: 'jwk' });
const privateKey = pair.privateKey.export({ format: 'jwk' });
const schedule = (more: string, demo = false) =>
  `${local}${demo ? 'demo: { enabled: true }\nclients: [{ id: demo-rp, secret: 0123456789abcdef }]\n' : ''}`.replace(
    'card: {}',
    `card: { schedule: { zone: UTC, ${more} } }`,
  );

test.each<[string, string, string | undefined]>([
  ['an empty file', '', 'line 1: has no keys: expected a YAML file of keys and values.'],
  ['a list', '- 1', 'line 1: has no keys: expected a YAML file of keys and values.'],
  ['broken YAML', 'a: [1', 'is not YAML that can be read'],
  ['a key twice', 'name: a\nname: b', 'line 2: is not YAML that can be read: Map keys must be unique.'],
  ['a missing issuer', local.replace(/issuer.*\n/, ''), 'issuer: is missing: expected an origin'],
  ['plain http', local.replace('localhost', 'id.example'), 'line 1, issuer: expected an origin'],
  ['an issuer with a path', local.replace(':4000', ':4000/op'), 'line 1, issuer: expected an origin'],
  [
    'no factor',
    local.replace(/factors:[^]*/, 'factors: {}\n'),
    'line 5, factors: expected at least one factor that is enabled.',
  ],
  [
    'all factors disabled',
    local.replaceAll('{}', '{ enabled: false }'),
    'factors: expected at least one factor that is enabled.',
  ],
  [
    'no way for mails',
    local.replace('{ outbox: true }', '{}'),
    'line 4, mail: expected either `smtp` or `outbox: true`.',
  ],
  [
    'mails kept in the store in public',
    base,
    'line 4, mail.outbox: sends nothing, and is for localhost only: give `smtp`.',
  ],
  [
    'a demo in public',
    `${client('').replace('http://localhost:4000', 'https://id.example').replace('{ outbox: true }', '{ smtp: { host: h, from: { name: n, address: a@b.example } } }')}demo: { enabled: true, client: rp }\n`.replace(
      'rp.example/cb',
      'localhost:3001/callback',
    ),
    'line 10, demo.enabled: must not be switched on with the issuer https://id.example',
  ],
  [
    'a mail server’s user without a password',
    local.replace('{ outbox: true }', '{ smtp: { host: h, user: u, from: { name: n, address: a@b.example } } }'),
    'line 4, mail.smtp.password: is missing, since `user` is given',
  ],
  [
    'a mail server’s password without a user',
    local.replace('{ outbox: true }', '{ smtp: { host: h, password: p, from: { name: n, address: a@b.example } } }'),
    'line 4, mail.smtp.user: is missing, since a password is given.',
  ],
  [
    'a further client that is none',
    `${local}demo: { enabled: true, client: rp, furtherClients: [pr] }
clients:
  - { id: rp, secret: 0123456789abcdef, redirectUris: [https://rp.example/cb] }
`,
    'line 8, demo.furtherClients[0]: expected the id of one of the clients, found "pr".',
  ],
  [
    'limits the wrong way round',
    `${local}limits: { pauseAfter: 9, blockAfter: 9 }`,
    'line 8, limits.blockAfter: expected more than limits.pauseAfter (9).',
  ],
  ['a short password alone', client('level: single'), 'password.minimumLength: expected 15 or more'],
  [
    'a trusted browser where a level is asked',
    `${client('trustedBrowser: true')}signIn: { trustedBrowser: { enabled: true } }\n`,
    'clients[0].trustedBrowser: is only for level single',
  ],
  [
    'a trusted browser where the deployment has none',
    `${client('level: single, trustedBrowser: true')}password: { minimumLength: 15 }\n`,
    'clients[0].trustedBrowser: needs `signIn.trustedBrowser.enabled: true`.',
  ],
  [
    'a deadline that nobody could meet',
    `${local}signIn: { secondFactorDeadlines: [{ from: 2025-06-01, zone: Europe/Brussels }] }`,
    'line 8, signIn.secondFactorDeadlines: needs `signIn.secureAccount: true`',
  ],
  [
    'a deadline at a client that is none',
    `${client('level: single')}password: { minimumLength: 15 }\nsignIn: { secureAccount: true, secondFactorDeadlines: [{ client: pr, from: 2025-06-01, zone: UTC }] }\n`,
    'signIn.secondFactorDeadlines[0].client: is none of the clients: "pr".',
  ],
  [
    'a deadline with two days, or none',
    `${local}signIn: { secureAccount: true, secondFactorDeadlines: [{ from: 2025-06-01, voluntaryUntilAndIncluding: 2025-06-01, zone: UTC }] }`,
    'either `from` or `voluntaryUntilAndIncluding`',
  ],
  [
    'a deadline that counts days outside of a demo',
    `${local}signIn: { secureAccount: true, secondFactorDeadlines: [{ from: in 3 days, zone: UTC }] }`,
    'line 8, signIn.secondFactorDeadlines[0].from: expected a day, YYYY-MM-DD: "in 3 days" is for a demo only.',
  ],
  [
    'a public client with a secret',
    client('tokenEndpointAuthMethod: none'),
    'clients[0].secret: is not for none: leave it out.',
  ],
  [
    'a public client without PKCE',
    client('tokenEndpointAuthMethod: none, pkce: optional').replace(/secret: \w+, /, ''),
    'clients[0].pkce: must not be lifted',
  ],
  ...(
    [
      ['a shared secret', { kty: 'oct', k: 'c2VjcmV0' }],
      ['a key that is none', { kty: 'EC', crv: 'P-256', x: 'x' }],
      ['a key with its private part', privateKey],
    ] as const
  ).map(([what, key]): [string, string, string] => [
    `${what} as the public key of a client`,
    client(`tokenEndpointAuthMethod: private_key_jwt, jwks: ${JSON.stringify({ keys: [publicKey, key] })}`).replace(
      /secret: \w+, /,
      '',
    ),
    'clients[0].jwks.keys[1]: expected a public key, without its private part.',
  ]),
  ['a client that accepts nothing', client('accepts: []'), 'clients[0].accepts: expected a list that is not empty'],
  [
    'a client that accepts what is not on offer',
    client('accepts: [app]'),
    'clients[0].accepts[0]: names app, which is none of the factors on offer.',
  ],
  ['a wildcard', client('postLogoutRedirectUris: ["https://*.example/"]'), 'expected an absolute address'],
  [
    'several hosts for one pairwise subject',
    client('').replace('/cb]', '/cb, https://other.example/cb]'),
    'clients[0].redirectUris: lie on several hosts',
  ],
  [
    'counted days outside a demo',
    schedule('untilAndIncluding: in 3 days'),
    'expected a day, YYYY-MM-DD: "in 3 days" is for a demo only.',
  ],
  ['counted days in a demo', schedule('untilAndIncluding: in 3 days', true), undefined],
  [
    'an unknown replacement',
    schedule('replacements: [mial]'),
    'schedule.replacements[0]: names mial, which is none of the factors on offer. Did you mean mail?',
  ],
  [
    'a rule for nobody',
    schedule('rules: [{ untilAndIncluding: 2024-01-30 }]'),
    'schedule.rules[0]: expected either `client` or `group`.',
  ],
  [
    'a rule for an unknown client',
    schedule('rules: [{ client: rp }]'),
    'schedule.rules[0].client: is none of the clients: "rp".',
  ],
  [
    'a root key that is too short',
    `${local}rootKey: c2hvcnQ=`,
    'line 8, rootKey: expected at least 32 random bytes, as base64 or hexadecimal.',
  ],
])('%s', async (_, text, expected) => {
  const mistakes = await mistakesOf(text);
  if (expected === undefined) expect(mistakes).toEqual([]);
  else expect(mistakes).toEqual([expect.stringContaining(expected)]);
});

describe('A-260 networks in listen.proxy', () => {
  const withNetwork = (network: string) => `issuer: https://id.example
name: Id
state: state
mail: { outbox: true }
listen: { proxy: ['${network}'] }
factors: { card: {} }
`;
  test.each(['10.0.0.0/8', 'fd00::/8', '::ffff:10.0.0.0/104', '::/0'])('%s is one', async (network) => {
    expect((await mistakesOf(withNetwork(network))).filter((mistake) => mistake.includes('listen'))).toEqual([]);
  });
  // Some read the first two as other addresses; the third is larger than the IPv4-mapped addresses, and matches none of
  // them.
  test.each(['010.0.0.0/8', '10.1/8', '::ffff:10.0.0.0/64', 'fe80::1%eth0/64', '10.0.0.0/33', '10.0.0.1'])(
    '%s is not a network',
    async (network) => {
      expect(await mistakesOf(withNetwork(network))).toContainEqual(expect.stringContaining('listen.proxy'));
    },
  );
});

test('keys such as __proto__ are unknown keys and change nothing', async () => {
  expect(await mistakesOf(`${local}__proto__: { demo: { enabled: true } }\n`)).toEqual([
    expect.stringContaining('__proto__: is not known here'),
  ]);
});

test('a missing file', async () => {
  const loaded = await loadSettings({ file: join(folder, 'none.yaml'), factorSettings });
  expect(loaded.ok).toBe(false);
});

test('further checks get the settings, and their findings get a place', async () => {
  const found = await mistakesOf(local, {
    checks: [({ name }) => [{ path: ['name'], says: `is ${JSON.stringify(name)}, which somebody does not like` }]],
  });
  expect(found).toEqual(['line 2, name: is "Example", which somebody does not like.']);
});

test('A-497 what can be activated is on offer, and only the provider’s own relying party asks for it', async () => {
  const activation = `${local}activation: { enabled: true, factors: [app, mail] }\n`;
  expect((await mistakesOf(activation)).join()).toContain('is not among the factors that are on offer: "app"');
  const asking = `${local}clients:\n  - { id: rp, secret: 0123456789abcdef, redirectUris: [https://rp.example/], actions: [activate] }\n`;
  expect((await mistakesOf(asking)).join()).toContain('is for the relying party of the provider alone');
  const loaded = await load(activation.replace('app, ', ''));
  if (!loaded.ok) throw new Error(describeMistakes(loaded.mistakes));
  expect(loaded.settings.activation).toMatchObject({ enabled: true, days: 14, factors: ['mail'] });
  expect(loaded.settings.clients).toMatchObject([{ id: 'rekey-activation', actions: ['activate'] }]);
});
