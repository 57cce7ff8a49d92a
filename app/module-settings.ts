/** Translates the configuration into the settings of each folder. */
import type { Services } from '../admin/services.ts';
import type { Language } from '../factors/contract.ts';
import { nameIn } from '../interactions/decision-rules.ts';
import { highestLevel } from '../interactions/highest-level.ts';
import type { FrameSettings } from '../interactions/page-layout.ts';
import { addressToBegin } from '../provider/initiate-login.ts';
import type { RendererOptions } from '../views/render.ts';
import { allLanguages } from '../views/i18n.ts';
import { defined } from '../accounts/defined.ts';

type Configured = Pick<Services, 'settings' | 'registry'>;

export function engineSettings(services: Configured) {
  const { settings } = services;
  const { issuer, acr, sessions, signIn, clients, apis, listen: listening } = settings;
  return {
    issuer,
    acrs: acr,
    highestLevel: highestLevel(services),
    languages: [...allLanguages, ...Object.keys(settings.furtherLanguages)] as Language[],
    sessions: { absoluteSeconds: sessions.absoluteHours * 3600, idleSeconds: sessions.idleHours * 3600 },
    interactionSeconds: signIn.interactionMinutes * 60,
    refreshSeconds: sessions.refreshHours * 3600,
    refreshGraceSeconds: sessions.refreshGraceSeconds,
    proxy: listening.proxy,
    allowInternalHosts: settings.internalHosts,
    apis,
    clients: clients.map(({ name, ...client }) => ({
      ...client,
      highestLevel: highestLevel(services, client.accepts),
      name: nameIn(name ?? client.id)(settings.defaultLanguage),
    })),
  };
}

/** In a further language of the deployment the name is the one of the language that stands in for it. */
export function productNames({
  name,
  furtherLanguages,
}: Pick<Services['settings'], 'name' | 'furtherLanguages'>): Readonly<Record<Language, string>> {
  const of = nameIn(name);
  const further = Object.entries(furtherLanguages).map(([code, standIn]) => [code, of(standIn)]);
  return { nl: of('nl'), fr: of('fr'), de: of('de'), en: of('en'), ...Object.fromEntries(further) };
}

/** Of a relying party that the configuration does not name any more: its id. */
export const serviceNames =
  ({ clients }: Pick<Services['settings'], 'clients'>) =>
  (client: string, language: Language): string =>
    nameIn(clients.find(({ id }) => id === client)?.name ?? client)(language);

export function frameSettings({ settings }: Services): FrameSettings {
  const services = new Map(
    settings.clients.flatMap(({ id, name, url, initiateLoginUri }) => {
      const begin = initiateLoginUri === undefined ? undefined : addressToBegin(initiateLoginUri, settings.issuer);
      const start = url ?? begin;
      return start === undefined
        ? []
        : [[id, { nameIn: nameIn(name ?? id), url: start, ...defined({ begin }) }] as const];
    }),
  );
  return {
    issuer: settings.issuer,
    name: productNames(settings),
    defaultLanguage: settings.defaultLanguage,
    links: linksOf(settings),
    helpDesk: helpDeskOf(settings),
    serviceOf: (id) => services.get(id),
  };
}

/** In the language of a page: an address may differ by language. */
function linksOf({ links, issuer, activation }: Services['settings']): FrameSettings['links'] {
  const { help, myKeys, accessibility, privacy, terms } = links;
  return (language) => {
    const shown = (address: Names | undefined) => (address === undefined ? undefined : nameIn(address)(language));
    return defined({
      help: shown(help),
      myKeys,
      activation: activation.enabled ? `${issuer}/activate` : undefined,
      accessibility: shown(accessibility),
      privacy: shown(privacy),
      terms: shown(terms),
    });
  };
}

/** What pages say about a factor. */
export function aboutFactors({ factors }: Services['settings']): NonNullable<RendererOptions['about']> {
  return (factor, language) => {
    const { help, ending } = factors[factor] ?? {};
    const shown = (texts: Names | undefined) => (texts === undefined ? undefined : nameIn(texts)(language));
    return defined({ help: shown(help), why: shown(ending?.why), link: shown(ending?.link) });
  };
}

type Names = Parameters<typeof nameIn>[0];

/** Whom people ask. */
export function helpDeskOf({ helpDesk }: Services['settings']): FrameSettings['helpDesk'] {
  if (!helpDesk) return undefined;
  const { name, telephone, hours, link } = helpDesk;
  return (language) =>
    defined({
      name: name === undefined ? undefined : nameIn(name)(language),
      telephone: telephone === undefined ? undefined : { shown: telephone, dial: telephone.replaceAll(/[^\d+]/g, '') },
      hours: hours === undefined ? undefined : nameIn(hours)(language),
      link: link === undefined ? undefined : nameIn(link)(language),
    });
}
