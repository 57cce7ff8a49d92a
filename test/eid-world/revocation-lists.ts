/** A server on loopback that hands out lists of revoked cards (CRL): right ones, and ones with one thing wrong. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import * as asn from '@peculiar/asn1-x509';
import { x509, type CertifiedKey } from './national-pki.ts';

const oneMinute = 60_000;

/** What is in a list. The defaults are those of a list that counts. */
export interface ListWish {
  readonly signer: CertifiedKey;
  /** Whose name is on it; default: the signer's. */
  readonly issuer?: CertifiedKey;
  /** Serial numbers, hexadecimal. */
  readonly serials?: readonly string[];
  readonly reason?: x509.X509CrlReason;
  /** ms before and after now. */
  readonly age?: number;
  readonly life?: number;
  /** Further extensions of the list. */
  readonly extensions?: readonly x509.Extension[];
  readonly entryExtensions?: readonly x509.Extension[];
  /** The key that it names; default: the signer's. */
  readonly namedKey?: CertifiedKey;
  readonly weak?: boolean;
}

/** A list as DER. @param now ms */
export async function listOf(wish: ListWish, now: number): Promise<Buffer> {
  const { signer, issuer = signer, serials = [], age = oneMinute, life = 60 * oneMinute } = wish;
  const hash = wish.weak === true ? 'SHA-1' : signer.kind.startsWith('RSA') ? 'SHA-256' : 'SHA-384';
  const name = signer.kind.startsWith('RSA') ? 'RSASSA-PKCS1-v1_5' : 'ECDSA';
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subjectName.toJSON(),
    thisUpdate: new Date(now - age),
    nextUpdate: new Date(now - age + life),
    signingKey: signer.signingKey,
    signingAlgorithm: { name, hash },
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create((wish.namedKey ?? signer).publicKey),
      new x509.Extension('2.5.29.20', false, Buffer.from([2, 1, 1])),
      ...(wish.extensions ?? []),
    ],
    entries: serials.map((serialNumber) => ({
      serialNumber,
      revocationDate: new Date(now - 24 * 60 * oneMinute),
      reason: wish.reason ?? x509.X509CrlReason.keyCompromise,
      extensions: [...(wish.entryExtensions ?? [])],
    })),
  });
  return Buffer.from(list.rawData);
}

/** What a list covers (RFC 5280 §5.2.5). */
export function scopeExtension(scope: {
  readonly urls?: readonly string[];
  readonly indirect?: boolean;
  readonly caOnly?: boolean;
  readonly usersOnly?: boolean;
  readonly someReasons?: boolean;
}): x509.Extension {
  const value = new asn.IssuingDistributionPoint({
    ...(scope.urls === undefined ? {} : { distributionPoint: pointName(scope.urls) }),
    ...(scope.someReasons === true ? { onlySomeReasons: new asn.Reason(asn.ReasonFlags.keyCompromise) } : {}),
    indirectCRL: scope.indirect ?? false,
    onlyContainsCACerts: scope.caOnly ?? false,
    onlyContainsUserCerts: scope.usersOnly ?? false,
  });
  return new x509.Extension(asn.id_ce_issuingDistributionPoint, true, AsnConvert.serialize(value));
}

/** Where a card says that its list is, each with several addresses. */
export function pointsExtension(
  points: readonly (readonly string[])[],
  change: { readonly otherIssuer?: boolean } = {},
): x509.Extension {
  const value = new asn.CRLDistributionPoints(
    points.map(
      (urls) =>
        new asn.DistributionPoint({
          distributionPoint: pointName(urls),
          ...(change.otherIssuer === true ? { cRLIssuer: [new asn.GeneralName({ dNSName: 'other.example' })] } : {}),
        }),
    ),
  );
  return new x509.Extension(asn.id_ce_cRLDistributionPoints, false, AsnConvert.serialize(value));
}

const pointName = (urls: readonly string[]) =>
  new asn.DistributionPointName({
    fullName: urls.map((uniformResourceIdentifier) => new asn.GeneralName({ uniformResourceIdentifier })),
  });

/** Marks a list as a delta (RFC 5280 §5.2.4). */
export const deltaExtension = (): x509.Extension =>
  new x509.Extension(asn.id_ce_deltaCRLIndicator, true, Buffer.from([2, 1, 1]));

/** Says that an entry is about a certificate of another issuer (RFC 5280 §5.3.3). */
export function otherIssuerExtension(issuer: CertifiedKey): x509.Extension {
  const directoryName = AsnConvert.parse(issuer.der, asn.Certificate).tbsCertificate.subject;
  const names = new asn.CertificateIssuer([new asn.GeneralName({ directoryName })]);
  return new x509.Extension(asn.id_ce_certificateIssuer, true, AsnConvert.serialize(names));
}
export const unknownExtension = (critical: boolean): x509.Extension =>
  new x509.Extension('1.2.3.4', critical, AsnConvert.serialize(new OctetString(new Uint8Array([1]))));

export interface ListServer {
  readonly url: string;
  readonly host: string;
  body: Buffer;
  status: number;
  /** Answers nothing at all. */
  silent: boolean;
  readonly asked: () => number;
  close(): Promise<void>;
}

export async function startListServer(): Promise<ListServer> {
  let count = 0;
  const http = createServer((_request, response) => {
    count += 1;
    if (server.silent) return;
    response.writeHead(server.status, { 'content-type': 'application/pkix-crl', connection: 'close' }).end(server.body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  http.unref();
  const { port } = http.address() as AddressInfo;
  const server: ListServer = {
    url: `http://127.0.0.1:${port}/cards.crl`,
    host: `127.0.0.1:${port}`,
    body: Buffer.alloc(0),
    status: 200,
    silent: false,
    asked: () => count,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}
