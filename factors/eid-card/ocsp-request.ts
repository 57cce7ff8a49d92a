/** The question to a responder (RFC 6960 §4.1, nonce by RFC 9654). */
import * as ocsp from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Extension } from '@peculiar/asn1-x509';
import type { ReadCertificate } from './read-certificate.ts';

const sha1 = '1.3.14.3.2.26';

/** What the answer must be about. Responders understand SHA-1 here; it protects nothing. */
export function certIdOf(certificate: ReadCertificate, issuer: ReadCertificate): ocsp.CertID {
  return new ocsp.CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: sha1, parameters: null }),
    issuerNameHash: new OctetString(issuer.nameHash),
    issuerKeyHash: new OctetString(issuer.keyHash),
    serialNumber: certificate.serial,
  });
}

/** DER. @param nonce 32 bytes, or none for a responder that ignores them */
export function ocspRequest(reqCert: ocsp.CertID, nonce?: Uint8Array): Uint8Array<ArrayBuffer> {
  const extensions = nonce && [
    new Extension({
      extnID: ocsp.id_pkix_ocsp_nonce,
      extnValue: new OctetString(AsnConvert.serialize(new OctetString(nonce))),
    }),
  ];
  const tbsRequest = new ocsp.TBSRequest({
    requestList: [new ocsp.Request({ reqCert })],
    ...(extensions ? { requestExtensions: extensions } : {}),
  });
  return new Uint8Array(AsnConvert.serialize(new ocsp.OCSPRequest({ tbsRequest })));
}
