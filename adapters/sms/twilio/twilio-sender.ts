/**
 * Sends text messages by Twilio's Messages API, with the official client. One request for each message and no retries
 * here: the outbox retries, because it knows which messages may not leave twice. The client is loaded with the first
 * message, so that it does not slow the start.
 */
import type { Twilio } from 'twilio';
import { isOneNumber, type SmsOutcome, type SmsSender } from '../port.ts';
import { outcomeOfFault, outcomeOfMessage, TooManyRequests } from './outcome.ts';

export interface TwilioSettings {
  readonly accountSid: string;
  readonly authToken: string;
  /** Either a number or name of ours, or a messaging service. */
  readonly from?: string;
  readonly messagingServiceSid?: string;
  readonly edge?: string;
  readonly region?: string;
  /** Another address than Twilio's, for tests. */
  readonly baseUrl?: string;
  /** ms for one message, connecting included. */
  readonly deadline?: number;
}

const eightSeconds = 8_000;
/** Bytes; a message as Twilio describes it has about 1,000. */
const longestAnswer = 65_536;
/** ms; a longer wait that the gateway asks for is cut to this. */
const longestWait = 600_000;

export interface TwilioSender extends SmsSender {
  /**
   * Asks for the account and sends nothing: `undefined` if it exists and is active, otherwise the problem. Limited in
   * time.
   */
  check(): Promise<string | undefined>;
}

export function createTwilioSender(settings: TwilioSettings): TwilioSender {
  let client: Promise<Twilio> | undefined;
  const from =
    settings.messagingServiceSid === undefined
      ? { from: settings.from ?? '' }
      : { messagingServiceSid: settings.messagingServiceSid };

  return {
    async send({ to, text }): Promise<SmsOutcome> {
      if (!isOneNumber(to)) return { kind: 'refused', cause: 'not one number' };
      try {
        client ??= connect(settings);
        const { messages } = await client;
        return outcomeOfMessage(await messages.create({ to, body: text, ...from }));
      } catch (error) {
        return outcomeOfFault(error);
      }
    },
    async later(reference) {
      try {
        client ??= connect(settings);
        return outcomeOfMessage(await (await client).messages(reference).fetch());
      } catch {
        return undefined;
      }
    },
    async check() {
      try {
        client ??= connect(settings);
        const { status } = await (await client).api.v2010.accounts(settings.accountSid).fetch();
        return status === 'active' ? undefined : `the account is ${status}`;
      } catch (error) {
        const outcome = outcomeOfFault(error);
        return outcome.kind === 'sent' ? undefined : outcome.cause;
      }
    },
    close: async () => {},
  };
}

async function connect({
  accountSid,
  authToken,
  edge,
  region,
  baseUrl,
  deadline = eightSeconds,
}: TwilioSettings): Promise<Twilio> {
  const { default: twilio } = await import('twilio');
  // No keep-alive: a kept connection may be closed when it is used again, and then nobody knows whether the message
  // left.
  const httpClient = new twilio.RequestClient({ timeout: deadline, keepAlive: false, autoRetry: false });
  httpClient.axios.interceptors.request.use((request) => ({
    ...request,
    signal: AbortSignal.timeout(deadline),
    maxContentLength: longestAnswer,
  }));
  httpClient.axios.interceptors.response.use((response) => {
    if (response.status === 429) throw new TooManyRequests(waitOf(response.headers['retry-after']));
    return response;
  });
  const made = twilio(accountSid, authToken, {
    httpClient,
    logLevel: 'error',
    ...(edge === undefined ? {} : { edge }),
    ...(region === undefined ? {} : { region }),
  });
  if (baseUrl !== undefined) made.api.baseUrl = baseUrl;
  return made;
}

/** Retry-After in seconds (RFC 9110 §10.2.3); its other form, a date, is ignored. */
function waitOf(header: unknown): number | undefined {
  const seconds = typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
  return seconds === undefined ? undefined : Math.min(seconds * 1000, longestWait);
}
