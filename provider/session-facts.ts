/**
 * The kinds of keys that a session was signed in with, kept inside the engine's own session document: it lives, moves and ends with it, and costs
 * no store call.
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { FactorId } from '../factors/contract.ts';

interface WithFactors {
  factors?: readonly FactorId[];
  /** The trusted device that stood for the second step. */
  device?: string | undefined;
}

/** To be called once, before the first session is read: the engine then writes and reads these members too. */
export function keepFactorsInSessions(provider: Provider): void {
  const model = provider.Session as unknown as { readonly IN_PAYLOAD: readonly string[] };
  const members = [...model.IN_PAYLOAD, 'factors', 'device'];
  Object.defineProperty(model, 'IN_PAYLOAD', { get: () => members });
  provider.on('interaction.ended', (ctx) => {
    const login = ctx.oidc.result?.login;
    if (!login || !ctx.oidc.session) return;
    const { device } = login;
    const session = ctx.oidc.session as WithFactors;
    session.factors = factorsIn(login['factors']);
    session.device = typeof device === 'string' ? device : undefined;
  });
}

export function sessionFactors(ctx: KoaContextWithOIDC): readonly FactorId[] {
  return (ctx.oidc.session as WithFactors | undefined)?.factors ?? [];
}

export function sessionDevice(ctx: KoaContextWithOIDC): string | undefined {
  return (ctx.oidc.session as WithFactors | undefined)?.device;
}

function factorsIn(value: unknown): FactorId[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
