/**
 * Judges a list of revoked certificates (CRL, RFC 5280 §5 and §6.3): whose it is, what it covers, how old it is. Pure.
 * Only a complete list of the issuing CA itself counts; deltas and lists for other issuers are refused.
 */
import { verify } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import * as asn from '@peculiar/asn1-x509';
import { strongHash } from './algorithms.ts';
import { content, partAt, partsOf, tags, whole, type Part } from './der-parts.ts';
import { right, wrong, type Fault, type Judged } from './fault.ts';
import { isValidAt, urisOf } from './read-certificate.ts';
import type { CrlRules, Issuer } from './trust.ts';

export interface ListQuestion {
  readonly issuer: Issuer;
  readonly rules: CrlRules;
  /** The addresses of the point from which the list comes. */
  readonly addresses: readonly string[];
  /** ms since the epoch. */
  readonly now: number;
}
export interface RevokedList {
  /** Serial numbers, as `serialText` writes them. */
  readonly serials: ReadonlySet<string>;
  /** Until when (ms) the list counts. */
  readonly until: number;
}

const no = (row: number, why: string) => wrong(`crl-${row}`, why, 'check_unavailable');
const cRLSign = 64;
const certificateIssuer = '551d1d';

/** Without leading zeros: they say nothing about a number. */
export const serialText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(00)+(?=.)/, '');

/** What cannot be read is no list. */
export function judgeList(bytes: Uint8Array, question: ListQuestion): Judged<RevokedList> {
  try {
    return judge(bytes, question);
  } catch {
    return no(3, 'list unreadable');
  }
}

function judge(bytes: Uint8Array, question: ListQuestion): Judged<RevokedList> {
  const list = readList(bytes);
  const fault = signatureFault(list, question) ?? scopeFault(list.extensions, question);
  if (fault !== undefined) return { ok: false, fault };
  const { thisUpdate, nextUpdate } = list;
  const { skewSeconds, maxAgeSeconds } = question.rules;
  const skew = skewSeconds * 1_000;
  if (thisUpdate > question.now + skew) return no(5, 'from the future');
  if (nextUpdate === undefined || nextUpdate < thisUpdate) return no(5, 'no end');
  const until = Math.min(nextUpdate, thisUpdate + maxAgeSeconds * 1_000);
  if (question.now > until + skew) return no(5, 'over');
  const serials = list.revoked === undefined ? new Set<string>() : serialsOf(bytes, list.revoked);
  return serials === undefined ? no(6, 'entry not understood') : right({ serials, until });
}

interface List {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** OIDs: within what is signed, and beside it. */
  readonly algorithms: readonly [string, string];
  readonly issuer: Uint8Array;
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly revoked?: Part;
  readonly extensions: readonly asn.Extension[];
}

/** CertificateList, to its last byte. Throws on any other form. */
function readList(bytes: Uint8Array): List {
  const outer = partAt(bytes, 0, bytes.length);
  const [tbs, algorithm, signature, more] = partsOf(bytes, outer);
  const forms = [outer, tbs, algorithm].every((part) => part?.tag === tags.sequence);
  if (!forms || !tbs || !algorithm || outer.to !== bytes.length || signature?.tag !== tags.bits || more)
    throw new Error('No list.');
  const parts = [...partsOf(bytes, tbs)];
  const next = (...accepted: readonly number[]): Part | undefined =>
    accepted.includes(parts[0]?.tag ?? -1) ? parts.shift() : undefined;
  const needed = (...accepted: readonly number[]): Part => {
    const part = next(...accepted);
    if (part === undefined) throw new Error('No list.');
    return part;
  };
  const version = next(tags.integer);
  const inner = needed(tags.sequence);
  const issuer = needed(tags.sequence);
  const thisUpdate = needed(...times);
  const nextUpdate = next(...times);
  const revoked = next(tags.sequence);
  const further = next(0xa0);
  // Extensions need version 2 (§5.1.2.1), and the last bits of a signature are whole bytes.
  const isV2 = version !== undefined && version.to - version.from === 1 && bytes[version.from] === 1;
  if (parts.length > 0 || !isV2 || bytes[signature.from] !== 0) throw new Error('No list.');
  return {
    signed: whole(bytes, tbs),
    signature: bytes.subarray(signature.from + 1, signature.to),
    algorithms: [oidOf(bytes, inner), oidOf(bytes, algorithm)],
    issuer: whole(bytes, issuer),
    thisUpdate: timeOf(bytes, thisUpdate),
    ...(nextUpdate === undefined ? {} : { nextUpdate: timeOf(bytes, nextUpdate) }),
    ...(revoked === undefined ? {} : { revoked }),
    extensions: further === undefined ? [] : AsnConvert.parse(content(bytes, further), asn.Extensions),
  };
}

