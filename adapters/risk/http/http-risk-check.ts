/**
 * The operator's risk check over HTTP: one POST with JSON, answered by `{"decision":"allow"}` or `{"decision":"deny"}`.
 * The request is signed, so that nobody else learns anything from the same address: `Rekey-Signature:
 * t=<seconds>,v1=<hex>`, HMAC-SHA-256 with the shared key over `<seconds>.<body>`. Any other answer, and none in time,
 * counts as `onFailure` says.
 */
import { createHmac } from 'node:crypto';
import type { RiskCheck } from '../port.ts';

export interface HttpRiskCheckSettings {
  readonly url: string;
  readonly key: string;
  /** ms, connecting included. */
  readonly deadline: number;
  readonly onFailure: 'allow' | 'deny';
}

export interface HttpRiskCheckParts {
  readonly now: () => number;
  /** For the log: the type of failure only. */
  readonly failed: (cause: string) => void;
}

/** Bytes. */
const longestAnswer = 4_096;

export function createHttpRiskCheck(
  { url, key, deadline, onFailure }: HttpRiskCheckSettings,
  { now, failed }: HttpRiskCheckParts,
): RiskCheck {
  return async (question) => {
    const body = JSON.stringify(question);
    const at = Math.floor(now() / 1000);
    const signature = createHmac('sha256', key).update(`${at}.${body}`, 'utf8').digest('hex');
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          'Rekey-Signature': `t=${at},v1=${signature}`,
        },
        redirect: 'manual',
        signal: AbortSignal.timeout(deadline),
      });
      const decision = response.status === 200 ? decisionIn(await readShort(response)) : undefined;
      if (decision) return decision;
      failed(response.status === 200 ? 'no decision' : `status ${response.status}`);
    } catch (error) {
      failed(nameOf(error));
    }
    return onFailure;
  };
}

const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'fault';

async function readShort(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > longestAnswer) throw new RangeError('too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function decisionIn(text: string): 'allow' | 'deny' | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const decision =
      typeof answer === 'object' && answer !== null && 'decision' in answer ? answer.decision : undefined;
    return decision === 'allow' || decision === 'deny' ? decision : undefined;
  } catch {
    return undefined;
  }
}
