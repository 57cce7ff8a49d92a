/** What a person allows a service of somebody else (a third party). Types only; `consents.ts` has the rules. */

/** What is allowed, or asked for: kinds of data by scope, and scopes of APIs by the address of the API. */
export interface Allowance {
  readonly scopes: readonly string[];
  readonly apis?: Readonly<Record<string, readonly string[]>>;
}

export interface Consent extends Allowance {
  /** Random; another one after a withdrawal, so that nothing that was issued before counts again. */
  readonly id: string;
  readonly client: string;
  /** When it was given first (ms). */
  readonly since: number;
  /** When it was given last (ms). */
  readonly at: number;
}
