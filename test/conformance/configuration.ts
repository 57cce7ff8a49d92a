/** The configuration of the demo while a suite runs. Written for `deployment.ts`. */
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

export const root = join(import.meta.dirname, '../..');
export const frontPort = 9443;
export const issuer = `https://localhost:${frontPort}`;
export const alias = 'rekey';
export const secret = 'conformance-secret-not-for-anything-else';
export const scope = 'openid profile email address phone';

export function newKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const about = { kid, alg: 'PS256', use: 'sig' };
  return {
    secret: { ...privateKey.export({ format: 'jwk' }), ...about },
    open: { ...publicKey.export({ format: 'jwk' }), ...about },
  };
}

/**
 * The relying parties of the suite.
 * @param suite its origin
 * @param logoutUri whether it gets back-channel log-outs: in its plan of RP-initiated logout nothing accepts them
 * @param open public keys of the two FAPI clients
 */
export function clientsFor(suite: string, logoutUri: boolean, open: readonly [object, object]) {
  const at = `${suite}/test/a/${alias}`;
  const basic = {
    secret,
    redirectUris: [`${at}/callback`],
    postLogoutRedirectUris: [`${at}/post_logout_redirect`],
    ...(logoutUri && { backchannelLogoutUri: `${at}/backchannel_logout` }),
    scopes: scope.split(' '),
    refresh: true,
    pkce: 'optional',
  };
  const fapi = (key: object) => ({
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwks: { keys: [key] },
    redirectUris: [`${at}/callback`, `${at}/callback?dummy1=lorem&dummy2=ipsum`],
    scopes: scope.split(' '),
    idTokenAlg: 'ES256',
    requirePushedRequests: true,
    requireDpop: true,
    refresh: true,
  });
  return [
    { id: 'conformance', ...basic },
    { id: 'conformance-2', ...basic },
    { id: 'conformance-post', ...basic, tokenEndpointAuthMethod: 'client_secret_post' },
    { id: 'conformance-fapi', ...fapi(open[0]) },
    { id: 'conformance-fapi-2', ...fapi(open[1]) },
  ];
}

/** Writes the demo's configuration with changes; resolves with the file's name. */
export async function writeConfiguration(
  folder: string,
  more: readonly object[],
  suite: string,
  ports: readonly number[],
) {
  const demo = parse(await readFile(join(root, 'config/deployments/demo.yaml'), 'utf8')) as {
    demo: object;
    clients: object[];
    factors: Readonly<Record<string, object>>;
  };
  // Their files lie beside the demo's, and no plan signs in with a card or a national app.
  const { 'eid-card': _card, 'mobile-eid': _app, ...factors } = demo.factors;
  const [port, relyingPartyPort, helperPort] = ports;
  const file = join(folder, 'conformance.yaml');
  const changed = {
    ...demo,
    factors,
    issuer,
    listen: { port, proxy: true },
    demo: { ...demo.demo, relyingPartyPort, helperPort },
    state: './state',
    internalHosts: [new URL(suite).host],
    limits: { sendEverySeconds: 1, sendPerHour: 100, sendPerDay: 500 },
    clients: [...demo.clients, ...more],
  };
  await writeFile(file, stringify(changed));
  return file;
}
