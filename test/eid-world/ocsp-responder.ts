/** An OCSP responder on loopback that answers rightly, or wrongly in every way that a client must notice. */
import { createHash, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as ocsp from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Certificate, CRLReason, CRLReasons, Extension } from '@peculiar/asn1-x509';
import type { CertifiedKey } from './national-pki.ts';

const oneMinute = 60_000;

/** How it answers. Each but the first three is wrong, or no answer at all. */
export const behaviours = [
  'good',
  'signed by the CA',
  'good without nonce',
  'revoked',
  'on hold',
  'unknown',
  'silent',
  'slow',
  'error status',
  'try later',
  'redirect',
  'wrong type',
  'huge',
  'garbage',
  'empty',
  'no answer inside',
  'two answers',
  'wrong signature',
  'stranger',
  'stranger without certificate',
  'responder of another CA',
  'responder without purpose',
  'responder expired',
  'other name',
  'other nonce',
  'other serial',
  'other issuer',
  'old',
  'from the future',
  'over',
  'upside down',
] as const;
export type Behaviour = (typeof behaviours)[number];

/** Who can sign for the responder. */
export interface Signers {
  readonly ca: CertifiedKey;
  readonly responder: CertifiedKey;
  /** Of another PKI. */
  readonly stranger: CertifiedKey;
  readonly ofAnotherCa: CertifiedKey;
  readonly withoutPurpose: CertifiedKey;
  readonly expired: CertifiedKey;
}

