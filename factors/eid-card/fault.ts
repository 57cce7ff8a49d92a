/**
 * Why a token is not accepted. `row` is the number of the check in the README of this folder: 1 to 16 for the token,
 * `ocsp-1` to `ocsp-10` for what the responder says. Tests and the operator's log name it.
 */
import type { FactorReason } from '../reasons.ts';

export interface Fault {
  readonly row: string;
  /** For the operator's log: never a part of the token. */
  readonly why: string;
  /** What the person is told. */
  readonly reason: FactorReason;
  /** The common name of the CA that is named in the certificate, where it is the issuer that is wrong. */
  readonly issuer?: string;
}
export type Judged<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export const right = <T>(value: T): Judged<T> => ({ ok: true, value });
export const wrong = (
  row: string,
  why: string,
  reason: FactorReason = 'certificate_refused',
  issuer?: string,
): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: { row, why, reason, ...(issuer === undefined ? {} : { issuer }) },
});
