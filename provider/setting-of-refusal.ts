/**
 * Which setting of a client decides about a refusal of the protocol: named in the log and on the page, so that a
 * developer need not search. Leans on the engine's sentences; `setting-of-refusal.test.ts` meets each of them.
 */
interface Refusal {
  readonly error: string;
  readonly error_description?: string | undefined;
  readonly error_detail?: string | undefined;
}

const settings: readonly (readonly [RegExp, string])[] = [
  [/^invalid_redirect_uri\b/, 'redirectUris'],
  [/PKCE is required|code_challenge_method|code_verifier must be provided/, 'pkce'],
  [/post_logout_redirect_uri not registered/, 'postLogoutRedirectUris'],
  [/^invalid_request: origin .* not allowed/, 'corsOrigins'],
  [/grant type is not allowed for this client/, 'refresh'],
  [/Pushed Authorization Request must be used/, 'requirePushedRequests'],
  [/client not found/, 'id'],
  [/does not match the registered client authentication method/, 'tokenEndpointAuthMethod'],
  [/invalid secret provided/, 'secret'],
  [/may not ask for the rekey_action/, 'actions'],
  [/known here for this client/, 'apis[].clients'],
  [/DPoP proof JWT not provided|dpop_bound_access_tokens|DPoP proof.* required/, 'requireDpop'],
];

/** `undefined`: none decides, or it is not known. */
export function settingOfRefusal({ error, error_description: description, error_detail: detail }: Refusal) {
  const said = `${error}: ${description ?? ''} (${detail ?? ''})`;
  const found = settings.find(([pattern]) => pattern.test(said));
  return found && (found[1].startsWith('apis') ? found[1] : `clients[].${found[1]}`);
}
