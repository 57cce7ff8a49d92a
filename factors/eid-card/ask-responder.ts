/** Asks whether a card still holds (row 12). No answer is a refusal: nobody is let in because a responder is silent. */
import type { Tools } from '../contract.ts';
import { right, wrong, type Judged } from './fault.ts';
import type { Card } from './judge-card.ts';
import { judgeOcspAnswer, type Good } from './ocsp-answer.ts';
import { certIdOf, ocspRequest } from './ocsp-request.ts';

const longestAnswer = 64 * 1024;
/** Most answers that are kept. */
const mostKept = 1_000;

/** Good answers by certificate, each with the instants (ms) between which it may be used again. */
export type KeptAnswers = Map<string, { readonly at: number; readonly until: number }>;

type Outside = Pick<Tools<unknown>, 'fetch' | 'random' | 'now'>;

/** Fails with `check_unavailable`, `certificate_revoked` or `certificate_unknown`; never throws. */
export async function askResponder(outside: Outside, card: Card, kept: KeptAnswers): Promise<Judged<void>> {
  const { now } = outside;
  const { fingerprint256: id } = card.certificate.x509;
  const before = kept.get(id);
  if (before !== undefined && before.at <= now && now < before.until) return right(undefined);
  kept.delete(id);
  const answer = await ask(outside, card);
  if (!answer.ok) return answer;
  const until = Math.min(answer.value.until, now + card.issuer.rules.ocsp.cacheSeconds * 1_000);
  if (until > now) kept.set(id, { at: now, until });
  if (kept.size > mostKept) kept.delete(kept.keys().next().value as string);
  return right(undefined);
}

async function ask({ fetch, random, now }: Outside, { certificate, issuer }: Card): Promise<Judged<Good>> {
  const { ocsp } = issuer.rules;
  const url = permittedUrl(ocsp.url ?? certificate.responders[0], ocsp.hosts);
  if (url === undefined) return wrong('ocsp-1', 'no responder that may be asked', 'check_unavailable');
  const nonce = ocsp.nonce ? random.bytes(32) : undefined;
  const certId = certIdOf(certificate, issuer.certificate);
  const bytes = await answerTo(fetch, url, ocspRequest(certId, nonce), ocsp.timeoutSeconds);
  if (!bytes.ok) return bytes;
  return judgeOcspAnswer(bytes.value, { certId, issuer, now, ...(nonce === undefined ? {} : { nonce }) });
}

/** 1: an address from a certificate is followed only to hosts of the country's list. */
function permittedUrl(text: string | undefined, hosts: readonly string[]): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') return undefined;
  return hosts.includes(url.host) ? url.href : undefined;
}

const no = (row: number, why: string) => wrong(`ocsp-${row}`, why, 'check_unavailable');

/** 2, 3 and 10: within its time, with status, type and size. */
async function answerTo(
  fetch: Outside['fetch'],
  url: string,
  body: Uint8Array<ArrayBuffer>,
  seconds: number,
): Promise<Judged<Uint8Array>> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(seconds * 1_000),
    });
    if (response.status !== 200) return no(3, `status ${response.status}`);
    if (!/^application\/ocsp-response\s*(;|$)/i.test(response.headers.get('content-type') ?? ''))
      return no(3, 'content type');
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length > longestAnswer ? no(3, 'size') : right(bytes);
  } catch {
    return no(10, 'no answer');
  }
}