const times = [0x17, 0x18] as const;
const timeOf = (bytes: Uint8Array, part: Part): number =>
  AsnConvert.parse(whole(bytes, part), asn.Time).getTime().getTime();
const oidOf = (bytes: Uint8Array, part: Part): string =>
  AsnConvert.parse(whole(bytes, part), asn.AlgorithmIdentifier).algorithm;

/** 4: signed by the card's issuer, which may sign lists, over the bytes as received. */
function signatureFault(list: List, { issuer: { certificate }, now }: ListQuestion): Fault | undefined {
  const { keyUsage, keyId, x509 } = certificate;
  if (!certificate.subject.equals(list.issuer)) return no(4, 'another issuer').fault;
  const named = extensionOf(
    list.extensions,
    asn.id_ce_authorityKeyIdentifier,
    asn.AuthorityKeyIdentifier,
  )?.keyIdentifier;
  if (named !== undefined && keyId !== undefined && Buffer.from(named.buffer).toString('hex') !== keyId)
    return no(4, 'another key').fault;
  if (!isValidAt(certificate, now) || (keyUsage !== undefined && (keyUsage & cRLSign) === 0))
    return no(4, 'issuer may sign no list').fault;
  const [inner, beside] = list.algorithms;
  const hash = inner === beside ? strongHash(beside) : undefined;
  if (hash === undefined) return no(4, 'algorithm').fault;
  return verify(hash, list.signed, x509.publicKey, list.signature) ? undefined : no(4, 'signature').fault;
}

/** 6: a complete list, about people's cards, of the point that the card names. */
function scopeFault(extensions: readonly asn.Extension[], { addresses }: ListQuestion): Fault | undefined {
  const ids = extensions.map(({ extnID }) => extnID);
  if (new Set(ids).size < ids.length) return no(6, 'extension twice').fault;
  if (ids.includes(asn.id_ce_deltaCRLIndicator)) return no(6, 'delta').fault;
  const odd = extensions.find(({ extnID, critical }) => critical && extnID !== asn.id_ce_issuingDistributionPoint);
  if (odd !== undefined) return no(6, 'extension not understood').fault;
  const scope = extensionOf(extensions, asn.id_ce_issuingDistributionPoint, asn.IssuingDistributionPoint);
  if (scope === undefined) return undefined;
  if (scope.indirectCRL) return no(6, 'indirect').fault;
  if (scope.onlyContainsCACerts || scope.onlyContainsAttributeCerts || scope.onlySomeReasons !== undefined)
    return no(6, 'a part only').fault;
  const { distributionPoint } = scope;
  const isOfPoint = distributionPoint === undefined || urisOf(distributionPoint).some((uri) => addresses.includes(uri));
  return isOfPoint ? undefined : no(6, 'another point').fault;
}

function extensionOf<T>(extensions: readonly asn.Extension[], id: string, type: new () => T): T | undefined {
  const found = extensions.find(({ extnID }) => extnID === id);
  return found && AsnConvert.parse(found.extnValue.buffer, type);
}

/** `undefined`: an entry says what must be understood and is not, or is about another issuer's certificate. */
function serialsOf(bytes: Uint8Array, revoked: Part): ReadonlySet<string> | undefined {
  const serials = new Set<string>();
  for (const entry of partsOf(bytes, revoked)) {
    const [serial, , extensions] = partsOf(bytes, entry);
    if (serial?.tag !== tags.integer) throw new Error('No list.');
    if (extensions !== undefined && !isPlain(bytes, extensions)) return undefined;
    serials.add(serialText(content(bytes, serial)));
  }
  return serials;
}

/** No extension of this entry is critical, and none names an issuer. */
function isPlain(bytes: Uint8Array, extensions: Part): boolean {
  for (const extension of partsOf(bytes, extensions)) {
    const [id, critical] = partsOf(bytes, extension);
    if (id?.tag !== tags.oid || Buffer.from(content(bytes, id)).toString('hex') === certificateIssuer) return false;
    if (critical?.tag === tags.boolean && bytes[critical.from] !== 0) return false;
  }
  return true;
}
