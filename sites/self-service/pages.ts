/** The models of the pages of *My digital keys*. */
import type { OwnAccount } from '../../admin/use-cases/own-account.ts';
import type { InfoModel, KeysModel, ProfileModel, SiteShell } from '../../views/models.ts';

export type PageData = SiteShell;

export const keysPage = (data: PageData, { keys, advice }: OwnAccount): KeysModel => ({
  ...data,
  keys: keys.map((key) => ({
    ...key,
    mayReplace: key.ending !== undefined || (key.spent !== undefined && key.spent !== 'key_state_unreadable'),
  })),
  ...(advice === undefined ? {} : { advice }),
});

export const profilePage = (
  data: PageData,
  { username, email, emailProven, phone, language }: OwnAccount,
): ProfileModel => ({
  ...data,
  username,
  ...(email === undefined ? {} : { email }),
  emailProven,
  offersPhone: phone !== undefined,
  ...(phone?.number === undefined ? {} : { phone: phone.number }),
  own: data.languages.map(({ code }) => ({ code, current: code === language })),
});

/** A session at the provider. Instants are ms. */
export interface OpenSession {
  /** Names it; opens nothing. */
  readonly id: string;
  readonly since: number;
  readonly seenAt: number;
  readonly device?: string;
  /** Ids of the relying parties. */
  readonly clients: readonly string[];
  /** It is the session of this browser. */
  readonly here: boolean;
}

const serviceOf = (service: string | undefined) => (service === undefined ? {} : { service });

export interface InfoFacts {
  /** Digests of what marks this browser as trusted. */
  readonly here: ReadonlySet<string>;
  readonly sessions: readonly OpenSession[];
  /** A relying party in the language of the page; `undefined`: there is none any more. */
  readonly nameOf: (client: string) => string | undefined;
  /** What a consent says, in the language of the page. */
  readonly words: (consent: OwnAccount['consents'][number]) => Pick<InfoModel['consents'][number], 'data' | 'own'>;
}

export const infoPage = (
  data: PageData,
  { browsers, activity, consents }: OwnAccount,
  { here, sessions, nameOf, words }: InfoFacts,
): InfoModel => ({
  ...data,
  sessions: sessions.map(({ clients, ...session }) => ({
    ...session,
    services: clients.flatMap((client) => nameOf(client) ?? []),
  })),
  activity: activity.map(({ at, what, factor, device, client, times }) => ({
    at,
    what,
    ...(factor === undefined ? {} : { factor }),
    ...(device === undefined ? {} : { device }),
    ...(times === undefined ? {} : { times }),
    ...serviceOf(client === undefined ? undefined : nameOf(client)),
  })),
  consents: consents.map((consent) => ({
    id: consent.id,
    // A service that the configuration does not name any more.
    service: nameOf(consent.client) ?? consent.client,
    at: consent.at,
    ...words(consent),
  })),
  browsers: browsers.map(({ id, hash, grantedAt, until }) => ({ id, grantedAt, until, here: here.has(hash) })),
});
