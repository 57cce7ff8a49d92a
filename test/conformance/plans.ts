/** The plans to run, with the suite's names, each with its variant and its configuration. */
import { alias, issuer, scope, secret } from './configuration.ts';
import type { Deployment } from './deployment.ts';

export interface PlanToRun {
  /** Its short name for the command line. */
  readonly id: string;
  readonly title: string;
  readonly name: string;
  readonly variant: Readonly<Record<string, string>>;
  /** Every authorization request as a form from another site. */
  readonly byPost?: boolean;
  /** Nothing there accepts sign-outs. */
  readonly withoutLogoutUri?: boolean;
  readonly fapi?: boolean;
}

const fixed = { server_metadata: 'discovery', client_registration: 'static_client' };
const basic = { name: 'oidcc-basic-certification-test-plan', variant: fixed };
const formPost = { name: 'oidcc-formpost-basic-certification-test-plan', variant: fixed };

export const plans: readonly PlanToRun[] = [
  { id: 'config', title: 'Config', name: 'oidcc-config-certification-test-plan', variant: {} },
  { id: 'basic', title: 'Basic', ...basic },
  { id: 'basic-by-post', title: 'Basic, by POST', ...basic, byPost: true },
  { id: 'form-post', title: 'Form Post Basic', ...formPost },
  { id: 'form-post-by-post', title: 'Form Post Basic, by POST', ...formPost, byPost: true },
  {
    id: 'logout',
    title: 'RP-Initiated Logout (`response_type=code`)',
    name: 'oidcc-rp-initiated-logout-certification-test-plan',
    variant: { client_registration: 'static_client', response_type: 'code' },
    withoutLogoutUri: true,
  },
  {
    id: 'backchannel',
    title: 'Back-Channel Logout',
    name: 'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
    variant: { client_registration: 'static_client', response_type: 'code' },
  },
  {
    id: 'fapi',
    title: 'FAPI 2.0 Security Profile Final (`private_key_jwt` with PS256, `dpop`, `openid_connect`)',
    name: 'fapi2-security-profile-final-test-plan',
    variant: {
      client_auth_type: 'private_key_jwt',
      sender_constrain: 'dpop',
      openid: 'openid_connect',
      fapi_profile: 'plain_fapi',
      authorization_request_type: 'simple',
    },
    fapi: true,
  },
];

/** The configuration of a plan for the suite. */
export function configurationFor(plan: PlanToRun, { keys, userinfo }: Deployment): object {
  const told = {
    alias,
    description: plan.title,
    server: { discoveryUrl: `${issuer}/.well-known/openid-configuration` },
  };
  if (plan.fapi !== true) {
    return {
      ...told,
      client: { client_id: 'conformance', client_secret: secret },
      client2: { client_id: 'conformance-2', client_secret: secret },
      client_secret_post: { client_id: 'conformance-post', client_secret: secret },
    };
  }
  return {
    ...told,
    client: { client_id: 'conformance-fapi', scope, jwks: { keys: [keys[0]] }, dpop_signing_alg: 'ES256' },
    client2: { client_id: 'conformance-fapi-2', scope, jwks: { keys: [keys[1]] }, dpop_signing_alg: 'ES256' },
    resource: { resourceUrl: userinfo },
  };
}
