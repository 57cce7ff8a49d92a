/** Gets the list of an issuer's revoked cards, where the country has lists and no responder (rows crl-1 to crl-8). */
import { answerTo, permittedUrl, type Outside } from './ask-outside.ts';
import { right, wrong, type Judged } from './fault.ts';
import type { Card } from './judge-card.ts';
import { judgeList, serialText, type RevokedList } from './revocation-list.ts';
import type { CrlRules } from './trust.ts';

/** Most lists that are kept: an issuing CA has one, or a few. */
const mostKept = 100;

interface KeptList extends RevokedList {
  /** ms: it was got, and is used again from then until `until`. */
  readonly at: number;
}
/** By issuer and address. A list that is on its way is waited for by all who need it. */
export interface KeptLists {
  readonly lists: Map<string, KeptList>;
  readonly underWay: Map<string, Promise<Judged<RevokedList>>>;
}
export const noLists = (): KeptLists => ({ lists: new Map(), underWay: new Map() });

/** Fails with `check_unavailable` or `certificate_revoked`; never throws. */
export async function askList(outside: Outside, card: Card, rules: CrlRules, kept: KeptLists): Promise<Judged<void>> {
  const { certificate, issuer } = card;
  const point = pointOf(certificate.lists, rules);
  if (point === undefined) return wrong('crl-1', 'no list that may be got', 'check_unavailable');
  const key = `${issuer.certificate.x509.fingerprint256}|${point.url}`;
  const list = keptList(kept, key, outside.now) ?? (await newList(outside, card, rules, point, kept, key));
  if ('ok' in list) return list;
  const isRevoked = list.serials.has(serialText(new Uint8Array(certificate.serial)));
  return isRevoked ? wrong('crl-7', 'revoked', 'certificate_revoked') : right(undefined);
}

interface Point {
  readonly url: string;
  readonly addresses: readonly string[];
}

/** 1: the country's address, or the first of the certificate at a host of the country's list. */
function pointOf(lists: readonly (readonly string[])[], { url, hosts }: CrlRules): Point | undefined {
  const given = permittedUrl(url, hosts);
  if (url !== undefined) return given === undefined ? undefined : { url: given, addresses: [url, ...lists.flat()] };
  return lists
    .flatMap((addresses) => addresses.map((address) => ({ url: permittedUrl(address, hosts), addresses })))
    .find((point): point is Point => point.url !== undefined);
}

function keptList({ lists }: KeptLists, key: string, now: number): KeptList | undefined {
  const list = lists.get(key);
  if (list !== undefined && list.at <= now && now < list.until) return list;
  lists.delete(key);
  return undefined;
}

/** 2 and 8, then what `judgeList` says. */
async function newList(
  { fetch, now }: Outside,
  { issuer }: Card,
  rules: CrlRules,
  { url, addresses }: Point,
  { lists, underWay }: KeptLists,
  key: string,
): Promise<RevokedList | Extract<Judged<never>, { readonly ok: false }>> {
  const get = async (): Promise<Judged<RevokedList>> => {
    const { timeoutSeconds: seconds, mostBytes } = rules;
    const bytes = await answerTo(fetch, url, { request: {}, seconds, mostBytes, rows: ['crl-2', 'crl-8'] });
    return bytes.ok ? judgeList(bytes.value, { issuer, rules, addresses, now }) : bytes;
  };
  const coming = underWay.get(key) ?? get();
  underWay.set(key, coming);
  const judged = await coming.finally(() => underWay.delete(key));
  if (!judged.ok) return judged;
  const until = Math.min(judged.value.until, now + rules.cacheSeconds * 1_000);
  if (until > now) lists.set(key, { ...judged.value, at: now, until });
  if (lists.size > mostKept) lists.delete(lists.keys().next().value as string);
  return judged.value;
}
