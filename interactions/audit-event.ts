/**
 * Builds an audit event about a sign-in: the time, the account and the client. Called by the steps and by `settle.ts`.
 */
import { defined } from '../accounts/defined.ts';
import type { AuditAction } from '../accounts/audit-actions.ts';
import type { AuditEvent } from '../accounts/person.ts';
import type { SignInContext } from './context.ts';

/** @param about `actor` defaults to the person, and to `unknown` where there is no person */
export function audit(
  { now, client }: Pick<SignInContext, 'now' | 'client'>,
  action: AuditAction,
  about: {
    readonly [Name in 'actor' | 'person' | 'factor' | 'reason' | 'facts']?: AuditEvent[Name] | undefined;
  } = {},
): AuditEvent {
  return { at: now, actor: about.person ?? 'unknown', action, client: client.id, ...defined(about) };
}
