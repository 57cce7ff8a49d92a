/**
 * The baseline: oidc-provider with its own memory adapter, minimal pages, the same requests. Argument `hash`: each
 * sign-in hashes one password.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import { Provider, type Configuration } from 'oidc-provider';
import { client } from './conversation.ts';
import { createSlowHash } from '../passwords/argon2.ts';
import { serve } from './served.ts';

const slowHash = process.argv[2] === 'hash' ? createSlowHash() : undefined;
const phc = await slowHash?.hash('x');
const page = `<!doctype html><title>page</title>${'<p>As long as a page of ours.</p>'.repeat(180)}`;

const port = await new Promise<number>((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = probe.address() as AddressInfo;
    probe.close(() => resolve(free));
  });
});
console.warn = () => {};
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const configuration: Configuration = {
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [client.redirectUri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'bare' }] },
  cookies: { keys: ['one key for the cookies of the bench'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: client.id, accountId: ctx.oidc.session?.accountId ?? '' });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
};
const provider = new Provider(`http://localhost:${port}`, configuration);
provider.use(async (ctx, next) => {
  const [, folder, uid, step] = ctx.path.split('/');
  if (folder !== 'interaction') return next();
  await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = page;
    return undefined;
  }
  for await (const _chunk of ctx.req) continue;
  if (step === 'password') {
    if (slowHash && phc !== undefined) await slowHash.matches(phc, 'x');
    ctx.status = 303;
    ctx.redirect(`/interaction/${uid}/prove-key`);
    return undefined;
  }
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: 'somebody', amr: ['pwd', 'otp'] } });
});
const callback = provider.callback();
createServer((incoming, outgoing) => void callback(incoming, outgoing)).listen(port, '127.0.0.1', () =>
  serve({ port }),
);
