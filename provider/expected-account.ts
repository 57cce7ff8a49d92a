/**
 * The account that a request expects: it can name one End-User, by `id_token_hint` (OpenID Connect Core 1.0 §3.1.2.1)
 * or by a value of the claim `sub` (§3.1.2.2, §5.5.1), and then gets no answer for another one. Called by the policy
 * and, through `interaction-session.ts`, by the pages.
 */
import type { Clients } from './clients.ts';

export interface ExpectingParameters {
  readonly id_token_hint?: unknown;
  /** JSON text. */
  readonly claims?: unknown;
}

/**
 * The subjects that each part of the request names: an account must match all parts. The engine has verified the hint
 * with its signature.
 */
function expectedSubjects({ id_token_hint: hint, claims }: ExpectingParameters): readonly (readonly unknown[])[] {
  return [
    ...(typeof hint === 'string' ? [[payloadOf(hint)['sub']]] : []),
    ...(typeof claims === 'string' ? subjectClaim(JSON.parse(claims)) : []),
  ];
}

function subjectClaim(claims: unknown): readonly (readonly unknown[])[] {
  const member = (claims as { readonly id_token?: { readonly sub?: unknown } }).id_token?.sub;
  if (typeof member !== 'object' || member === null) return [];
  const { value, values } = member as Readonly<Record<string, unknown>>;
  return [
    ...(value === undefined ? [] : [[value]]),
    ...(values === undefined ? [] : [Array.isArray(values) ? values : []]),
  ];
}

function payloadOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** Whether this account may answer the request; true if the request names nobody. */
export function isExpected(
  params: ExpectingParameters,
  clients: Pick<Clients, 'subjectOf'>,
  clientId: string,
  accountId: string,
): boolean {
  const parts = expectedSubjects(params);
  if (parts.length === 0) return true;
  const subject = clients.subjectOf(clientId, accountId);
  return parts.every((subjects) => subjects.includes(subject));
}
