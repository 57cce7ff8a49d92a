/** What asking a responder and getting a list have in common: which address, how long, how much. */
import type { Tools } from '../contract.ts';
import { right, wrong, type Judged } from './fault.ts';

export type Outside = Pick<Tools<unknown>, 'fetch' | 'random' | 'now'>;

/**
 * An address from a certificate is followed only to hosts of the country's list. `localhost` there means any port of it:
 * a responder on the same machine.
 */
export function permittedUrl(text: string | undefined, hosts: readonly string[]): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') return undefined;
  const host = url.hostname === 'localhost' && hosts.includes('localhost') ? 'localhost' : url.host;
  return hosts.includes(host) ? url.href : undefined;
}

export interface Asking {
  readonly request: RequestInit;
  /** For the whole answer, however slowly it comes. */
  readonly seconds: number;
  readonly mostBytes: number;
  /** Absent: any. */
  readonly type?: RegExp;
  /** The rows of the README for an answer that is not right, and for none. */
  readonly rows: readonly [wrong: string, none: string];
}

/** Status, type, size and time; fails with `check_unavailable`. */
export async function answerTo(
  fetch: Outside['fetch'],
  url: string,
  { request, seconds, mostBytes, type, rows: [unfit, none] }: Asking,
): Promise<Judged<Uint8Array>> {
  const no = (why: string) => wrong(unfit, why, 'check_unavailable');
  try {
    const signal = AbortSignal.timeout(seconds * 1_000);
    const response = await fetch(url, { ...request, redirect: 'manual', signal, mostBytes });
    if (response.status !== 200) return no(`status ${response.status}`);
    if (type !== undefined && !type.test(response.headers.get('content-type') ?? '')) return no('content type');
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length > mostBytes ? no('size') : right(bytes);
  } catch {
    return wrong(none, 'no answer', 'check_unavailable');
  }
}
