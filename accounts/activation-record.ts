/** What an account keeps of an activation by a mailed link and a paper code. Types only. */

/**
 * The way in from the registration desk: a mailed link and a code on paper, neither of which opens anything alone
 * (`activation.ts`). All instants in ms.
 */
export interface Activation {
  /** Stands in the link. */
  readonly id: string;
  /** Keyed digest of the secret in the link. */
  readonly link: string;
  /** Keyed digest of the paper code; absent once the activation was used. */
  readonly code?: string;
  /** Where the link was mailed to: with another address of the account it is void. */
  readonly address: string;
  readonly at: number;
  readonly by: string;
  /** First instant at which it is no longer valid. */
  readonly until: number;
  /** Wrong codes; well-formed ones alone. */
  readonly tries: number;
  /** When the button of the link's page was pressed for the first time. */
  readonly openedAt?: number;
  /** When the code was right for the first time. */
  readonly codeAt?: number;
  /** When the key was bound: the activation is used. */
  readonly doneAt?: number;
  /** The last activations before it: their links say that they were replaced. */
  readonly former?: readonly { readonly id: string; readonly link: string }[];
}
