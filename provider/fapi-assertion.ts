/**
 * What the FAPI 2.0 Security Profile asks of a client's assertion beyond the engine: §5.3.2.1, the audience is the
 * issuer alone; §5.4.1, no RS256. The engine calls it for each assertion whose signature is right.
 */
import { errors, type Configuration } from 'oidc-provider';
import type { Clients } from './clients.ts';

const algorithms: ReadonlySet<unknown> = new Set(['PS256', 'ES256', 'EdDSA', 'Ed25519']);

export const createFapiAssertion =
  (clients: Pick<Clients, 'followsFapi'>): NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> =>
  ({ oidc }, { aud }, { alg }, { clientId }) => {
    if (!clients.followsFapi(clientId)) return;
    if (aud !== oidc.issuer) throw new errors.InvalidClientAuth('audience (aud) must equal the issuer identifier url');
    if (!algorithms.has(alg)) throw new errors.InvalidClientAuth('FAPI 2.0 allows PS256, ES256 and EdDSA alone');
  };
