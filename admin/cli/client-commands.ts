/** `rekey client …`: the values of a relying party to copy, and a sign-in as one. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeMistakes } from '../../config/config-errors.ts';
import { showClient, type ClientShown } from '../use-cases/client-show.ts';
import type { ClientTested, PrivateJwk } from '../use-cases/client-test.ts';
import {
  answer,
  argumentOf,
  exits,
  refusedAnswer,
  UsageError,
  wholeNumber,
  type Answer,
  type Command,
  type Given,
  type WithConfiguration,
} from './command.ts';
import { table } from './layout.ts';

const client = { name: 'client', says: 'Its id (`clients[].id`).' };

export const clientShow: Command = {
  noun: 'client',
  verb: 'show',
  summary:
    'The values of a relying party that its developer copies: issuer, endpoints, client id, where the secret stands (never the secret), scopes, claims, levels, log-out.',
  argument: client,
  options: [],
  needs: 'configuration',
  async run({ loaded, registry, given, file }) {
    if (!loaded.ok) return broken(file, loaded);
    const outcome = showClient({ ...loaded, registry }, argumentOf(given, 'relying party'));
    return outcome.ok ? answer(outcome.value, shown(outcome.value)) : refusedAnswer(outcome.refusals);
  },
};

export const clientTest: Command = {
  noun: 'client',
  verb: 'test',
  summary:
    'A sign-in as this relying party: prints the address to open in a browser on this machine, waits at its redirect address on localhost, and tells what came (claims, acr, errors with cause and setting). The server must run. With `--json` the first line is {"open": address}.',
  argument: client,
  options: [
    { name: 'scope', value: 'scopes', says: 'Instead of all that it may ask for.' },
    { name: 'acr', value: 'value', says: 'The level to ask for (`acr_values`).' },
    { name: 'prompt', value: 'value', says: 'Such as login, none or select_account.' },
    { name: 'private-key', value: 'file', says: 'Its private JWK, for `private_key_jwt`.' },
    { name: 'wait', value: 'minutes', says: 'How long to wait for the person. Default: 10.' },
  ],
  examples: ['rekey client test my-app --acr urn:rekey:acr:substantial'],
  needs: 'configuration',
  async run({ loaded, given, file, folder, output, progress, asJson }) {
    if (!loaded.ok) return broken(file, loaded);
    // openid-client takes a moment to load, which no other command should wait for.
    const { testClient } = await import('../use-cases/client-test.ts');
    const open = (address: string): void =>
      asJson ? output(`${JSON.stringify({ open: address })}\n`) : progress.write?.(`Open in a browser:\n${address}\n`);
    const key = await privateKeyOf(given, folder);
    const outcome = await testClient(
      loaded.settings,
      {
        id: argumentOf(given, 'relying party'),
        parameters: parametersOf(given),
        ...(key && { privateKey: key }),
        wait: (wholeNumber(given, 'wait', 1, 60) ?? 10) * 60_000,
      },
      open,
    );
    return outcome.ok ? answer(outcome.value, tested(outcome.value)) : refusedAnswer(outcome.refusals);
  },
};

const broken = (file: string, { mistakes }: Extract<WithConfiguration['loaded'], { readonly ok: false }>): Answer =>
  answer({ ok: false, file, mistakes }, `${file}:\n${describeMistakes(mistakes)}`, exits.configuration);

function parametersOf(given: Given): Readonly<Record<string, string>> {
  const parameters = { scope: given.text('scope'), acr_values: given.text('acr'), prompt: given.text('prompt') };
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

async function privateKeyOf(given: Given, folder: string): Promise<PrivateJwk | undefined> {
  const name = given.text('private-key');
  if (name === undefined) return undefined;
  try {
    return JSON.parse(await readFile(resolve(folder, name), 'utf8')) as PrivateJwk;
  } catch {
    throw new UsageError('--private-key takes a file with one private JWK.');
  }
}

const of = (applies: boolean, ...lines: string[][]): string[][] => (applies ? lines : []);

const shown = (it: ClientShown): string => {
  const people = it.signsIn !== 'no';
  const browser = it.signsIn === 'browser';
  return table([
    ['issuer', it.issuer],
    ['discovery', it.discovery],
    ['client id', it.clientId],
    ['client secret', it.secretAt === null ? 'none' : `stands at ${it.secretAt}`],
    ['authentication', it.authentication],
    ...of(!people, ['people', 'nobody signs in at it']),
    ...it.redirectUris.map((uri) => ['redirect address', uri]),
    ...it.postLogoutRedirectUris.map((uri) => ['after log-out', uri]),
    ...of(people, ...ofPeople(it)),
    ...of(browser, ['PKCE', `S256, ${it.pkce}`], ['pushed requests', it.pushedRequests ? 'required' : 'possible']),
    ['DPoP', it.dpop ? 'required' : 'possible'],
    ...of(people, ['refresh tokens', it.refresh ? 'yes, with offline_access beyond the session' : 'no']),
    ...of(
      people,
      ...it.levels.map(({ level, acr }, at) => [`acr_values, ${level}`, at === 0 ? `${acr} (always)` : acr]),
    ),
    ...of(browser, ['authorization', it.endpoints.authorization]),
    ['token', it.endpoints.token],
    ...of(people, ['userinfo', it.endpoints.userinfo]),
    ['keys (JWKS)', it.endpoints.jwks],
    ...of(browser, ['pushed requests at', it.endpoints.pushed_authorization_request]),
    ['introspection', it.endpoints.introspection],
    ['revocation', it.endpoints.revocation],
    ...of(browser, ['log-out', it.endpoints.end_session]),
    ...of(people, ['back-channel log-out', it.backchannelLogoutUri ?? 'none']),
    ...of(it.thirdParty, ['third party', 'people are asked once, with prompt=consent always']),
    ...of(it.clientCredentials, ['client_credentials', 'yes']),
    ...(it.deviceGrant
      ? [
          ['device authorization', it.deviceGrant.authorization],
          ['codes are entered at', it.deviceGrant.page],
        ]
      : []),
    ...it.apis.map(({ resource, scopes }) => ['resource', `${resource} (${scopes.join(' ')})`]),
    ...it.introspects.map((resource) => ['introspects tokens of', resource]),
  ]);
};

const ofPeople = (it: ClientShown): string[][] => [
  ['scopes', it.scopes.join(' ')],
  ['claims at userinfo', it.userinfoClaims.join(' ') || 'sub alone'],
  ['claims in the ID token', it.idTokenClaims.join(' ') || 'sub, acr, amr, auth_time alone'],
  ['ID token', it.idTokenAlg],
];

const rows = (claims: Readonly<Record<string, unknown>>): string =>
  table(
    Object.entries(claims).map(([name, value]) => [
      `  ${name}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

function tested({ client: id, acr, amr, scope, tokenType, refreshToken, idToken, userinfo }: ClientTested): string {
  return [
    `The sign-in as ${id} has worked: level ${acr ?? 'not told'}, by ${amr.join(', ')}.`,
    `Granted: ${scope}. Access token: ${tokenType}. Refresh token: ${refreshToken ? 'yes' : 'no'}.`,
    'ID token:',
    rows(idToken),
    'Userinfo:',
    rows(userinfo),
  ].join('\n');
}
