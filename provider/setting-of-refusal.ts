/**
 * Which setting decides about a refusal of the protocol: named in the log and on the page, so that a developer need not
 * search. Leans on the engine's sentences; `requests.test.ts` and `hardening.test.ts` meet them.
 */
interface Refusal {
  readonly error: string;
  readonly error_description?: string | undefined;
  readonly error_detail?: string | undefined;
}

const settings: readonly (readonly [RegExp, string])[] = [
  [/^invalid_redirect_uri\b|: redirect_uri did not match|response_type is not allowed/, 'clients[].redirectUris'],
  [/PKCE is required|code_challenge_method|code_verifier must be provided/, 'clients[].pkce'],
  [/post_logout_redirect_uri not registered/, 'clients[].postLogoutRedirectUris'],
  [/^invalid_request: origin .* not allowed/, 'clients[].corsOrigins'],
  [/device_code is not allowed for this client/, 'clients[].deviceGrant'],
  [/Pushed Authorization Request must be used/, 'clients[].requirePushedRequests'],
  [/client not found/, 'clients[].id'],
  [/does not match the registered client authentication method/, 'clients[].tokenEndpointAuthMethod'],
  [/invalid secret provided/, 'clients[].secret'],
  [/may not ask for the rekey_action/, 'clients[].actions'],
  [/known here for this client/, 'apis[].clients'],
  [/DPoP proof JWT not provided|dpop_bound_access_tokens|DPoP proof.* required/, 'clients[].requireDpop'],
  [/none of the levels that are asked for is known/, 'acr'],
  [/no key that is accepted here reaches/, 'clients[].accepts'],
];

/** The setting that permits a grant (`grant_type`). */
const ofGrant: Readonly<Record<string, string>> = {
  authorization_code: 'clients[].redirectUris',
  refresh_token: 'clients[].refresh',
  client_credentials: 'clients[].clientCredentials',
  'urn:ietf:params:oauth:grant-type:device_code': 'clients[].deviceGrant',
};

/**
 * @param grant the `grant_type` of the request, at the token endpoint
 * @returns `undefined`: none decides, or it is not known
 */
export function settingOfRefusal(
  { error, error_description: description, error_detail: detail }: Refusal,
  grant?: unknown,
): string | undefined {
  const said = `${error}: ${description ?? ''} (${detail ?? ''})`;
  // Where no entry at all permits a grant, the engine does not have it.
  if (/grant type is not allowed for this client|unsupported grant_type/.test(said))
    return typeof grant === 'string' ? ofGrant[grant] : undefined;
  return settings.find(([pattern]) => pattern.test(said))?.[1];
}
