/** Checks between several keys of the configuration. */
import { checkApis, checkMachine } from './api-checks.ts';
import { checkApplication, checkAuthentication, checkProfile, checkThirdParty } from './client-checks.ts';
import { checkClaims } from './claims-schema.ts';
import { defaults } from './defaults.ts';
import { noneOf, type Finding } from './config-errors.ts';
import { nearest } from './did-you-mean.ts';
import type { Path } from './schema-tree.ts';
import type { ClientConfiguration, FactorConfiguration, Settings } from './schema.ts';
import { deskClientId } from './sites.ts';
import { isLoopback, isRelativeDay } from './value-types.ts';

/** Checks a configuration whose keys are valid one by one. */
export type Check = (settings: Settings) => readonly Finding[];
/** A check that has to ask the system. */
export type SlowCheck = (settings: Settings) => Promise<readonly Finding[]>;

export const crossChecks: readonly Check[] = [
  checkServices,
  checkLevels,
  checkDesk,
  checkDeadlines,
  checkFactors,
  checkClients,
  checkApis,
  checkActivation,
  checkAdministrators,
];

/** One value for two levels: nobody could tell what was reached. */
function checkLevels({ acr }: Settings): readonly Finding[] {
  return Object.entries(acr).flatMap(([level, uri], index, all): readonly Finding[] =>
    all.findIndex(([, other]) => other === uri) === index
      ? []
      : [{ path: ['acr', level], says: `expected another value than that of another level (${uri})` }],
  );
}

function checkServices({ issuer, demo, mail, sms, sessions, limits, password, clients }: Settings): readonly Finding[] {
  const host = new URL(issuer).hostname;
  const faults: (Finding | undefined)[] = [
    demo.enabled && !isLoopback(host)
      ? {
          path: ['demo', 'enabled'],
          says: `must not be switched on with the issuer ${issuer}: a demo shows every secret, and runs on localhost only`,
        }
      : undefined,
    mail.outbox === true && !isLoopback(host)
      ? { path: ['mail', 'outbox'], says: 'sends nothing, and is for localhost only: give `smtp`' }
      : undefined,
    sms?.outbox === true && !isLoopback(host)
      ? { path: ['sms', 'outbox'], says: 'sends nothing, and is for localhost only: give `twilio`' }
      : undefined,
    ...(demo.enabled ? demoClients(demo, clients) : []),
    mail.smtp?.user !== undefined && mail.smtp.password === undefined
      ? {
          path: ['mail', 'smtp', 'password'],
          says: 'is missing, since `user` is given: give `password`, `passwordFile` or an environment variable',
        }
      : undefined,
    mail.smtp?.password !== undefined && mail.smtp.user === undefined
      ? { path: ['mail', 'smtp', 'user'], says: 'is missing, since a password is given' }
      : undefined,
    sessions.idleHours > sessions.absoluteHours
      ? {
          path: ['sessions', 'idleHours'],
          says: `expected no more than sessions.absoluteHours (${sessions.absoluteHours})`,
        }
      : undefined,
    limits.blockAfter <= limits.pauseAfter
      ? { path: ['limits', 'blockAfter'], says: `expected more than limits.pauseAfter (${limits.pauseAfter})` }
      : undefined,
    clients.some(({ level }) => level === 'single') && password.minimumLength < defaults.password.minimumLengthAlone
      ? {
          path: ['password', 'minimumLength'],
          says: `expected ${defaults.password.minimumLengthAlone} or more, since a client of level single lets a password stand alone`,
        }
      : undefined,
  ];
  return faults.filter((fault) => fault !== undefined);
}

function demoClients({ client, furtherClients }: Settings['demo'], clients: Settings['clients']): readonly Finding[] {
  const ids = clients.map(({ id }) => id);
  const named = [
    { path: ['demo', 'client'] as Path, id: client },
    ...furtherClients.map((id, index) => ({ path: ['demo', 'furtherClients', index] as Path, id })),
  ];
  return named.flatMap(({ path, id }, index): readonly Finding[] => {
    if (!ids.includes(id))
      return [{ path, says: `expected the id of one of the clients, found "${id}"`, meant: nearest(id, ids) }];
    return named.findIndex((other) => other.id === id) < index ? [{ path, says: `names "${id}" again` }] : [];
  });
}

