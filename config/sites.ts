/** The web sites of the provider itself, and the relying party that each of them is. */
import { z } from 'zod';
import { setAt, valueAt } from './schema-tree.ts';

export const sitesSchema = z.strictObject({
  selfService: z
    .boolean()
    .default(false)
    .describe(
      '*My digital keys*, at `/my` of the issuer: people see and name their keys, and end what they trust. It is the relying party `rekey-self-service`, which needs no entry of its own.',
    ),
});

const names = {
  nl: 'Mijn digitale sleutels',
  fr: 'Mes clés numériques',
  de: 'Meine digitalen Schlüssel',
  en: 'My digital keys',
};

/** Changes `tree`: adds the relying party of each site that is switched on, and the link to it. */
export function addSites(tree: unknown): void {
  if (valueAt(tree, ['sites', 'selfService']) !== true) return;
  const issuer = valueAt(tree, ['issuer']);
  if (typeof issuer !== 'string') return;
  const clients = valueAt(tree, ['clients']) ?? [];
  if (!Array.isArray(clients)) return;
  if (clients.some((one) => valueAt(one, ['id']) === 'rekey-self-service')) return;
  const address = `${issuer}/my`;
  const client = {
    id: 'rekey-self-service',
    name: names,
    url: address,
    tokenEndpointAuthMethod: 'none',
    redirectUris: [`${address}/callback`],
    postLogoutRedirectUris: [`${address}/signed-out`],
    subject: 'public',
    scopes: ['openid'],
    actions: ['add-key', 'replace-key', 'remove-key', 'change-password', 'change-email'],
  };
  setAt(tree, ['clients'], [...(clients as unknown[]), client]);
  if (valueAt(tree, ['links', 'myKeys']) === undefined) setAt(tree, ['links', 'myKeys'], address);
}
