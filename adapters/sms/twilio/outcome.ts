/**
 * Classifies a failed request. Only codes and types are passed on, because the errors of the official client contain
 * the account's token, the number and the text. The meaning of the codes is general knowledge; it was neither checked
 * in Twilio's documentation nor seen with an account.
 */
import type { SmsOutcome } from '../port.ts';

/** Our account is the problem (sender, service, permission to use the API), whatever the number. */
const ofTheAccount: ReadonlySet<number> = new Set([
  20003, 20005, 20404, 21212, 21267, 21603, 21606, 21607, 21659, 21660, 21661, 21703, 21704, 21705, 30002, 63038,
]);
/** A queue is full, or we are too fast. */
const ofTheMoment: ReadonlySet<number> = new Set([20429, 14107, 21611, 30001]);
/** The gateway had accepted the message and then gave it up, because of the gateway or the carrier. */
const passingInCarriage: ReadonlySet<number> = new Set([30001, 30002, 30008, 30009, 30010]);

/** An answer 429, with the wait that the gateway asks for (ms). */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  readonly after: number | undefined;
  constructor(after: number | undefined) {
    super('429');
    this.after = after;
  }
}

interface Fault {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly request?: { readonly writableFinished?: unknown };
}

const retry = (cause: string, extra: Omit<Extract<SmsOutcome, { kind: 'retry' }>, 'kind' | 'cause'>): SmsOutcome => ({
  kind: 'retry',
  cause,
  ...extra,
});

/** Classifies what the client threw. */
export function outcomeOfFault(error: unknown): SmsOutcome {
  if (error instanceof TooManyRequests)
    return retry('429', { server: true, ...(error.after === undefined ? {} : { after: error.after }) });
  const { name, code, status, request }: Fault = typeof error === 'object' && error !== null ? error : {};
  if (typeof status === 'number') return outcomeOfAnswer(status, typeof code === 'number' ? code : undefined);
  // A success without a message in its body: the gateway may have accepted it.
  if (name === 'SyntaxError') return retry('unreadable answer', { unsure: true });
  const kind = typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : 'EUNKNOWN';
  // Before the whole request was written, nothing can have been accepted.
  return retry(kind, { server: true, unsure: request?.writableFinished !== false });
}

function outcomeOfAnswer(status: number, code: number | undefined): SmsOutcome {
  const cause = code === undefined ? String(status) : `${status} ${code}`;
  if (status === 400 && !ofTheAccount.has(code ?? 0) && !ofTheMoment.has(code ?? 0)) {
    // More and more codes say which numbers and texts are refused; a refusal without a code is not about the number.
    return code === undefined ? retry(cause, { server: true }) : { kind: 'refused', cause };
  }
  return retry(cause, { server: !(status === 400 && ofTheMoment.has(code ?? 0)) });
}

/** For a message that the gateway says it has made. */
export function outcomeOfMessage({
  sid,
  status,
  errorCode,
}: {
  readonly sid?: unknown;
  readonly status?: unknown;
  readonly errorCode?: unknown;
}): SmsOutcome {
  if (typeof sid !== 'string' || !/^(SM|MM)[0-9a-f]{32}$/i.test(sid))
    return retry('answer without a message', { unsure: true });
  if (status !== 'failed' && status !== 'undelivered' && status !== 'canceled') return { kind: 'sent', reference: sid };
  const code = typeof errorCode === 'number' ? errorCode : 0;
  const cause = `${status} ${code}`;
  return passingInCarriage.has(code) ? retry(cause, { server: true }) : { kind: 'refused', cause };
}