/** A sign-in of a clerk is never weaker than the desk says, even where its relying party has an entry. */
function checkDesk({ sites: { desk }, clients, activation }: Settings): readonly Finding[] {
  if (!desk) return [];
  const at = clients.findIndex(({ id }) => id === deskClientId);
  const client = clients[at];
  const isOwn = client?.level === desk.level && !client.trustedBrowser;
  return [
    ...(activation.enabled
      ? []
      : [{ path: ['sites', 'desk'], says: 'needs `activation.enabled: true`: a desk issues activations' }]),
    ...(isOwn
      ? []
      : [{ path: ['clients', at, 'id'], says: 'is the relying party of `sites.desk`, which needs no entry' }]),
  ];
}

function checkDeadlines({ signIn, clients, demo }: Settings): readonly Finding[] {
  const ids = clients.map(({ id }) => id);
  const unknown = signIn.secondFactorDeadlines.flatMap(({ client }, index) =>
    client === undefined
      ? []
      : noneOf('the clients', ids, client, ['signIn', 'secondFactorDeadlines', index, 'client']),
  );
  const counted = signIn.secondFactorDeadlines.flatMap((deadline, index) =>
    (['announce', 'from', 'voluntaryUntilAndIncluding'] as const).flatMap((name): readonly Finding[] => {
      const written = deadline[name];
      return written === undefined || !isRelativeDay(written) || demo.enabled
        ? []
        : [
            {
              path: ['signIn', 'secondFactorDeadlines', index, name],
              says: `expected a day, YYYY-MM-DD: "${written}" is for a demo only`,
            },
          ];
    }),
  );
  return signIn.secondFactorDeadlines.length > 0 && !signIn.secureAccount
    ? [
        ...unknown,
        ...counted,
        {
          path: ['signIn', 'secondFactorDeadlines'],
          says: 'needs `signIn.secureAccount: true`: a person without a key must be able to get one',
        },
      ]
    : [...unknown, ...counted];
}

function checkFactors({ factors, clients, demo }: Settings): readonly Finding[] {
  const faults: Finding[] = [];
  if (!Object.values(factors).some(({ enabled }) => enabled))
    faults.push({ path: ['factors'], says: 'expected at least one factor that is enabled' });
  for (const [id, { schedule }] of Object.entries(factors)) {
    if (!schedule) continue;
    const base: Path = ['factors', id, 'schedule'];
    for (const [path, days] of [
      [base, schedule] as const,
      ...schedule.rules.map((rule, index) => [[...base, 'rules', index], rule] as const),
    ]) {
      for (const name of ['announce', 'closeEnrolment', 'untilAndIncluding', 'purge'] as const) {
        const written = days[name];
        if (written !== undefined && isRelativeDay(written) && !demo.enabled)
          faults.push({ path: [...path, name], says: `expected a day, YYYY-MM-DD: "${written}" is for a demo only` });
      }
    }
    faults.push(...checkNames([...base, 'replacements'], schedule.replacements, factors));
    for (const [index, { client }] of schedule.rules.entries()) {
      const ids = clients.map((one) => one.id);
      if (client !== undefined) faults.push(...noneOf('the clients', ids, client, [...base, 'rules', index, 'client']));
    }
  }
  return faults;
}

type Factors = Readonly<Record<string, FactorConfiguration>>;

function checkNames(path: Path, ids: readonly string[], factors: Factors): readonly Finding[] {
  return ids.flatMap((id, index): readonly Finding[] => {
    const factor = Object.hasOwn(factors, id) ? factors[id] : undefined;
    if (factor?.enabled === true) return [];
    const says = factor ? `names ${id}, which is not enabled` : `names ${id}, which is none of the factors on offer`;
    return [{ path: [...path, index], says, meant: factor ? undefined : nearest(id, Object.keys(factors)) }];
  });
}

