/** Where the browser goes: the authorization request, pushed where the provider takes it so (RFC 9126), with PKCE. */
import { buildAuthorizationUrl, buildAuthorizationUrlWithPAR, calculatePKCECodeChallenge } from 'openid-client';
import { accepted, refused } from '../contract.ts';
import type { Outcome, Tools } from '../contract.ts';
import { faultOf } from './fault.ts';
import { openUpstream } from './open-upstream.ts';
import { refusedBy } from './refuse.ts';
import type { Settings } from './settings.ts';
import type { Challenge, Pending } from './states.ts';

export async function leave(
  tools: Tools<Settings>,
  asked: Pending | Challenge,
): Promise<Outcome<{ readonly to: string }>> {
  if (!('nonce' in asked)) return refused('site_unavailable');
  const upstream = tools.settings.upstreams.find(({ id }) => id === asked.upstream);
  if (!upstream) return refused('site_unavailable');
  try {
    const { config, preset } = await openUpstream(tools, upstream);
    const { state, language, returnTo } = tools.wayBack;
    const parameters = {
      ...preset.parameters,
      response_type: 'code',
      redirect_uri: returnTo(upstream.id),
      scope: upstream.scope ?? preset.scope,
      state,
      nonce: asked.nonce,
      code_challenge: await calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: 'S256',
      acr_values: preset.acr.ask.join(' '),
      ui_locales: language,
      ...(preset.maxAgeSeconds === undefined ? {} : { max_age: String(preset.maxAgeSeconds) }),
    };
    const pushes = config.serverMetadata().pushed_authorization_request_endpoint !== undefined;
    const to = pushes
      ? await buildAuthorizationUrlWithPAR(config, parameters)
      : buildAuthorizationUrl(config, parameters);
    return accepted({ to: to.href });
  } catch (error) {
    return refusedBy(tools, upstream.id, faultOf(error));
  }
}
