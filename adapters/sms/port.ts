/** Sends one text message to one telephone. */
export interface Sms {
  /** E.164 with its plus. It was checked before; an implementation must still never let one number become two. */
  readonly to: string;
  /** Line breaks are kept: the last line may be for the telephone (`@host #123456`). */
  readonly text: string;
  /** The same at every retry. */
  readonly messageId: string;
}

export type SmsOutcome =
  /** The gateway has accepted it. Ask later with `reference` for its delivery. */
  | { readonly kind: 'sent'; readonly reference?: string }
  /**
   * A temporary fault: try again later, not before `after` ms if the gateway said so. `cause` is for the log (no
   * secret, no number, no text). `server`: the gateway or our account there failed, not this message, so other messages
   * should wait too. `unsure`: the request was sent without a proper answer, so the message may have left.
   */
  | {
      readonly kind: 'retry';
      readonly cause: string;
      readonly after?: number;
      readonly server?: boolean;
      readonly unsure?: boolean;
    }
  /** Another try is useless: this number gets no messages. */
  | { readonly kind: 'refused'; readonly cause: string };

export interface SmsSender {
  /** Never throws for an error of the gateway; one request, limited in time (10 s at most). */
  send(sms: Sms): Promise<SmsOutcome>;
  /**
   * The delivery of an accepted message, as far as the gateway knows; `undefined` if it does not say. Never throws;
   * limited in time.
   */
  later?(reference: string): Promise<SmsOutcome | undefined>;
  close(): Promise<void>;
}

/**
 * Whether a text can only be read as one number (ITU-T E.164 §6): the last check before sending, the same in every
 * implementation.
 */
export const isOneNumber = (text: string): boolean => /^\+[1-9][0-9]{6,14}$/.test(text);