function checkTrust(
  { trustedBrowser, level }: ClientConfiguration,
  path: Path,
  { trustedBrowser: services }: Settings['signIn'],
): readonly Finding[] {
  if (!trustedBrowser) return [];
  const at = [...path, 'trustedBrowser'];
  if (level !== 'single')
    return [
      { path: at, says: `is only for level single: a browser that is trusted gives no level, and ${level} is asked` },
    ];
  return services.enabled ? [] : [{ path: at, says: 'needs `signIn.trustedBrowser.enabled: true`' }];
}

function checkClients(settings: Settings): readonly Finding[] {
  const { clients, factors, demo, signIn } = settings;
  const seen = new Map<string, number>();
  return clients.flatMap((client, index): readonly Finding[] => {
    const path: Path = ['clients', index];
    const faults = [
      ...checkNames([...path, 'accepts'], client.accepts ?? [], factors),
      ...checkApplication(client, path),
      ...checkProfile(client, path),
      ...checkThirdParty(client, settings, path),
      ...checkAuthentication(client, path),
      ...(demo.enabled ? [] : checkMachine(client, settings, path)),
      ...checkClaims(client, path),
      ...checkTrust(client, path, signIn),
    ];
    const first = seen.get(client.id);
    if (first !== undefined)
      faults.push({ path: [...path, 'id'], says: `"${client.id}" is the id of clients[${first}] already` });
    seen.set(client.id, first ?? index);
    const hosts = new Set(client.redirectUris.map((uri) => new URL(uri).host));
    const oneHost =
      hosts.size <= 1 ||
      client.application === 'native' ||
      (demo.enabled && [demo.client, ...demo.furtherClients].includes(client.id));
    if (client.subject === 'pairwise' && !oneHost && client.sectorIdentifier === undefined)
      faults.push({
        path: [...path, 'redirectUris'],
        says: 'lie on several hosts: with a pairwise subject expected one host, or `sectorIdentifier` (OpenID Connect Core 1.0 §8.1)',
      });
    return faults;
  });
}

/** Permitted, but reported as a warning. */
export function remarks({ clients, storage, rootKey }: Settings): readonly Finding[] {
  const ownRootKey: readonly Finding[] =
    storage.mongodb && rootKey === undefined
      ? [
          {
            path: ['rootKey'],
            says: 'is made in the folder `state` of this machine: for a second node give it here, the same for all',
          },
        ]
      : [];
  const redirects = clients.flatMap(({ redirectUris }, index) =>
    redirectUris.flatMap((uri, at): readonly Finding[] => {
      const { protocol, hostname } = new URL(uri);
      return protocol === 'http:' && !isLoopback(hostname)
        ? [
            {
              path: ['clients', index, 'redirectUris', at],
              says: 'is plain http: anybody on the way can read the answers',
            },
          ]
        : [];
    }),
  );
  return [...ownRootKey, ...redirects];
}

function checkAdministrators({ administrators, clients }: Settings): readonly Finding[] {
  const ids = clients.map(({ id }) => id);
  return (administrators?.clients ?? []).flatMap((id, index) =>
    noneOf('the clients', ids, id, ['administrators', 'clients', index]),
  );
}

/** What can be activated must be on offer; only the provider's own relying party may ask for it. */
function checkActivation({ activation, factors, clients }: Settings): readonly Finding[] {
  const off = (activation.factors ?? []).flatMap((id, index): readonly Finding[] =>
    factors[id]?.enabled === true
      ? []
      : [{ path: ['activation', 'factors', index], says: `is not among the factors that are on offer: "${id}"` }],
  );
  const asking = clients.flatMap(({ id, actions }, index): readonly Finding[] => {
    const action = actions.indexOf('activate');
    return action < 0 || id === 'rekey-activation'
      ? []
      : [
          {
            path: ['clients', index, 'actions', action],
            says: 'is for the relying party of the provider alone: `activation.enabled`',
          },
        ];
  });
  return [...off, ...asking];
}
