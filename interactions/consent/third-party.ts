/** A relying party of somebody else, as the page of consent names it; and what there is to ask. Pure. */
import type { Allowance } from '../../accounts/consent-record.ts';
import { consentTo, covers } from '../../accounts/consents.ts';
import type { Language } from '../../factors/contract.ts';
import type { Person } from '../../accounts/person.ts';

/** The settings of a third party that people see. */
export interface ThirdParty {
  /** Its own address. */
  readonly url?: string | undefined;
  readonly terms?: ((language: Language) => string) | undefined;
  readonly privacy?: ((language: Language) => string) | undefined;
  /** What a scope of an API means, in words; `undefined`: nobody has said so. */
  readonly scopeText: (api: string, scope: string, language: Language) => string | undefined;
}

/** What a request of a third party asks the person for. */
export interface ConsentAsked {
  readonly asks: Allowance;
  /** Also where all of it was allowed before. */
  readonly always: boolean;
  /** Where the browser goes with the answer; absent: to no address. */
  readonly redirectUri?: string | undefined;
}

/** Whether the person must be asked before the relying party gets its answer. */
export function consentDue({
  consent,
  state,
  person,
  client,
}: {
  readonly consent: ConsentAsked | undefined;
  readonly state: { readonly allowed?: string };
  readonly person: Pick<Person, 'id' | 'consents'> | undefined;
  readonly client: { readonly id: string };
}): boolean {
  if (!consent || !person || state.allowed === person.id) return false;
  return consent.always || !covers(consentTo(person, client.id), consent.asks);
}

/** Standard scopes in the order in which people read them. */
const readingOrder = ['openid', 'profile', 'email', 'phone', 'address', 'groups', 'offline_access'] as const;

/** What is allowed or asked, for a page: standard scopes, and scopes of APIs in the words of the deployment. */
export function wordsOf(
  allowance: Allowance,
  scopeText: ThirdParty['scopeText'],
  language: Language,
): { readonly data: readonly string[]; readonly own: readonly string[] } {
  return {
    data: readingOrder.filter((scope) => allowance.scopes.includes(scope)),
    own: Object.entries(allowance.apis ?? {}).flatMap(([api, scopes]) =>
      scopes.map((scope) => scopeText(api, scope, language) ?? `${scope} (${api})`),
    ),
  };
}

/** The host that gets the data: of the address for the answer, or of the service's own. */
export function hostOf(redirectUri: string | undefined, url: string | undefined): string | undefined {
  return [redirectUri, url]
    .filter((address) => address !== undefined)
    .map((address) => new URL(address))
    .find(({ protocol, hostname }) => /^https?:$/.test(protocol) && !isLoopbackAddress(hostname))?.host;
}

/** An application on a device has such an address; it names nobody (RFC 8252 §7.3). */
const isLoopbackAddress = (host: string): boolean => /^127\.|^\[::1\]$/.test(host);