export interface Responder {
  readonly url: string;
  /** `localhost:port`, for lists of hosts. */
  readonly host: string;
  behaviour: Behaviour;
  signers: Signers;
  /** The responder's clock, ms since the epoch. */
  now: number;
  /** The newest request. */
  last: { readonly method: string; readonly type: string; readonly body: Buffer };
  /** Requests so far. */
  readonly asked: () => number;
  /** Nobody listens at its address, or somebody does again. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const signerOf = (signers: Signers, behaviour: Behaviour): CertifiedKey => {
  if (behaviour === 'signed by the CA') return signers.ca;
  if (behaviour.startsWith('stranger')) return signers.stranger;
  if (behaviour === 'responder of another CA') return signers.ofAnotherCa;
  if (behaviour === 'responder without purpose') return signers.withoutPurpose;
  return behaviour === 'responder expired' ? signers.expired : signers.responder;
};

function statusOf(behaviour: Behaviour, now: number): ocsp.CertStatus {
  if (behaviour === 'unknown') return new ocsp.CertStatus({ unknown: null });
  if (behaviour !== 'revoked' && behaviour !== 'on hold') return new ocsp.CertStatus({ good: null });
  const reason = behaviour === 'on hold' ? CRLReasons.certificateHold : CRLReasons.keyCompromise;
  const revocationTime = new Date(now - 24 * 60 * oneMinute);
  return new ocsp.CertStatus({
    revoked: new ocsp.RevokedInfo({ revocationTime, revocationReason: new CRLReason(reason) }),
  });
}

/** `thisUpdate` and `nextUpdate` before or after now, ms. */
function timesOf(behaviour: Behaviour): readonly [number, number] {
  if (behaviour === 'old') return [-60 * oneMinute, 60 * oneMinute];
  if (behaviour === 'from the future') return [5 * oneMinute, 60 * oneMinute];
  if (behaviour === 'over') return [-10 * oneMinute, -5 * oneMinute];
  return behaviour === 'upside down' ? [0, -1_000] : [-1_000, 10 * oneMinute];
}

function certIdOf(asked: ocsp.CertID, behaviour: Behaviour): ocsp.CertID {
  const other = (buffer: ArrayBuffer) => Uint8Array.from(Buffer.from(buffer), (byte) => byte ^ 1).buffer;
  const { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } = asked;
  return new ocsp.CertID({
    hashAlgorithm,
    issuerNameHash,
    issuerKeyHash: behaviour === 'other issuer' ? new OctetString(other(issuerKeyHash.buffer)) : issuerKeyHash,
    serialNumber: behaviour === 'other serial' ? other(serialNumber) : serialNumber,
  });
}

/** The answer of a responder as DER. */
export function answerOf(request: Buffer, signers: Signers, behaviour: Behaviour, now: number): Buffer {
  const { requestList, requestExtensions } = AsnConvert.parse(request, ocsp.OCSPRequest).tbsRequest;
  const [first] = requestList;
  if (first === undefined) throw new Error('The request names no certificate.');
  const [thisUpdate, nextUpdate] = timesOf(behaviour);
  const single = new ocsp.SingleResponse({
    certID: certIdOf(first.reqCert, behaviour),
    certStatus: statusOf(behaviour, now),
    thisUpdate: new Date(now + thisUpdate),
    nextUpdate: new Date(now + nextUpdate),
  });
  const nonce = requestExtensions?.find(({ extnID }) => extnID === ocsp.id_pkix_ocsp_nonce);
  const echo =
    behaviour === 'other nonce'
      ? new Extension({
          extnID: ocsp.id_pkix_ocsp_nonce,
          extnValue: new OctetString(AsnConvert.serialize(new OctetString(new Uint8Array(32).fill(7)))),
        })
      : nonce;
  const signer = signerOf(signers, behaviour);
  const certificate = AsnConvert.parse(signer.der, Certificate);
  const named = behaviour === 'other name' ? AsnConvert.parse(signers.stranger.der, Certificate) : certificate;
  const keyHash = createHash('sha1').update(Buffer.from(named.tbsCertificate.subjectPublicKeyInfo.subjectPublicKey));
  const tbsResponseData = new ocsp.ResponseData({
    responderID: new ocsp.ResponderID({ byKey: new ocsp.KeyHash(keyHash.digest()) }),
    producedAt: new Date(now),
    responses: behaviour === 'two answers' ? [single, single] : behaviour === 'no answer inside' ? [] : [single],
    ...(echo === undefined || behaviour === 'good without nonce' ? {} : { responseExtensions: [echo] }),
  });
  return signed(tbsResponseData, signer, behaviour, certificate);
}

function signed(data: ocsp.ResponseData, signer: CertifiedKey, behaviour: Behaviour, certificate: Certificate): Buffer {
  const tbs = Buffer.from(AsnConvert.serialize(data));
  const isRsa = signer.kind.startsWith('RSA');
  const signature = sign(isRsa ? 'sha256' : 'sha384', tbs, signer.privateKey);
  if (behaviour === 'wrong signature') signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  const withoutCertificate = behaviour === 'signed by the CA' || behaviour === 'stranger without certificate';
  const basic = new ocsp.BasicOCSPResponse({
    tbsResponseData: data,
    signatureAlgorithm: new AlgorithmIdentifier({
      algorithm: isRsa ? '1.2.840.113549.1.1.11' : '1.2.840.10045.4.3.3',
      ...(isRsa ? { parameters: null } : {}),
    }),
    signature: new Uint8Array(signature).buffer,
    ...(withoutCertificate ? {} : { certs: [certificate] }),
  });
  return asResponse(ocsp.OCSPResponseStatus.successful, basic);
}

function asResponse(responseStatus: ocsp.OCSPResponseStatus, basic?: ocsp.BasicOCSPResponse): Buffer {
  const responseBytes =
    basic &&
    new ocsp.ResponseBytes({
      responseType: ocsp.id_pkix_ocsp_basic,
      response: new OctetString(AsnConvert.serialize(basic)),
    });
  return Buffer.from(
    AsnConvert.serialize(new ocsp.OCSPResponse({ responseStatus, ...(responseBytes ? { responseBytes } : {}) })),
  );
}

/** Starts it on a free port of loopback. @param now its clock at first, ms */
export async function startResponder(now: number, signers: Signers): Promise<Responder> {
  let count = 0;
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    responder.last = { method: request.method ?? '', type: request.headers['content-type'] ?? '', body };
    answer(responder, body, response);
  };
  const server: Server = createServer((request, response) => {
    count += 1;
    take(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Does not keep a process alive whose tests are over.
  server.unref();
  server.on('connection', (socket) => socket.unref());
  const { port } = server.address() as AddressInfo;
  const responder: Responder = {
    url: `http://127.0.0.1:${port}/ocsp`,
    host: `127.0.0.1:${port}`,
    behaviour: 'good',
    signers,
    now,
    last: { method: '', type: '', body: Buffer.alloc(0) },
    asked: () => count,
    goDown: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    comeBack: () => new Promise((resolve) => void server.listen(port, '127.0.0.1', resolve)),
    close: () => (server.listening ? responder.goDown() : Promise.resolve()),
  };
  return responder;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(responder: Responder, request: Buffer, response: ServerResponse): void {
  const { behaviour, signers, now } = responder;
  const send = (body: Buffer, status = 200, type = 'application/ocsp-response') =>
    void response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body);
  if (behaviour === 'silent') return;
  if (behaviour === 'slow') return dripping(response);
  if (behaviour === 'redirect') return void response.writeHead(302, { location: responder.url }).end();
  if (behaviour === 'empty') return send(Buffer.alloc(0));
  if (behaviour === 'garbage') return send(Buffer.from('<html>no</html>'));
  if (behaviour === 'huge') return send(Buffer.alloc(80 * 1024, 0x30));
  if (behaviour === 'try later') return send(asResponse(ocsp.OCSPResponseStatus.tryLater));
  const right = answerOf(request, signers, behaviour, now);
  if (behaviour === 'error status') return send(right, 500);
  return send(right, 200, behaviour === 'wrong type' ? 'text/html' : undefined);
}

/** A header at once, and then a byte every tenth of a second, as long as somebody listens. */
function dripping(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/ocsp-response', 'content-length': 4_096 });
  const timer = setInterval(() => response.write(Buffer.from([0x30])), 100);
  timer.unref();
  response.on('close', () => clearInterval(timer));
}
