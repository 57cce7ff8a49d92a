/**
 * Reads a Web eID token, which the browser passes on as the app made it (rows 1 to 3). Nothing in it is believed yet.
 */
import { z } from 'zod';
import { isTokenAlgorithm, type TokenAlgorithm } from './algorithms.ts';
import { right, wrong, type Judged } from './fault.ts';

export const shortestToken = 100;
export const longestToken = 10_000;

export interface Token {
  /** DER, as sent. */
  readonly certificate: Buffer;
  readonly algorithm: TokenAlgorithm;
  readonly signature: Buffer;
}

/** Further fields are ignored: later minor versions have some. */
const shape = z.object({
  unverifiedCertificate: z.string(),
  algorithm: z.string(),
  signature: z.string(),
  format: z.string(),
});

const no = (row: string, why: string) => wrong(row, why, 'device_answer_wrong');

export function readToken(text: string): Judged<Token> {
  if (text.length < shortestToken || text.length > longestToken) return no('1', 'size');
  const read = shape.safeParse(asJson(text));
  if (!read.success) return no('1', 'form');
  const { unverifiedCertificate, algorithm, signature, format } = read.data;
  const certificate = bytesOf(unverifiedCertificate);
  const signed = bytesOf(signature);
  if (certificate === undefined || signed === undefined) return no('1', 'base64');
  if (!/^web-eid:1(\.\d{1,3})?$/.test(format)) return no('2', 'format');
  if (!isTokenAlgorithm(algorithm)) return no('3', 'algorithm');
  return right({ certificate, algorithm, signature: signed });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Standard base64 with padding. Node.js skips what it does not know, so what was read must give the same text again.
 */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}
