/**
 * Judges the answer of a responder (RFC 6960 §3.2): who signed it, whether it is about this card, how old it is, what
 * it says. Pure.
 */
import { verify } from 'node:crypto';
import * as ocsp from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import type { Certificate } from '@peculiar/asn1-x509';
import { strongHash } from './algorithms.ts';
import { right, wrong, type Fault, type Judged } from './fault.ts';
import { isIssuedBy, isValidAt, readCertificate, type ReadCertificate } from './read-certificate.ts';
import type { Issuer, OcspRules } from './trust.ts';

const ocspSigning = '1.3.6.1.5.5.7.3.9';

export interface OcspQuestion {
  readonly certId: ocsp.CertID;
  /** Absent: none was sent. */
  readonly nonce?: Uint8Array;
  readonly issuer: Issuer;
  readonly rules: OcspRules;
  /** ms since the epoch. */
  readonly now: number;
}
/** Until when (ms) the answer may be used again. */
export interface Good {
  readonly until: number;
}

const no = (row: number, why: string) => wrong(`ocsp-${row}`, why, 'check_unavailable');

/** Whatever cannot be read is no answer. */
export function judgeOcspAnswer(answer: Uint8Array, question: OcspQuestion): Judged<Good> {
  try {
    return judge(answer, question);
  } catch {
    return no(3, 'answer unreadable');
  }
}

function judge(answer: Uint8Array, question: OcspQuestion): Judged<Good> {
  const { responseStatus, responseBytes } = AsnConvert.parse(answer, ocsp.OCSPResponse);
  if (responseStatus !== ocsp.OCSPResponseStatus.successful) return no(3, 'not successful');
  if (responseBytes?.responseType !== ocsp.id_pkix_ocsp_basic) return no(3, 'type of answer');
  const basic = AsnConvert.parse(responseBytes.response.buffer, ocsp.BasicOCSPResponse);
  const { responses } = basic.tbsResponseData;
  const [single] = responses;
  if (single === undefined || responses.length !== 1) return no(3, 'not one answer');
  const fault = aboutFault(single, question) ?? signatureFault(basic, answer, question) ?? nonceFault(basic, question);
  if (fault !== undefined) return { ok: false, fault };
  return judgeSingle(single, question);
}

/** 4: the answer is about this certificate of this issuer. */
function aboutFault({ certID }: ocsp.SingleResponse, { certId }: OcspQuestion): Fault | undefined {
  const [asked, told] = [certId, certID].map((id) => ({
    algorithm: id.hashAlgorithm.algorithm,
    parts: [id.issuerNameHash.buffer, id.issuerKeyHash.buffer, id.serialNumber].map((part) => hex(part)),
  }));
  return JSON.stringify(asked) === JSON.stringify(told) ? undefined : no(4, 'another certificate').fault;
}

/** 5 and 6: a signer that may answer for this CA, and its signature over the bytes as received. */
function signatureFault(basic: ocsp.BasicOCSPResponse, answer: Uint8Array, question: OcspQuestion): Fault | undefined {
  const signer = signerOf(basic, answer, question);
  if (signer === undefined) return no(5, 'signer may not answer').fault;
  const hash = strongHash(basic.signatureAlgorithm.algorithm);
  const { tbsResponseDataRaw: signed } = basic;
  if (hash === undefined || signed === undefined) return no(6, 'algorithm').fault;
  const holds = verify(hash, new Uint8Array(signed), signer.x509.publicKey, new Uint8Array(basic.signature));
  return holds ? undefined : no(6, 'signature').fault;
}

function signerOf(
  { certs = [], tbsResponseData: { responderID } }: ocsp.BasicOCSPResponse,
  answer: Uint8Array,
  { issuer, now }: OcspQuestion,
): ReadCertificate | undefined {
  const isNamed = (one: ReadCertificate) =>
    responderID.byKey === undefined
      ? responderID.byName !== undefined && Buffer.from(AsnConvert.serialize(responderID.byName)).equals(one.subject)
      : Buffer.from(responderID.byKey.buffer).equals(one.keyHash);
  const mayAnswer = (one: ReadCertificate) =>
    issuer.responders.some((der) => der.equals(one.x509.raw)) ||
    ((one.purposes?.includes(ocspSigning) ?? false) && isIssuedBy(one, issuer.certificate));
  if (isNamed(issuer.certificate) && isValidAt(issuer.certificate, now)) return issuer.certificate;
  return certs
    .flatMap((one) => received(one, answer) ?? [])
    .find((one) => isNamed(one) && isValidAt(one, now) && mayAnswer(one));
}

/** The library reads certificates and keeps no bytes of them: what it writes must be in what was received. */
function received(certificate: Certificate, answer: Uint8Array): ReadCertificate | undefined {
  const der = Buffer.from(AsnConvert.serialize(certificate));
  return Buffer.from(answer).includes(der) ? readCertificate(der) : undefined;
}

/** 7. */
function nonceFault({ tbsResponseData }: ocsp.BasicOCSPResponse, { nonce }: OcspQuestion): Fault | undefined {
  if (nonce === undefined) return undefined;
  const found = (tbsResponseData.responseExtensions ?? []).filter(({ extnID }) => extnID === ocsp.id_pkix_ocsp_nonce);
  const [echo] = found;
  if (echo === undefined || found.length !== 1) return no(7, 'no nonce').fault;
  const told = AsnConvert.parse(echo.extnValue.buffer, OctetString).buffer;
  return Buffer.from(told).equals(nonce) ? undefined : no(7, 'nonce').fault;
}

/** 8 and 9: fresh, and good. Only an answer that counts may say that a card is revoked. */
function judgeSingle(single: ocsp.SingleResponse, { rules, now }: OcspQuestion): Judged<Good> {
  const { skewSeconds, maxAgeSeconds } = rules;
  const made = single.thisUpdate.getTime();
  const next = single.nextUpdate?.getTime();
  if (made > now + skewSeconds * 1_000) return no(8, 'from the future');
  if (next !== undefined && next < made) return no(8, 'ends before it begins');
  const oldest = made + maxAgeSeconds * 1_000;
  if (now > oldest + skewSeconds * 1_000) return no(8, 'too old');
  if (next !== undefined && now > next + skewSeconds * 1_000) return no(8, 'over');
  const { good, revoked } = single.certStatus;
  if (revoked !== undefined) return wrong('ocsp-9', 'revoked', 'certificate_revoked');
  if (good === undefined) return wrong('ocsp-9', 'unknown', 'certificate_unknown');
  return right({ until: Math.min(next ?? oldest, oldest) });
}

const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex');
