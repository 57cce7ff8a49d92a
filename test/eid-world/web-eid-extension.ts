/**
 * Plays the Web eID extension and its app in a browser: answers the messages of a page, takes the origin from the browser as the real one does, and signs
 * with the card that lies in the reader.
 */
import type { BrowserContext } from 'playwright-core';
import type { CertifiedKey } from './national-pki.ts';
import { signToken } from './software-card.ts';

export interface Reader {
  /** Absent: there is none, and the app closes its window. */
  card?: CertifiedKey;
  /** The code with which the app answers everything, without `ERR_WEBEID_`. */
  fails?: string;
  /** How often a PIN was asked. */
  asked: number;
}

interface Message {
  readonly action: string;
  readonly challengeNonce?: string;
}

/** Runs in the page, before its own scripts. */
const inPage = `addEventListener('message', async ({ source, origin, data }) => {
  if (source !== window || origin !== location.origin) return;
  if (!['web-eid:status', 'web-eid:authenticate'].includes(data?.action)) return;
  postMessage({ action: data.action + '-ack' }, location.origin);
  postMessage(await playReader(data), location.origin);
});`;

/** For pages that this browser opens from now on. */
export async function installExtension(context: BrowserContext): Promise<Reader> {
  const reader: Reader = { asked: 0 };
  await context.exposeBinding('playReader', ({ frame }, message: Message) =>
    answerOf(reader, message, new URL(frame.url()).origin),
  );
  await context.addInitScript(inPage);
  return reader;
}

function answerOf(reader: Reader, { action, challengeNonce = '' }: Message, origin: string): object {
  const fault = (code: string) => ({
    action: `${action}-failure`,
    error: { code: `ERR_WEBEID_${code}`, message: code },
  });
  if (reader.fails !== undefined) return fault(reader.fails);
  if (action === 'web-eid:status')
    return { action: `${action}-success`, library: '2.0.2', extension: '2.4.1', nativeApp: '2.9.0' };
  reader.asked += 1;
  return reader.card === undefined
    ? fault('USER_CANCELLED')
    : { ...signToken(reader.card, { origin, nonce: challengeNonce }), action: `${action}-success` };
}
