/**
 * Sends one mail to one person. The addresses were checked before; an implementation must still never let one address
 * become two.
 */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The same at every retry, so that a receiver can recognise a duplicate (Message-ID, RFC 5322 §3.6.4). */
  readonly messageId: string;
  /** BCP 47. */
  readonly language: string;
  /** Of a mail that goes to many: what programs of mail sort it by (List-Id, RFC 2919), without its brackets. */
  readonly listId?: string;
}

export type MailOutcome =
  | { readonly kind: 'sent' }
  /**
   * A temporary fault: try again later. `cause` is for the log (no secret, no address, no message text). `server`: the
   * server failed, not this mail, so other mails should wait too. `ours`: the server refuses this service (its sender,
   * its account, its name), so nothing is known about the recipient, and an operator must act. `unsure`: the connection
   * broke after the text was sent, so the mail may have left.
   */
  | {
      readonly kind: 'retry';
      readonly cause: string;
      readonly server?: boolean;
      readonly ours?: boolean;
      readonly unsure?: boolean;
    }
  /** Another try is useless: the recipient, or this text for the recipient, was refused permanently. */
  | { readonly kind: 'refused'; readonly cause: string };

export interface MailSender {
  /** Never throws for an error of the server; limited in time (10 s at most). */
  send(mail: Mail): Promise<MailOutcome>;
  close(): Promise<void>;
}

/**
 * Whether every mail program reads this text as one address: the last check before sending, the same in every
 * implementation. (Input is checked much more strictly.)
 */
export function isOneAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@,;:<>()[\]"\\\p{C}]+@[a-z0-9.-]+$/iu.test(text);
}
