/** The web sites of the provider itself, and the relying party that each of them is. */
import { z } from 'zod';
import { setAt, valueAt } from './schema-tree.ts';
import { text } from './value-types.ts';

const groups = () => z.array(text('a group'));

const desk = z.strictObject({
  groups: groups()
    .min(1)
    .describe(
      'The desks: each is a group, and the accounts in it are its clerks. A clerk sees what their own desk issued.',
    ),
  protectedGroups: groups()
    .default([])
    .describe(
      'People of these groups get no activation at a desk, as clerks get none: administrators issue it, on the command line.',
    ),
  level: z
    .enum(['low', 'substantial', 'high'])
    .default('substantial')
    .describe('The least level of every sign-in of a clerk; a browser that is trusted never stands for the key.'),
});

export const sitesSchema = z.strictObject({
  selfService: z
    .boolean()
    .default(false)
    .describe(
      '*My digital keys*, at `/my` of the issuer: people see and name their keys, and end what they trust. It is the relying party `rekey-self-service`, which needs no entry of its own.',
    ),
  desk: desk
    .optional()
    .describe(
      'The registration desk, at `/desk` of the issuer: clerks register people and print the letter of an activation. It is the relying party `rekey-desk`, which needs no entry of its own. Absent: there is none.',
    ),
});

/** The relying party of the desk. */
export const deskClientId = 'rekey-desk';

const selfServiceNames = {
  nl: 'Mijn digitale sleutels',
  fr: 'Mes clés numériques',
  de: 'Meine digitalen Schlüssel',
  en: 'My digital keys',
};
const deskNames = {
  nl: 'Registratiekantoor',
  fr: 'Bureau d’enregistrement',
  de: 'Registrierungsstelle',
  en: 'Registration desk',
};

const activationNames = {
  nl: 'Activering van uw digitale sleutels',
  fr: 'Activation de vos clés numériques',
  de: 'Aktivierung Ihrer digitalen Schlüssel',
  en: 'Activation of your digital keys',
};

/** Changes `tree`: adds the relying party of each site that is switched on, and the link to it. */
export function addSites(tree: unknown): void {
  const issuer = valueAt(tree, ['issuer']);
  if (typeof issuer !== 'string') return;
  if (valueAt(tree, ['activation', 'enabled']) === true)
    addClient(tree, {
      ...siteClient('rekey-activation', `${issuer}/activate`),
      name: activationNames,
      actions: ['activate'],
    });
  if (valueAt(tree, ['sites', 'selfService']) === true) addSelfService(tree, `${issuer}/my`);
  if (valueAt(tree, ['sites', 'desk']) !== undefined) addDesk(tree, `${issuer}/desk`);
}

function addSelfService(tree: unknown, address: string): void {
  const isAdded = addClient(tree, {
    ...siteClient('rekey-self-service', address),
    name: selfServiceNames,
    actions: ['add-key', 'replace-key', 'remove-key', 'change-password', 'change-email', 'change-phone'],
  });
  if (isAdded && valueAt(tree, ['links', 'myKeys']) === undefined) setAt(tree, ['links', 'myKeys'], address);
}

function addDesk(tree: unknown, address: string): void {
  const level = valueAt(tree, ['sites', 'desk', 'level']) ?? 'substantial';
  addClient(tree, { ...siteClient(deskClientId, address), name: deskNames, level });
}

const siteClient = (id: string, address: string) => ({
  id,
  url: address,
  tokenEndpointAuthMethod: 'none',
  redirectUris: [`${address}/callback`],
  postLogoutRedirectUris: [`${address}/signed-out`],
  corsOrigins: [],
  subject: 'public',
  scopes: ['openid'],
});

/** Whether it was added: not where the tree has one of this id. */
function addClient(tree: unknown, client: Readonly<Record<string, unknown>> & { readonly id: string }): boolean {
  const clients = valueAt(tree, ['clients']) ?? [];
  if (!Array.isArray(clients) || clients.some((one) => valueAt(one, ['id']) === client.id)) return false;
  setAt(tree, ['clients'], [...(clients as unknown[]), client]);
  return true;
}
