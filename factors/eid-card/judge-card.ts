/**
 * Judges a token up to the responder: pure, in the order of the rows in the README. The responder comes last, so that
 * only the card of the linked person makes us ask.
 */
import { createHash } from 'node:crypto';
import { hashOf, keyFits, tokenSignatureHolds, type TokenAlgorithm } from './algorithms.ts';
import { right, wrong, type Fault, type Judged } from './fault.ts';
import { isIssuedBy, isValidAt, readCertificate, type ReadCertificate } from './read-certificate.ts';
import { readToken } from './read-token.ts';
import type { CountryRules, Issuer, Trust } from './trust.ts';

export interface Card {
  readonly certificate: ReadCertificate;
  readonly issuer: Issuer;
  /** The national number: for the keyed digest alone. It is not stored, logged or shown. */
  readonly number: string;
}

/** What the card must have signed. */
export interface Expected {
  readonly origin: string;
  readonly nonce: string;
  readonly now: number;
}

const digitalSignature = 1;
const clientAuth = '1.3.6.1.5.5.7.3.2';
/** Mobile-ID of Estonia: its certificates are for another protocol. */
const refusedPolicies = [
  '1.3.6.1.4.1.10015.1.3',
  '1.3.6.1.4.1.10015.1.3.1',
  '1.3.6.1.4.1.10015.1.3.2',
  '1.3.6.1.4.1.10015.1.3.3',
];
const serialNumber = '2.5.4.5';
const countryName = '2.5.4.6';

export function judgeCard(text: string, trust: Trust, expected: Expected): Judged<Card> {
  const token = readToken(text);
  if (!token.ok) return token;
  const { algorithm, signature } = token.value;
  const certificate = readCertificate(token.value.certificate);
  if (certificate === undefined) return wrong('4', 'certificate malformed', 'device_answer_wrong');
  const unfit = purposeFault(certificate);
  if (unfit !== undefined) return { ok: false, fault: unfit };
  const issuer = trust.issuers.find((one) => isIssuedBy(certificate, one.certificate));
  if (issuer === undefined) return wrong('9', 'issuer unknown', 'certificate_refused', certificate.issuerName);
  const { rules } = issuer;
  const fault =
    ruleFault(certificate, rules, algorithm) ??
    dateFault(certificate, issuer, expected.now) ??
    keyFault(certificate, algorithm);
  if (fault !== undefined) return { ok: false, fault };
  const number = numberOf(certificate, rules);
  if (number === undefined) return wrong('14', 'subject');
  const signed = signedBytes(algorithm, expected);
  if (!tokenSignatureHolds(certificate.x509.publicKey, algorithm, signed, signature))
    return wrong('11', 'signature', 'device_answer_wrong');
  return right({ certificate, issuer, number });
}

/** Rows 5, 6 and the policies that nobody accepts (7). */
function purposeFault({ keyUsage, purposes, isCa, policies }: ReadCertificate): Fault | undefined {
  if (keyUsage === undefined || (keyUsage & digitalSignature) === 0) return wrong('5', 'key usage').fault;
  if (purposes !== undefined && !purposes.includes(clientAuth)) return wrong('6', 'purpose').fault;
  if (isCa) return wrong('6', 'a CA').fault;
  return policies.some((policy) => refusedPolicies.includes(policy)) ? wrong('7', 'policy refused').fault : undefined;
}

/** What the issuer's country accepts: algorithm (3) and policy (7). */
function ruleFault({ policies }: ReadCertificate, rules: CountryRules, algorithm: TokenAlgorithm): Fault | undefined {
  if (!rules.algorithms.includes(algorithm)) return wrong('3', 'algorithm of this country').fault;
  const fits = rules.policies.length === 0 || policies.some((policy) => rules.policies.includes(policy));
  return fits ? undefined : wrong('7', 'policy not of this country').fault;
}

/** Row 8: the card, and the CA. */
function dateFault(certificate: ReadCertificate, issuer: Issuer, now: number): Fault | undefined {
  if (now > certificate.until) return wrong('8', 'expired', 'certificate_expired').fault;
  if (now < certificate.from) return wrong('8', 'not yet valid').fault;
  return isValidAt(issuer.certificate, now) ? undefined : wrong('8', 'CA not valid').fault;
}

/** Row 10. */
const keyFault = ({ x509 }: ReadCertificate, algorithm: TokenAlgorithm): Fault | undefined =>
  keyFits(x509.publicKey, algorithm) ? undefined : wrong('10', 'key', 'device_answer_wrong').fault;

/** Row 14: one number and one country, which must be the issuer's. */
function numberOf({ named }: ReadCertificate, { country, identifier }: CountryRules): string | undefined {
  const textsOf = (type: string) => named.filter(([one]) => one === type).map(([, text]) => text);
  const [numbers, countries] = [textsOf(serialNumber), textsOf(countryName)];
  const [text] = numbers;
  if (numbers.length !== 1 || text === undefined || countries.length !== 1 || countries[0] !== country)
    return undefined;
  const prefix = `PNO${country}-`;
  if (text.startsWith(prefix) !== identifier.prefix) return undefined;
  const number = identifier.prefix ? text.slice(prefix.length) : text;
  return new RegExp(`^(?:${identifier.pattern})$`).test(number) ? number : undefined;
}

/** H(origin) ‖ H(nonce); the signature hashes this once more. */
function signedBytes(algorithm: TokenAlgorithm, { origin, nonce }: Expected): Buffer {
  const digest = (text: string) => createHash(hashOf(algorithm)).update(text, 'utf8').digest();
  return Buffer.concat([digest(origin), digest(nonce)]);
}
