/** The responder (OCSP, RFC 6960) of the demo's country: says of each card of the drawer whether it was revoked. */
import * as ocsp from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { issuerName, keyHashOf, keyOf, serialOf, signatureAlgorithm, signed } from './certificates.ts';
import { drawer } from './drawer.ts';

/** @param request DER. Throws when it is none. @param now ms */
export function answerOf(request: Uint8Array, now: number): Buffer {
  const { requestList, requestExtensions } = AsnConvert.parse(request, ocsp.OCSPRequest).tbsRequest;
  const [first] = requestList;
  if (first === undefined) throw new Error('The request names no certificate.');
  const nonce = requestExtensions?.find(({ extnID }) => extnID === ocsp.id_pkix_ocsp_nonce);
  const tbsResponseData = new ocsp.ResponseData({
    responderID: new ocsp.ResponderID({ byKey: new ocsp.KeyHash(keyHashOf(issuerName)) }),
    producedAt: new Date(now),
    responses: [
      new ocsp.SingleResponse({
        certID: first.reqCert,
        certStatus: statusOf(Buffer.from(first.reqCert.serialNumber), now),
        thisUpdate: new Date(now),
        nextUpdate: new Date(now + 60_000),
      }),
    ],
    ...(nonce === undefined ? {} : { responseExtensions: [nonce] }),
  });
  const basic = new ocsp.BasicOCSPResponse({
    tbsResponseData,
    signatureAlgorithm: signatureAlgorithm(),
    signature: signed(AsnConvert.serialize(tbsResponseData), keyOf(issuerName)),
  });
  const responseBytes = new ocsp.ResponseBytes({
    responseType: ocsp.id_pkix_ocsp_basic,
    response: new OctetString(AsnConvert.serialize(basic)),
  });
  const responseStatus = ocsp.OCSPResponseStatus.successful;
  return Buffer.from(AsnConvert.serialize(new ocsp.OCSPResponse({ responseStatus, responseBytes })));
}

function statusOf(serial: Buffer, now: number): ocsp.CertStatus {
  const card = drawer.find(({ id }) => Buffer.from(serialOf(`card ${id}`)).equals(serial));
  if (card === undefined) return new ocsp.CertStatus({ unknown: null });
  if (card.state !== 'revoked') return new ocsp.CertStatus({ good: null });
  return new ocsp.CertStatus({ revoked: new ocsp.RevokedInfo({ revocationTime: new Date(now - 86_400_000) }) });
}
