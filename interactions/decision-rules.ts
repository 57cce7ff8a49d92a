/**
 * The configuration of factors, relying parties and second steps in the form that the decider takes. Made once for the
 * server, and for `explain` and the pre-flight.
 */
import { isSharedMailbox } from '../accounts/shared-mailbox.ts';
import type { Person } from '../accounts/person.ts';
import type { Settings } from '../config/schema.ts';
import type { Factor, FactorId, Language, Strength } from '../factors/contract.ts';
import type { Ladder } from '../factors/policy/assurance.ts';
import type { Level } from '../factors/policy/types.ts';
import { addressToBegin } from '../provider/initiate-login.ts';
import { deadlinesFrom } from '../schedules/second-factor-deadlines.ts';
import { defined } from '../accounts/defined.ts';
import type { ThirdParty } from './consent/third-party.ts';
import type { ClientRule, FactorRule, SecondStepRules } from './context.ts';

export type KnownClient = ClientRule & { readonly level: Level };

export interface DecisionRules {
  readonly order: 'key-first' | 'name-first';
  readonly clients: ReadonlyMap<string, KnownClient>;
  /** Enabled factors, in the order of the configuration. */
  readonly factors: readonly FactorRule[];
  readonly strengthOf: (factor: FactorId) => Strength | undefined;
  readonly rules: SecondStepRules;
}

interface Parts {
  readonly settings: Settings;
  readonly registry: { get(id: FactorId): Factor | undefined };
  readonly clock: { now(): number };
}

export function decisionRules({ settings, registry, clock }: Parts): DecisionRules {
  const { signIn, sharedMailboxes, password, activation } = settings;
  const clients = settings.clients.map(
    ({ id, name, accepts, level, trustedBrowser, ...client }): [string, KnownClient] => [
      id,
      {
        id,
        nameIn: nameIn(name ?? id),
        level,
        trustedBrowser,
        ...(accepts === undefined ? {} : { accepts }),
        ...(client.initiateLoginUri === undefined
          ? {}
          : { begin: addressToBegin(client.initiateLoginUri, settings.issuer) }),
        ...(client.thirdParty ? { thirdParty: thirdPartyOf(client, settings) } : {}),
        // Nobody signs in there.
        ...(id === 'rekey-activation' ? { onlyFor: [] } : {}),
        ...(id === 'rekey-desk' && settings.sites.desk ? { onlyFor: settings.sites.desk.groups } : {}),
      },
    ],
  );
  return {
    order: signIn.order,
    clients: new Map(clients),
    factors: Object.entries(settings.factors).flatMap(([id, { enabled, settings: own, ...rule }]) => {
      const factor = registry.get(id);
      const { recommended, offerAfterEnrolment } = rule;
      return enabled && factor ? [{ factor, settings: own, recommended, offerAfterEnrolment }] : [];
    }),
    strengthOf: (id) => strengthOf({ settings, registry }, id),
    rules: {
      ...ladderOf(settings),
      asksForKey: signIn.askForKeyAtSingle,
      mayActivate: signIn.secureAccount,
      addsElsewhere: settings.clients.some(({ actions }) => actions.includes('add-key')),
      deadlines: deadlinesFrom(signIn.secondFactorDeadlines, clock.now()),
      ...(signIn.trustedBrowser.enabled ? { trustFor: signIn.trustedBrowser.days * 86_400_000 } : {}),
      password,
      ...(activation.factors ? { activates: activation.factors } : {}),
      ...(activation.enabled && activation.terms ? { terms: termsOf(activation.terms) } : {}),
      barsMailbox: (address) => !sharedMailboxes.mayEnrol && isSharedMailbox(address, sharedMailboxes.localParts),
    },
  };
}

/** What people are shown of a service of somebody else. */
function thirdPartyOf(
  { url, tosUri, policyUri }: Pick<Settings['clients'][number], 'url' | 'tosUri' | 'policyUri'>,
  { apis }: Pick<Settings, 'apis'>,
): ThirdParty {
  return defined({
    url,
    terms: tosUri === undefined ? undefined : nameIn(tosUri),
    privacy: policyUri === undefined ? undefined : nameIn(policyUri),
    scopeText: scopeTextOf({ apis }),
  });
}

/** What a scope of an API means, as the deployment says it. */
export const scopeTextOf =
  ({ apis }: Pick<Settings, 'apis'>): ThirdParty['scopeText'] =>
  (api, scope, language) => {
    const { scopeTexts = {} } = apis.find(({ resource }) => resource === api) ?? {};
    const text = Object.hasOwn(scopeTexts, scope) ? scopeTexts[scope] : undefined;
    return text === undefined ? undefined : nameIn(text)(language);
  };

/** Only levels that demand something. */
export function ladderOf({ levels }: Pick<Settings, 'levels'>): { readonly ladder?: Ladder } {
  const { preset: _named, ...all } = levels;
  const demanding = Object.entries(all).filter(([, { demands }]) => demands.length > 0);
  return demanding.length === 0
    ? {}
    : { ladder: Object.fromEntries(demanding.map(([level, { demands }]) => [level, demands])) };
}

const termsOf = ({ version, text, askAgain }: NonNullable<Settings['activation']['terms']>) => ({
  version,
  textIn: nameIn(text),
  askAgain,
});

/**
 * The highest level of a key of this factor here, also if the factor is switched off; `undefined`: the factor is not
 * installed.
 */
export function strengthOf({ settings, registry }: Omit<Parts, 'clock'>, id: FactorId): Strength | undefined {
  const factor = registry.get(id);
  const own = factor && factorSettings(settings, factor);
  return own === undefined ? undefined : factor?.strength(own);
}

/** The settings of a factor; its default settings if the deployment does not list it. */
export const factorSettings = ({ factors }: Pick<Settings, 'factors'>, { id, settings }: Factor): unknown =>
  factors[id]?.settings ?? settings.safeParse({}).data;

/** A name as configured, once for all or per language. */
export const nameIn =
  (name: Settings['name']) =>
  (language: Language): string =>
    typeof name === 'string' ? name : (name[language] ?? Object.values(name)[0] ?? 'Rekey');

/** Whether the person has a use for this relying party, and so would miss it. */
export const isUsedBy = ({ onlyFor }: ClientRule, { groups }: Pick<Person, 'groups'>): boolean =>
  onlyFor === undefined || onlyFor.some((group) => groups.includes(group));
