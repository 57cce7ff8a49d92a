/** Why an answer of a provider is not accepted. `row` is a row of the table in the README; tests and the log name it. */
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import type { FactorReason } from '../reasons.ts';

export type Row =
  | 'cancelled'
  | 'error'
  | 'response-issuer'
  | 'metadata'
  | 'reach'
  | 'exchange'
  | 'encryption'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'nonce'
  | 'time'
  | 'acr'
  | 'subject'
  | 'form';

export interface Fault {
  readonly row: Row;
  /** For the operator's log: never a part of a token. */
  readonly why: string;
  readonly reason: FactorReason;
}

export class AnswerFault extends Error {
  override readonly name = 'AnswerFault';
  readonly fault: Fault;
  constructor(row: Row, why: string, reason: FactorReason = 'site_answer_wrong') {
    super(why);
    this.fault = { row, why, reason };
  }
}

const cancelled: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]);

/** By the claim that does not hold. */
const ofClaim: Readonly<Record<string, Row>> = {
  iss: 'issuer',
  aud: 'audience',
  azp: 'audience',
  nonce: 'nonce',
  exp: 'time',
  iat: 'time',
  nbf: 'time',
  auth_time: 'time',
  sub: 'subject',
  alg: 'signature',
};

export function faultOf(error: unknown): Fault {
  if (error instanceof AnswerFault) return error.fault;
  if (error instanceof AuthorizationResponseError) return ofResponse(error.error);
  if (error instanceof ResponseBodyError) return ofBody(error);
  if (error instanceof WWWAuthenticateChallengeError)
    return { row: 'exchange', why: 'the provider does not know us (401)', reason: 'site_unavailable' };
  return error instanceof ClientError ? ofLibrary(error) : unreached(error);
}

const unreached = (error: unknown): Fault => ({
  row: 'reach',
  why: error instanceof Error ? error.name : 'no answer',
  reason: 'site_unavailable',
});

/** RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6. */
function ofResponse(code: string): Fault {
  if (cancelled.has(code)) return { row: 'cancelled', why: code, reason: 'site_cancelled' };
  const reason = code === 'unmet_authentication_requirements' ? 'site_answer_weak' : 'site_unavailable';
  return { row: 'error', why: /^[a-z_]{1,64}$/.test(code) ? code : 'unknown error', reason };
}

/** Of the token endpoint: `invalid_grant` is about the code that the browser brought, everything else about us. */
const ofBody = ({ error, status }: ResponseBodyError): Fault => ({
  row: 'exchange',
  why: `${/^[a-z_]{1,64}$/.test(error) ? error : 'unknown error'} (${status})`,
  reason: error === 'invalid_grant' ? 'site_answer_wrong' : 'site_unavailable',
});

/** By the words of the library, where it has no code for a row. */
const ofWords: readonly (readonly [RegExp, Row])[] = [
  [/"iss" \(issuer\) response|response parameter "iss"/, 'response-issuer'],
  [/"?state"? /, 'response-issuer'],
  [/decrypt|JWE/i, 'encryption'],
  [/signature|key selection|applicable|alg/i, 'signature'],
];

/** An answer that is none, rather than a wrong one. */
const isNonsense: ReadonlySet<string> = new Set([
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);

function ofLibrary({ code = 'unknown', cause }: ClientError): Fault {
  const wrong = (row: Row): Fault => ({ row, why: code, reason: 'site_answer_wrong' });
  if (isNonsense.has(code)) return { row: 'form', why: code, reason: 'site_unavailable' };
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED')
    return { row: 'metadata', why: code, reason: 'site_unavailable' };
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT' || !(cause instanceof Error)) return unreached(cause);
  const { cause: about } = cause as { readonly cause?: { readonly claim?: string; readonly attribute?: string } };
  if (about?.claim !== undefined) return wrong(ofClaim[about.claim] ?? 'form');
  if (code === 'OAUTH_DECRYPTION_FAILED') return wrong('encryption');
  const [, missing = ''] = /^JWT "(\w+)"/.exec(cause.message) ?? [];
  if (Object.hasOwn(ofClaim, missing)) return wrong(ofClaim[missing] ?? 'form');
  const found = ofWords.find(([words]) => words.test(cause.message))?.[1];
  // What the library has no code for did not come from it: a connection that failed.
  return found === undefined && code === 'unknown' ? unreached(cause) : wrong(found ?? 'form');
}
