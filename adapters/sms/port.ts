/** One text message to one telephone. */
export interface Sms {
  /** E.164 with its plus: it was checked before, and an implementation must still never let one number become two. */
  readonly to: string;
  /** Lines are kept: the last one may be for the telephone (`@host #123456`). */
  readonly text: string;
  /** Stable over retries. */
  readonly messageId: string;
}

export type SmsOutcome =
  /** The gateway has taken it. Under `reference` it can be asked later what has become of it. */
  | { readonly kind: 'sent'; readonly reference?: string }
  /**
   * A passing fault: try again later, not before `after` ms where the gateway said so. `cause` is fit for the log (no secret, no number, no text).
   * `server`: not this message but the gateway, or our account there, is the matter, so others had better wait too.
   * `unsure`: the request was handed over and not answered as it should be, so the message may have left.
   */
  | {
      readonly kind: 'retry';
      readonly cause: string;
      readonly after?: number;
      readonly server?: boolean;
      readonly unsure?: boolean;
    }
  /** Trying again is useless: this number gets no messages. */
  | { readonly kind: 'refused'; readonly cause: string };

export interface SmsSender {
  /** Never throws for what the far side does; one request, bounded in time (10 s at most). */
  send(sms: Sms): Promise<SmsOutcome>;
  /** What has become of a message that was taken, as far as the gateway knows by now; `undefined` when it does not say. Never throws; bounded in time. */
  later?(reference: string): Promise<SmsOutcome | undefined>;
  close(): Promise<void>;
}

/** Whether a text can only be read as one number (ITU-T E.164 §6): the last check before a message leaves, the same in every implementation. */
export const isOneNumber = (text: string): boolean => /^\+[1-9][0-9]{6,14}$/.test(text);
