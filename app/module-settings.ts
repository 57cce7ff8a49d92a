/** The configuration in the words of the rooms. */
import type { Services } from '../admin/services.ts';
import type { FactorId, Language } from '../factors/contract.ts';
import { demandsFrom } from '../schedules/second-factor-deadlines.ts';
import type { SecondStepRules } from '../interactions/context.ts';
import { isSharedMailbox } from '../accounts/shared-mailbox.ts';
import type { FrameSettings } from '../interactions/page-layout.ts';
import { levels, type Level } from '../factors/policy/types.ts';

type Configured = Pick<Services, 'settings' | 'registry'>;

/** The strongest level that a key can give, among those that are enabled and, where it is said, accepted. */
export function highestLevel({ settings, registry }: Configured, accepts?: readonly FactorId[]): Level {
  const strengths = registry.all().flatMap((factor) => {
    const configured = settings.factors[factor.id];
    const counts = configured?.enabled === true && (accepts?.includes(factor.id) ?? true);
    return counts ? [factor.strength(configured.settings)] : [];
  });
  return levels.findLast((level) => strengths.some((strength) => strength === level)) ?? 'single';
}

/** The most that a key of this factor can be worth here, also of one that is switched off; `undefined`: it is not installed (any more). */
export function strengthOf({ settings, registry }: Configured, id: FactorId) {
  const factor = registry.get(id);
  const configured = settings.factors[id]?.settings ?? factor?.settings.safeParse({}).data;
  return configured === undefined ? undefined : factor?.strength(configured);
}

export function engineSettings(services: Configured) {
  const { settings } = services;
  const { issuer, acr, sessions, signIn, clients, listen: listening } = settings;
  return {
    issuer,
    acrs: acr,
    highestLevel: highestLevel(services),
    sessions: { absoluteSeconds: sessions.absoluteHours * 3600, idleSeconds: sessions.idleHours * 3600 },
    interactionSeconds: signIn.interactionMinutes * 60,
    refreshSeconds: sessions.refreshHours * 3600,
    refreshGraceSeconds: sessions.refreshGraceSeconds,
    proxy: listening.proxy,
    allowInternalHosts: settings.internalHosts,
    clients: clients.map(({ name, ...client }) => ({
      ...client,
      highestLevel: highestLevel(services, client.accepts),
      name: nameIn(name ?? client.id)(settings.defaultLanguage),
    })),
  };
}

export function secondStepRules({ settings, clock }: Services): SecondStepRules {
  const { signIn, sharedMailboxes } = settings;
  return {
    askHolders: signIn.askHolders,
    mayActivate: signIn.secureAccount,
    demands: demandsFrom(signIn.demands, clock.now()),
    ...(signIn.trustedDevice.enabled ? { trustFor: signIn.trustedDevice.days * 86_400_000 } : {}),
    barsMailbox: (address) => !sharedMailboxes.mayEnrol && isSharedMailbox(address, sharedMailboxes.localParts),
  };
}

/** A name as configured, once for all or per language. */
export const nameIn =
  (name: Services['settings']['name']) =>
  (language: Language): string =>
    typeof name === 'string' ? name : (name[language] ?? Object.values(name)[0] ?? 'Rekey');

export function productNames(name: Services['settings']['name']): Readonly<Record<Language, string>> {
  const of = nameIn(name);
  return { nl: of('nl'), fr: of('fr'), de: of('de'), en: of('en') };
}

/** Times in mails are written in the zone of the dates. */
export function factorZone({ settings }: Services): string {
  return Object.values(settings.factors).find(({ schedule }) => schedule !== undefined)?.schedule?.zone ?? 'UTC';
}

export function frameSettings({ settings }: Services): FrameSettings {
  const { help, myKeys } = settings.links;
  const services = new Map(
    settings.clients.flatMap(({ id, name, url }) =>
      url === undefined ? [] : [[id, { nameIn: nameIn(name ?? id), url }] as const],
    ),
  );
  return {
    issuer: settings.issuer,
    name: productNames(settings.name),
    defaultLanguage: settings.defaultLanguage,
    links: { ...(help === undefined ? {} : { help }), ...(myKeys === undefined ? {} : { myKeys }) },
    serviceOf: (id) => services.get(id),
  };
}
