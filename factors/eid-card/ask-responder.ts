/** Asks whether a card still holds (row 12). No answer is a refusal: nobody is let in because a responder is silent. */
import { answerTo, permittedUrl, type Outside } from './ask-outside.ts';
import { right, wrong, type Judged } from './fault.ts';
import type { Card } from './judge-card.ts';
import { judgeOcspAnswer, type Good } from './ocsp-answer.ts';
import { certIdOf, ocspRequest } from './ocsp-request.ts';
import type { OcspRules } from './trust.ts';

const longestAnswer = 64 * 1024;
/** Most answers that are kept. */
const mostKept = 1_000;

/** Good answers by certificate, each with the instants (ms) between which it may be used again. */
export type KeptAnswers = Map<string, { readonly at: number; readonly until: number }>;

/** Fails with `check_unavailable`, `certificate_revoked` or `certificate_unknown`; never throws. */
export async function askResponder(
  outside: Outside,
  card: Card,
  rules: OcspRules,
  kept: KeptAnswers,
): Promise<Judged<void>> {
  const { now } = outside;
  const { fingerprint256: id } = card.certificate.x509;
  const before = kept.get(id);
  if (before !== undefined && before.at <= now && now < before.until) return right(undefined);
  kept.delete(id);
  const answer = await ask(outside, card, rules);
  if (!answer.ok) return answer;
  const until = Math.min(answer.value.until, now + rules.cacheSeconds * 1_000);
  if (until > now) kept.set(id, { at: now, until });
  if (kept.size > mostKept) kept.delete(kept.keys().next().value as string);
  return right(undefined);
}

async function ask(
  { fetch, random, now }: Outside,
  { certificate, issuer }: Card,
  rules: OcspRules,
): Promise<Judged<Good>> {
  const url = permittedUrl(rules.url ?? certificate.responders[0], rules.hosts);
  if (url === undefined) return wrong('ocsp-1', 'no responder that may be asked', 'check_unavailable');
  const nonce = rules.nonce && !rules.withoutNonce.includes(new URL(url).host) ? random.bytes(32) : undefined;
  const certId = certIdOf(certificate, issuer.certificate);
  const bytes = await answerTo(fetch, url, {
    request: {
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
      body: ocspRequest(certId, nonce),
    },
    seconds: rules.timeoutSeconds,
    mostBytes: longestAnswer,
    type: /^application\/ocsp-response\s*(;|$)/i,
    rows: ['ocsp-3', 'ocsp-10'],
  });
  if (!bytes.ok) return bytes;
  return judgeOcspAnswer(bytes.value, { certId, issuer, rules, now, ...(nonce === undefined ? {} : { nonce }) });
}
