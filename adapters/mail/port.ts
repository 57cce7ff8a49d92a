/** One mail to one person. Addresses were checked before; an implementation must still never let one address become two. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Stable over retries, so that a receiver may recognise a doublet (Message-ID, RFC 5322 §3.6.4). */
  readonly messageId: string;
  /** BCP 47. */
  readonly language: string;
}

export type MailOutcome =
  | { readonly kind: 'sent' }
  /**
   * A passing fault: try again later. `cause` is fit for the log (no secret, no address, no message text).
   * `server`: not this mail but the server is the matter, so others had better wait too.
   * `ours`: the server refuses this service (its sender, its account, its name), so nothing is known of the recipient and an operator has to act.
   * `unsure`: the connection broke after the text was handed over, so the mail may have left.
   */
  | {
      readonly kind: 'retry';
      readonly cause: string;
      readonly server?: boolean;
      readonly ours?: boolean;
      readonly unsure?: boolean;
    }
  /** Trying again is useless: the recipient, or this text for the recipient, was refused for good. */
  | { readonly kind: 'refused'; readonly cause: string };

export interface MailSender {
  /** Never throws for what the far side does; bounded in time (10 s at most). */
  send(mail: Mail): Promise<MailOutcome>;
  close(): Promise<void>;
}

/**
 * Whether every reader takes this text for one address: the last check before a mail leaves, the same in every implementation.
 * (Which addresses we take at all is decided much more narrowly where they are typed in.)
 */
export function isOneAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@,;:<>()[\]"\\\p{C}]+@[a-z0-9.-]+$/iu.test(text);
}
